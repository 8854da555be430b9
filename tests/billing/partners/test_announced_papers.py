"""The papers of a partner's invoice at the lead (outsourcing spec §9): they follow what was announced, exactly once, as
rows of the lead's own for bytes that are checked, for whoever sees what partners bill."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.test import Client

from billing.models import BillingItem, Invoice, InvoiceLine, PaperWanted
from billing.services import billing_settings, drafts, issuing, papers, partner_invoices
from outsourcing.models import AnnouncedInvoice
from outsourcing.services import announcing
from psa.journal.models import Entry
from psa.lanes.models import Event
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests.billing.partners.conftest import Start
from tests.billing.partners.desks import Desks
from tests.billing.partners.reading import plain
from tests.conftest import acting
from tests.outsourcing.conftest import drain
from tests.tickets.pages import sign_in_english
from tickets.models import StoredFile


@pytest.fixture
def desks(billed: Desks) -> Desks:
    """Baltic's worker has not made the papers of its invoice yet."""
    return billed


@pytest.fixture
def sent(desks: Desks) -> Desks:
    """The papers were made, and have arrived."""
    make(desks)
    return desks


def make(desks: Desks) -> None:
    """Baltic's worker makes what is wanted; the news of it arrives."""
    papers.work()
    drain()


def there(desks: Desks) -> list[tuple[str, bool]]:
    """What the lead was told of, and whether it has the paper."""
    with acting(desks.pair.max):
        return [(one.number, one.file_id is not None) for one in AnnouncedInvoice.objects.order_by("pk")]


def address(desks: Desks, kind: str = "pdf") -> str:
    with acting(desks.pair.max):
        return f"/nordlicht/{desks.contract}papers/{AnnouncedInvoice.objects.latest('pk').paper}/{kind}/"


def on_its_way(desks: Desks) -> Event:
    with acting(desks.pair.gunta):
        return Event.objects.get(kind=announcing.PAPERS)


def stored(member: Membership) -> int:
    with acting(member):
        return StoredFile.objects.count()


def test_the_lead_takes_the_partners_pdf_along_from_the_settlement_and_from_the_form(desks: Desks) -> None:
    number = desks.theirs.last_invoice().number
    assert there(desks) == [(number, False)]
    assert "Download invoice" not in desks.statements()[0]
    assert desks.lead.get(address(desks)).status_code == 404
    make(desks)
    assert there(desks) == [(number, True)]
    for page in ("statement", "invoice"):
        read = desks.lead.get(f"/nordlicht/{desks.contract}{page}/").content.decode()
        assert "Download invoice (PDF)" in plain(read) and address(desks) in read
        assert "Electronic invoice" not in plain(read)
    answer = desks.lead.get(address(desks))
    row = desks.theirs.last_invoice()
    with acting(desks.pair.gunta), default_storage.open(row.file.path) as file:
        assert answer.content == file.read()
    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        "application/pdf", f'attachment; filename="{number}.pdf"',
    )  # fmt: skip
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "no-store")
    assert desks.lead.get(address(desks, "xml")).status_code == 404
    assert f"sent the papers of {number}" in plain(desks.lead.get(desks.here).content.decode())


def test_the_electronic_invoice_goes_along_where_there_is_one(started: Start) -> None:
    desks = started()
    desks.time("2:00")
    desks.approve_work()
    desks.theirs.bill_work()
    with acting(desks.pair.gunta) as by:
        said = {
            "email": "bills@baltic.example",
            "phone": "+371 6",
            "contact_name": "Baiba",
            "endpoint": "bills@baltic.example",
        }
        billing_settings.settle(said, version=billing_settings.of_tenant().version, by=by)
        items = BillingItem.objects.filter(status="posted").select_related("company")
        row = drafts.draw(items[0].company, items[0].currency, [one.pk for one in items], by=by)
        row.format = "zugferd"
        row.save(update_fields=["format"])
        issuing.issue(row, version=row.version, by=by)
    drain()
    make(desks)
    assert "Electronic invoice (XML)" in desks.statements()[0]
    answer = desks.lead.get(address(desks, "xml"))
    assert answer["Content-Type"] == "application/xml" and row.number.encode() in answer.content


def test_a_credit_notes_paper_comes_too(sent: Desks) -> None:
    row = sent.theirs.last_invoice()
    with acting(sent.pair.gunta):
        lines = list(InvoiceLine.objects.filter(invoice=row).values_list("pk", flat=True))
    at = f"/baltic/invoices/{row.pk}/credit/"
    sent.press(sent.theirs.browser, at, lines=lines, reason="Wrong address", then="again")
    make(sent)
    assert [has for _number, has in there(sent)] == [True, True]
    assert "Download credit note (PDF)" in sent.statements()[0]
    assert sent.lead.get(address(sent)).content.startswith(b"%PDF-")


def test_only_who_sees_what_partners_bill_gets_it(sent: Desks, ada: Membership, sam: Membership) -> None:
    """A technician reads no invoice, the partner has no such page, a stranger finds nothing (A1, A4)."""
    at = address(sent)
    assert sign_in_english(ada).get(at).status_code == 403
    assert sent.service.get(at).status_code == 404
    assert sent.service.get(at.replace("/nordlicht/", "/baltic/")).status_code == 404
    stranger = sign_in_english(sam)
    for slug in ("nordlicht", "atlas"):
        assert stranger.get(at.replace("/nordlicht/", f"/{slug}/")).status_code == 404
    assert Client().get(at).status_code in (302, 404)


def test_a_key_that_is_no_papers_opens_nothing(sent: Desks) -> None:
    made_up = f"/nordlicht/{sent.contract}papers/{sent.pair.handover.key}/pdf/"
    assert sent.lead.get(made_up).status_code == 404


def test_the_row_is_the_leads_own_and_the_bytes_are_shared(sent: Desks) -> None:
    with acting(sent.pair.max):
        ours = AnnouncedInvoice.objects.select_related("file").get().file
        assert ours is not None and ours.tenant_id == sent.pair.max.tenant_id
    with acting(sent.pair.gunta):
        theirs = Invoice.objects.select_related("file").latest("pk").file
        assert theirs is not None and theirs.tenant_id == sent.pair.gunta.tenant_id
    assert ours.pk != theirs.pk and (ours.path, ours.sha256) == (theirs.path, theirs.sha256)


def test_bytes_that_were_changed_are_not_given_out(sent: Desks) -> None:
    with acting(sent.pair.max):
        file = AnnouncedInvoice.objects.select_related("file").get().file
    assert file is not None
    with default_storage.open(file.path, "wb") as opened:
        opened.write(b"%PDF-1.4 another amount")
    answer = sent.lead.get(address(sent))
    assert answer.status_code == 409 and b"another amount" not in answer.content
    assert "its fingerprint differs" in plain(answer.content.decode())


def test_s1_sent_twice_it_is_one(sent: Desks) -> None:
    before = stored(sent.pair.max)
    with acting(sent.pair.gunta):
        partner_invoices.on_papers_made(Entry.objects.get(kind="invoice.papers_made"))
    drain()
    assert stored(sent.pair.max) == before
    with acting(sent.pair.max):
        assert Entry.objects.filter(kind="handover.papers_arrived").count() == 1


def test_o1_a_worker_that_dies_sends_it_once_when_it_comes_back(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as torn:
        torn.setattr("psa.leases.settle", _dies)
        papers.work()
        with acting(desks.pair.gunta):
            assert not Event.objects.filter(kind=announcing.PAPERS).exists()
            assert desks.theirs.last_invoice().file_id is None
    _try_again()
    make(desks)
    _try_again()
    make(desks)
    assert on_its_way(desks).outcome == Event.Outcome.APPLIED
    assert [has for _number, has in there(desks)] == [True]


def _dies(*args: Any, **more: Any) -> None:
    raise RuntimeError("dead")


def _try_again() -> None:
    with scope.platform("test"):
        PaperWanted._default_manager.update(due="2026-01-01T00:00Z", leased_until=None)


def test_s5_what_is_over_the_limit_is_refused_and_nothing_waits_behind_it(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers.work()
    with monkeypatch.context() as small:
        small.setattr(settings, "UPLOAD_LIMIT", 10)
        drain()
    event = on_its_way(desks)
    assert (event.outcome, event.reason) == (Event.Outcome.REFUSED, "file_too_large")
    assert [has for _number, has in there(desks)] == [False]
    desks.press(desks.lead, f"/nordlicht/{desks.contract}invoice/", number="1", date="2026-03-10", amount="120.00")
    assert "too large" in plain(desks.service.get("/baltic/outsourcing/ledger/").content.decode())


def test_a4_a_paper_with_work_for_two_leads_goes_to_neither(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two leads kept as one customer: each is told of its own amount, and reads nothing of the other's."""
    sides = partner_invoices._sides

    class Other:
        lead_id = 0

    def with_another(parts: Any) -> list[Any]:
        [own] = sides(parts)
        return [own, type("Side", (), {"handover": Other})()]

    monkeypatch.setattr(partner_invoices, "_sides", with_another)
    make(desks)
    with acting(desks.pair.gunta):
        assert desks.theirs.last_invoice().file_id and not Event.objects.filter(kind=announcing.PAPERS).exists()
    assert there(desks)[0][1] is False
    with acting(desks.pair.max):
        assert AnnouncedInvoice.objects.get().amount == Decimal("120.00")
