"""The settlement statement: each side writes its own when the handover ends, and both say the same (spec §6, §9)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from outsourcing import inbox
from outsourcing.models import (
    Handover,
    Move,
    PartnerInvoice,
    Partnership,
    Proposal,
    RateType,
    ServiceSide,
    Statement,
    Terms,
)
from outsourcing.services import answering, ending, keeping, proposals, sending, statements, trouble
from outsourcing.settlement import fingerprint
from outsourcing.terms import Draft
from psa import leases
from psa.directory.models import Company
from psa.lanes import delivery
from psa.lanes.models import Lane
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tickets import readers
from tickets.models import Audience, Charge, Ticket, TimeEntry
from tickets.services import items

DAY = date(2026, 3, 2)


def log(pair: Pair, kind: str = "timeentry", audience: str = Audience.PARTNER, **fields: Any) -> Any:
    """Baltic logs something on its ticket."""
    defaults = {"worked_on": DAY, "text": "Changed the switch"} if kind == "timeentry" else {"currency": "EUR"}
    with acting(pair.gunta) as by:
        ticket = Ticket.objects.get(pk=pair.insourced.pk)
        reader = next(one for one in readers.readers(ticket) if one.audience == audience)
        return items.add(ticket, kind, reader, by=by, **{**defaults, **fields})


def example_a(pair: Pair) -> None:
    """Example A of §9: 3.00 h, 1.50 h with an offset of −0.25, cable for 40."""
    log(pair, minutes=180)
    log(pair, minutes=90, offset_minutes=-15)
    log(pair, kind="charge", name="Cable", unit_price=Decimal(40))
    drain()


def approve(pair: Pair) -> None:
    with acting(pair.gunta) as by:
        answering.submit(pair.insourced, by=by)
    drain()
    with acting(pair.max) as by:
        ending.approve(pair.ticket, by=by)


def complete(pair: Pair) -> None:
    with acting(pair.max) as by:
        ending.complete(pair.ticket, by=by)


def take_back(pair: Pair) -> None:
    with acting(pair.max) as by:
        ending.take_back(pair.ticket, "We go ourselves.", by=by)


def give_back(pair: Pair) -> None:
    with acting(pair.gunta) as by:
        answering.give_back(pair.insourced, "Ill.", by=by)


def written(pair: Pair) -> dict[str, Statement]:
    with acting(pair.max):
        return statements.both(Handover.objects.get(pk=pair.handover.pk))


ENDS = pytest.mark.parametrize("end", [approve, complete, take_back, give_back], ids=lambda end: end.__name__)


# Both sides -----------------------------------------------------------------------------------------------------------
@ENDS
def test_each_side_writes_its_own_at_its_end_of_the_lane_and_both_are_the_same(
    pair: Pair, end: Callable[[Pair], None]
) -> None:
    example_a(pair)
    end(pair)
    author = "service" if end is give_back else "lead"
    assert set(written(pair)) == {author}
    drain()
    both = written(pair)
    assert both["lead"].document == both["service"].document
    assert both["lead"].sha256 == both["service"].sha256 == fingerprint(both["lead"].document)
    lead = both["lead"]
    figures = (lead.minutes, lead.labour, lead.charges, lead.total, lead.currency)
    assert figures == (255, Decimal("255.00"), Decimal("40.00"), Decimal("295.00"), "EUR")


@ENDS
def test_both_pages_say_identical_for_both_and_the_amount_in_the_readers_language(
    pair: Pair, end: Callable[[Pair], None]
) -> None:
    example_a(pair)
    end(pair)
    drain()
    for member, slug in ((pair.max, "nordlicht"), (pair.gunta, "baltic")):
        page = sign_in(member).get(f"/{slug}/handovers/{pair.handover.key}/statement/")
        text = page.content.decode().replace("\xa0", " ")
        assert page.status_code == 200
        assert "295,00 €" in text and "4:15" in text and "Changed the switch" in text
        assert page.context["paper"].agreement == "same"
        assert "95,00 €" not in text.replace("295,00 €", ""), "what the lead bills its customer never stands there"


def test_so_far_while_it_runs_nothing_is_written(pair: Pair) -> None:
    example_a(pair)
    for member, slug in ((pair.max, "nordlicht"), (pair.gunta, "baltic")):
        page = sign_in(member).get(f"/{slug}/handovers/{pair.handover.key}/statement/")
        assert page.context["paper"].is_provisional
        assert page.context["paper"].sums["payable"] == Decimal("295.00")
    assert not written(pair)


def test_what_is_internal_held_withdrawn_or_the_leads_own_does_not_count(pair: Pair) -> None:
    log(pair, minutes=60)
    log(pair, minutes=600, audience=Audience.INTERNAL)
    gone = log(pair, minutes=300)
    drain()
    with acting(pair.gunta) as by:
        items.remove(TimeEntry.objects.get(pk=gone.pk), by=by, version=gone.version)
    drain()
    with acting(pair.max) as by:
        ticket = Ticket.objects.get(pk=pair.ticket.pk)
        reader = next(one for one in readers.readers(ticket) if one.audience == Audience.PARTNER)
        items.add(ticket, "timeentry", reader, by=by, minutes=45, worked_on=DAY, text="Ours")
    drain()
    with acting(pair.gunta) as by:
        answering.submit(pair.insourced, by=by)
    log(pair, minutes=30)
    drain()
    with acting(pair.max) as by:
        ending.approve(pair.ticket, by=by)
    drain()
    both = written(pair)
    assert [one.minutes for one in both.values()] == [60, 60]
    assert both["lead"].sha256 == both["service"].sha256


def test_what_was_given_up_is_quoted_and_counts_as_the_lead_has_it(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """§6: the button waits for what is arriving "until they are applied or skipped with a reason"."""
    first = log(pair, minutes=60)
    drain()

    def stuck(event: Any) -> None:
        raise leases.Permanent("broken")

    with monkeypatch.context() as broken:
        broken.setitem(delivery._handlers, "item.put", delivery.Handler(stuck, 1, None))
        with acting(pair.gunta) as by:
            items.edit(TimeEntry.objects.get(pk=first.pk), by=by, version=first.version, minutes=600)
        drain()
        with acting(pair.gunta) as by:
            assert Lane.objects.filter(parked_at__isnull=False).exists()
            ticket = Ticket.objects.get(pk=pair.insourced.pk)
            trouble.skip(ticket, pair.link(pair.gunta), "Ten hours were a typo", by=by)
    drain()
    complete(pair)
    drain()
    both = written(pair)
    assert both["lead"].sha256 == both["service"].sha256
    assert both["service"].minutes == 60
    assert [one["reason"] for one in both["lead"].document["lost"]] == ["Ten hours were a typo"]
    page = sign_in(pair.gunta).get(f"/baltic/handovers/{pair.handover.key}/statement/").content.decode()
    assert "Ten hours were a typo" in page


def test_each_entry_counts_under_the_terms_in_force_on_its_day(pair: Pair) -> None:
    with acting(pair.max):
        first = Terms.objects.get(handover=pair.handover)
        first.pk, first.version, first.cost_rate = None, 2, Decimal(72)
        first.made_at = timezone.now() + timedelta(days=5)
        first.save(force_insert=True)
        later = (first.made_at + timedelta(days=2)).date()
    log(pair, minutes=60)
    log(pair, minutes=60, worked_on=later)
    drain()
    complete(pair)
    drain()
    both = written(pair)
    assert [one.labour for one in both.values()] == [Decimal("132.00")] * 2
    assert both["lead"].sha256 == both["service"].sha256


# Append-only, and what a difference looks like ------------------------------------------------------------------------
def test_unequal_statements_are_shown_as_trouble_on_both_sides(pair: Pair) -> None:
    example_a(pair)
    complete(pair)
    with acting(pair.gunta), transaction.atomic():  # a row that was changed past every service
        TimeEntry.objects.filter(minutes=180, received_at=None).update(minutes=240)
    drain()
    both = written(pair)
    assert both["lead"].sha256 != both["service"].sha256
    for member, slug, number in (
        (pair.max, "nordlicht", pair.ticket.number),
        (pair.gunta, "baltic", pair.insourced.number),
    ):
        client = sign_in(member)
        paper = client.get(f"/{slug}/handovers/{pair.handover.key}/statement/").context["paper"]
        assert paper.agreement == "unequal"
        assert f"/{slug}/handovers/{pair.handover.key}/statement/" in (
            page := client.get(f"/{slug}/tickets/{number}/").content.decode()
        )
        assert 'class="banner tone-red"' in page


def test_a_statement_is_written_once_whatever_happens_afterwards(pair: Pair) -> None:
    example_a(pair)
    complete(pair)
    drain()
    before = written(pair)
    with acting(pair.max) as by:
        copy = Charge.objects.get(received_at__isnull=False)
        items.edit(copy, by=by, version=copy.version, unit_price=Decimal(99))
    with acting(pair.max) as by:
        assert statements.make(pair.link(pair.max), by=by) is None
    assert {side: one.sha256 for side, one in written(pair).items()} == {
        side: one.sha256 for side, one in before.items()
    }


def test_a_charge_of_the_partner_stays_as_it_came_until_the_lead_has_written_its_statement(pair: Pair) -> None:
    """§7 lets the lead edit it after the end; the statement of a return is written when the news arrives."""
    example_a(pair)
    give_back(pair)
    with acting(pair.max) as by, pytest.raises(Refused, match="copy_is_read_only"):
        copy = Charge.objects.get(received_at__isnull=False)
        items.edit(copy, by=by, version=copy.version, unit_price=Decimal(99))
    with acting(pair.max):
        assert Charge.objects.get(received_at__isnull=False).unit_price == Decimal(40)
    drain()
    both = written(pair)
    assert both["lead"].sha256 == both["service"].sha256


# Who sees it ----------------------------------------------------------------------------------------------------------
def test_money_is_for_those_who_may_view_terms(pair: Pair, ada: Membership, sam: Membership) -> None:
    complete(pair)
    drain()
    url = f"/nordlicht/handovers/{pair.handover.key}/statement/"
    with acting(ada):
        Membership.objects.filter(pk=ada.pk).update(outsourcing_level="none")
    answer = sign_in(ada).get(url)
    assert answer.status_code in {403, 404}
    assert sign_in(sam).get(url).status_code == 404
    assert sign_in(sam).get(url.replace("nordlicht", "atlas")).status_code == 404


# The invoice, and what is billed --------------------------------------------------------------------------------------
def test_the_invoice_is_expected_received_with_its_difference_and_paid(pair: Pair) -> None:
    example_a(pair)
    complete(pair)
    drain()
    client, url = sign_in(pair.max), f"/nordlicht/handovers/{pair.handover.key}/"
    assert client.get(f"{url}invoice/").context["form"]["amount"].value() == "295.00"
    wrong = client.post(f"{url}invoice/", {"number": "R-17", "date": "", "amount": "300,00"})
    assert wrong.status_code == 422 and "R-17" in wrong.content.decode()
    typed = {"number": "R-17", "date": "2026-03-09", "amount": "300,00"}
    assert client.post(f"{url}invoice/", typed).status_code == 422
    assert client.post(f"{url}invoice/", {**typed, "remark": "Parking."}).status_code == 302
    page = client.get(f"{url}statement/")
    assert page.context["owed"].difference == Decimal("5.00")
    assert client.post(f"{url}paid/").status_code == 302
    with acting(pair.max):
        assert PartnerInvoice.objects.get().paid_on is not None
    again = client.post(f"{url}invoice/", {"number": "R-18", "date": "2026-03-09", "amount": "1"})
    assert again.status_code == 422
    with acting(pair.max):
        assert PartnerInvoice.objects.get().number == "R-17"


def test_the_partner_never_sees_what_the_lead_keeps_about_the_invoice(pair: Pair) -> None:
    complete(pair)
    drain()
    url = f"/nordlicht/handovers/{pair.handover.key}/invoice/"
    sign_in(pair.max).post(url, {"number": "R-CANARY", "date": "2026-03-09", "amount": "0"})
    page = sign_in(pair.gunta).get(f"/baltic/handovers/{pair.handover.key}/statement/").content.decode()
    assert "CANARY" not in page
    with acting(pair.gunta):
        assert not PartnerInvoice.objects.exists()


def test_the_service_side_marks_it_billed_and_not_after_all(pair: Pair) -> None:
    complete(pair)
    drain()
    client, url = sign_in(pair.gunta), f"/baltic/handovers/{pair.handover.key}/billed/"
    assert client.post(url).status_code == 302
    with acting(pair.gunta):
        assert ServiceSide.objects.get().billed_at is not None
    assert client.post(url, {"billed": "0"}).status_code == 302
    with acting(pair.gunta):
        assert ServiceSide.objects.get().billed_at is None


@pytest.mark.parametrize("name", ["invoice", "paid", "billed"])
def test_nothing_is_billed_while_the_handover_runs(pair: Pair, name: str) -> None:
    sent = {"number": "R-1", "date": "2026-03-09", "amount": "1"}
    for member, slug in ((pair.max, "nordlicht"), (pair.gunta, "baltic")):
        answer = sign_in(member).post(f"/{slug}/handovers/{pair.handover.key}/{name}/", sent)
        assert answer.status_code in {409, 422}
    with acting(pair.max):
        assert not PartnerInvoice.objects.exists()
        assert not Move.objects.filter(name__startswith="invoice").exists()
    with acting(pair.gunta):
        assert ServiceSide.objects.get().billed_at is None


def test_the_agreed_part_of_a_flat_amount_is_a_second_statement_on_both_sides(
    ticket: Ticket, partnership: Partnership, max: Membership, gunta: Membership, desk_of_baltic: Company
) -> None:
    """§9 example D, flat: 400 taken back, 50 % agreed → 200. The first statement stays; the open difference is gone."""
    with acting(max) as by:
        draft = Draft(rate_type=RateType.FLAT, flat_amount=Decimal(400), answer_hours=24)
        handover = sending.send(ticket, partnership, draft, by=by)
    drain()
    with acting(gunta) as by:
        insourced = answering.accept(handover, desk_of_baltic, by=by, title=handover.title)
    drain()
    with acting(max) as by:
        ending.take_back(ticket, "The customer does it.", by=by, part=50)
    drain()
    browsers = ((sign_in(max), "nordlicht"), (sign_in(gunta), "baltic"))
    for side in (max, gunta):
        assert sums(side, handover) == [(1, Decimal("200.00"), "200.00")]
    with acting(gunta) as by:
        proposals.accept(Proposal.objects.get(), by=by)
        assert not statements.are_disputed(handover), "the lead only has not heard of it yet"
    drain()
    for side in (max, gunta):
        assert sums(side, handover) == [(1, Decimal("200.00"), "200.00"), (2, Decimal("200.00"), "0.00")]
    with acting(max):
        assert len({one.sha256 for one in Statement.objects.filter(number=2)}) == 1
    for browser, desk in browsers:
        assert browser.get(reverse("outsourcing:statement", args=[desk, handover.key])).status_code == 200
    assert insourced.pk


def sums(member: Membership, handover: Handover) -> list[tuple[int, Decimal, str]]:
    """Number, total and open difference of the member's own side's statements."""
    with acting(member):
        found = Statement.objects.filter(handover=handover, side=handover.side_of(member.tenant_id)).order_by("number")
        return [(one.number, one.total, one.document["sums"]["open_difference"]) for one in found]


def test_a_charge_has_a_category_that_travels_and_stands_on_the_statement(pair: Pair) -> None:
    """§3 *Insourcing setup* "charge category", §6 "charge with the service side's amount"."""
    with acting(pair.gunta) as by:
        keeping.set_up(pair.handover.partnership, by=by, charge_category="travel")
    at = f"/baltic/tickets/{pair.insourced.number}/"
    page = sign_in(pair.gunta).get(f"{at}?compose=charge").content.decode()
    assert '<option value="travel" selected>' in page
    (ours,) = re.findall(r'value="(partner:[^"]+)"', page)
    sign_in(pair.gunta).post(f"{at}charges/add/", {
        "reader": ours, "category": "licence", "name": "Antivirus", "quantity": "1",
        "unit_price": "20",
    })  # fmt: skip
    log(pair, kind="charge", name="Cable", unit_price=Decimal(40))
    drain()
    with acting(pair.max):
        copies = list(Charge.objects.order_by("pk").values_list("name", "category"))
    assert copies == [("Antivirus", "licence"), ("Cable", "other")]
    complete(pair)
    drain()
    for member, slug in ((pair.max, "nordlicht"), (pair.gunta, "baltic")):
        answer = sign_in(member).get(reverse("outsourcing:statement", args=[slug, pair.handover.key]))
        assert [one["category"] for one in answer.context["paper"].charges] == ["Licence", "Other"]
        assert answer.context["paper"].agreement == "same"


def test_a_category_of_a_newer_version_counts_as_other(pair: Pair) -> None:
    made = log(pair, kind="charge", name="Cable", category="travel", unit_price=Decimal(40))
    for said in ({"category": "teleportation"}, {}):
        fields = {"name": "Cable", "quantity": "1", "unit": "", "unit_price": "40", "currency": "EUR", "text": ""}
        values = inbox._charge({"fields": {**fields, **said}})
        assert values["category"] == "other", said
    assert made.category == "travel"


def test_an_edit_that_names_no_category_leaves_it(pair: Pair) -> None:
    made = log(pair, kind="charge", name="Cable", category="travel", unit_price=Decimal(40))
    url = f"/baltic/tickets/{pair.insourced.number}/charges/{made.key}/edit/"
    shown = sign_in(pair.gunta).get(url).context["form"]
    typed = {"reader": shown["reader"].value(), "version": made.version, "name": "Long cable", "quantity": "1"}
    assert sign_in(pair.gunta).post(url, {**typed, "unit_price": "40"}).status_code == 302
    with acting(pair.gunta):
        assert Charge.objects.values_list("name", "category").get() == ("Long cable", "travel")
