"""Hostile tests of the exchange: S2–S5, S8, S10 and S11 of outsourcing, and W13 (hostile-tests.md)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.db.models import ProtectedError
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from outsourcing.models import Handover, LeadSide, ServiceSide, Share
from outsourcing.services import answering, ending, partners, sending
from outsourcing.terms import Draft
from psa.directory import erasing
from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.lanes import delivery, lanes
from psa.lanes.models import Event, Lane
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tests.outsourcing.test_path import for_partner
from tests.outsourcing.test_sharing import for_internal
from tickets.models import Attachment, Note, StoredFile, Ticket
from tickets.models.items import KINDS
from tickets.services import fields, items, lifecycle

BACKLOG = 1500  # 10,000 by the hostile test; this many fit the unit suite


def everything(*members: Membership) -> str:
    """All rows either desk reads: what a refusal must have left alone."""
    models = (*KINDS.values(), Ticket, Handover, Share, Entry, Event, OutgoingMail)
    found = []
    for member in members:
        with acting(member):
            found += [str(list(model._default_manager.order_by("pk").values())) for model in models]
    return "\n".join(found)


def texts(member: Membership) -> list[str]:
    """The notes that came to this desk, in the order they came."""
    with acting(member):
        return list(Note.objects.filter(received_at__isnull=False).order_by("pk").values_list("text", flat=True))


def another(pair: Pair, title: str) -> Pair:
    """One more ticket of Nordlicht's that Baltic works on."""
    with pair.lead() as by:
        ticket = lifecycle.create(by=by, title=title, company=Company.objects.order_by("pk").first())
        offer = sending.send(ticket, Handover.objects.get(pk=pair.handover.pk).partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
    drain()
    with pair.service() as by:
        mapped = Company.objects.get(name="Nordlicht IT")
        insourced = answering.accept(Handover.objects.get(pk=offer.pk), mapped, by=by, title=title)
    drain()
    return Pair(pair.max, pair.gunta, ticket, insourced, offer)


# S2, S3 ---------------------------------------------------------------------------------------------------------------
def test_s2_what_the_partner_wrote_is_not_echoed(pair: Pair) -> None:
    with pair.service() as by:
        note = items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="Once.")
        items.edit(note, by=by, text="Once more.")
        fields.edit(pair.insourced, by=by, title="Our title")
    with pair.lead() as by:
        sent = Event.objects.filter(source=pair.max.tenant_id).count()
    while drain():
        pass
    with pair.lead():
        assert Event.objects.filter(source=pair.max.tenant_id).count() == sent
        assert Note.objects.count() == 1
    with pair.service():
        assert Note.objects.count() == 1


def test_s2_a_chain_of_three_companies_cannot_be_made(pair: Pair, atlas: Tenant, sam: Membership) -> None:
    """A → B → C → A ends where it would begin: an insourced ticket is not passed on, by service or by page."""
    before = everything(pair.max, pair.gunta)
    answer = sign_in(pair.gunta).post(f"/baltic/tickets/{pair.insourced.number}/outsource/", {"do": "save"})
    assert answer.status_code in {403, 409, 422}
    assert everything(pair.max, pair.gunta) == before


def test_s3_one_poison_event_does_not_delay_other_links(pair: Pair, monkeypatch: Any) -> None:
    other = another(pair, "Second ticket")
    with pair.service() as by:
        items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="POISON")
        items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="Behind it.")
        items.add(other.insourced, "note", for_partner(other.insourced), by=by, text="Free.")
    real = delivery._handlers["item.put"].effect

    def choke(event: Event) -> None:
        if event.payload["fields"]["text"] == "POISON":
            raise KeyError("poison")
        real(event)

    monkeypatch.setitem(delivery._handlers, "item.put", delivery.Handler(choke, 1, None))
    drain()
    assert texts(pair.max) == ["Free."]
    with pair.lead():
        stuck = Lane.objects.get(channel=pair.handover.channel, target_id=pair.max.tenant_id)
        assert (stuck.error, stuck.last_seq - stuck.applied_seq) == ("KeyError", 2)


# S4, S5 ---------------------------------------------------------------------------------------------------------------
def test_s4_both_sides_change_while_suspended_and_each_arrives_once_in_order(pair: Pair) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()
    for number in range(3):
        with pair.lead() as by:
            items.add(pair.ticket, "note", for_partner(pair.ticket), by=by, text=f"lead {number}")
        with pair.service() as by:
            items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text=f"service {number}")
    drain()
    assert texts(pair.max) == texts(pair.gunta) == []
    with pair.lead() as by:
        ending.reject(pair.ticket, "Not yet.", by=by)
    while drain():
        pass
    assert texts(pair.max) == ["service 0", "service 1", "service 2"]
    assert texts(pair.gunta) == ["lead 0", "lead 1", "lead 2"]


@pytest.mark.parametrize("end", ["approve", "take_back", "give_back"])
def test_s4_nothing_arrives_after_the_end(pair: Pair, end: str) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
        items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="Held.")
    with pair.lead() as by:
        items.add(pair.ticket, "note", for_partner(pair.ticket), by=by, text="Held.")
    drain()
    if end == "give_back":
        with pair.service() as by:
            answering.give_back(pair.insourced, "No.", by=by)
    else:
        with pair.lead() as by:
            ending.approve(pair.ticket, by=by) if end == "approve" else ending.take_back(pair.ticket, "Ours.", by=by)
    while drain():
        pass
    assert texts(pair.max) == texts(pair.gunta) == []
    for side in (pair.lead, pair.service):
        with side():
            assert Share.objects.filter(held_since__isnull=False).count() == 0
            assert Event.objects.filter(kind="item.put", applied_at=None).count() == 0


def test_s5_while_the_partner_is_suspended_everything_waits_and_then_arrives(pair: Pair) -> None:
    with scope.tenant(pair.gunta.tenant_id):
        Tenant.objects.filter(pk=pair.gunta.tenant_id).update(suspended_at=timezone.now())
    with pair.lead() as by:
        items.add(pair.ticket, "note", for_partner(pair.ticket), by=by, text="Waits.")
    assert drain() == 0
    assert texts(pair.gunta) == []
    with scope.tenant(pair.gunta.tenant_id):
        Tenant.objects.filter(pk=pair.gunta.tenant_id).update(suspended_at=None)
    drain()
    assert texts(pair.gunta) == ["Waits."]


def test_s5_a_partnership_does_not_end_over_running_work(pair: Pair) -> None:
    partnership = Handover.objects.none()
    with pair.lead() as by:
        partnership = Handover.objects.get(pk=pair.handover.pk).partnership
        with pytest.raises(Refused, match="partnership_has_handovers"):
            partners.end(partnership, by=by)
        partnership.refresh_from_db()
        assert partnership.status == "active"


@override_settings(UPLOAD_LIMIT=1024)
def test_s5_a_file_over_the_receivers_limit_is_refused_with_a_receipt_and_the_rest_goes_on(pair: Pair) -> None:
    with pair.service() as by:
        file = StoredFile.objects.create(path="x/1", size=2048, sha256="abc", content_type="image/png")
        items.add(pair.insourced, "attachment", for_partner(pair.insourced), by=by, file=file, name="big.png")
        items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="Behind it.")
    drain()
    assert texts(pair.max) == ["Behind it."]
    with pair.lead():
        assert Attachment.objects.count() == StoredFile.objects.count() == 0
    with pair.service():
        receipt = Event.objects.get(payload__kind="attachment")
        assert (receipt.outcome, receipt.reason) == ("refused", "file_too_large")


def test_s5_what_a_deactivated_member_sent_still_arrives_under_their_name(pair: Pair, baltic: Tenant) -> None:
    andris = tenants.add_member(baltic, "andris@baltic.example", "Andris Ozols", "dispatcher")
    with acting(andris) as by:
        items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="My last word.")
        Membership.objects.filter(pk=andris.pk).update(is_active=False)
    drain()
    with pair.lead():
        assert Note.objects.get().author_name == "Andris Ozols (Baltic Service)"
    assert sign_in(andris).get(f"/baltic/tickets/{pair.insourced.number}/").status_code in {302, 404}


# S8 -------------------------------------------------------------------------------------------------------------------
def test_s8_a_backlog_drains_in_order_per_link_and_fairly_between_tenants(
    pair: Pair, atlas: Tenant, monkeypatch: Any
) -> None:
    """BACKLOG events of one tenant; another tenant's twenty links are done after at most two turns of it."""
    order: list[tuple[int, int]] = []
    monkeypatch.setitem(
        delivery._handlers, "s8", delivery.Handler(lambda event: order.append((event.lane_id, event.seq)), 1, None)
    )
    nordlicht, baltic = pair.max.tenant_id, pair.gunta.tenant_id
    with scope.tenant(nordlicht):
        full = lanes.open_lane("full", nordlicht, baltic)
        Event.objects.bulk_create(
            [
                Event(lane=full, source_id=nordlicht, target_id=baltic, seq=seq, kind="s8")
                for seq in range(1, BACKLOG + 1)
            ],
            batch_size=500,
        )
        Lane.objects.filter(pk=full.pk).update(last_seq=BACKLOG, due=timezone.now())
    few = []
    with scope.tenant(atlas):
        for number in range(20):
            few.append(lanes.open_lane(f"few:{number}", atlas.pk, baltic))
            with transaction.atomic():
                for _ in range(3):
                    lanes.emit(few[-1], "s8", {})
    while delivery.drain(budget=60):
        pass
    for lane, count in [(full, BACKLOG), *((one, 3) for one in few)]:
        assert [seq for pk, seq in order if pk == lane.pk] == list(range(1, count + 1))
    last_of_the_few = max(order.index((one.pk, 3)) for one in few)
    assert sum(pk == full.pk for pk, _seq in order[:last_of_the_few]) <= 2 * delivery.PER_CLAIM


# S11 ------------------------------------------------------------------------------------------------------------------
def test_s11_a_ticket_of_a_running_handover_is_not_deleted_on_either_side(pair: Pair) -> None:
    """There is no verb for it; whoever finds another way is stopped by the contract's own keys."""
    for side, ticket in ((pair.lead, pair.ticket), (pair.service, pair.insourced)):
        with side():
            with pytest.raises(ProtectedError), transaction.atomic():
                Ticket.objects.get(pk=ticket.pk).delete()
            assert Ticket.objects.filter(pk=ticket.pk).exists()
            assert Handover.objects.filter(pk=pair.handover.pk).exists()


def test_s11_the_company_is_fixed_while_it_runs_and_free_afterwards_with_its_links(pair: Pair) -> None:
    with pair.lead() as by:
        other = Company.objects.create(name="Other Ltd")
    before = everything(pair.max, pair.gunta)
    form = {"title": pair.ticket.title, "company": other.pk, "priority": 3, "source": "phone", "version": 99}
    with pair.lead() as by:
        with pytest.raises(Refused, match="company_is_fixed_by_handover") as refusal:
            fields.edit(pair.ticket, by=by, company=other)
        assert refusal.value.params == {"partner": "Baltic Service"}
        form |= {"queue": pair.ticket.queue_id, "version": Ticket.objects.get(pk=pair.ticket.pk).version}
    answer = sign_in(pair.max).post(f"/nordlicht/tickets/{pair.ticket.number}/properties/", form)
    assert answer.status_code == 422
    assert "Baltic Service" in answer.content.decode()
    with pair.service() as by:
        elsewhere = Company.objects.create(name="Elsewhere")
        with pytest.raises(Refused, match="company_is_fixed_by_handover"):
            fields.edit(pair.insourced, by=by, company=elsewhere)
        elsewhere.delete()
    assert everything(pair.max, pair.gunta) == before
    with pair.lead() as by:
        ending.complete(pair.ticket, by=by)
    drain()
    with pair.lead() as by:
        assert fields.edit(pair.ticket, by=by, company=other).company == other
        assert LeadSide.objects.get().ticket_id == pair.ticket.pk
    with pair.service():
        assert ServiceSide.objects.get().ticket_id == pair.insourced.pk


@pytest.fixture
def cleo_of(pair: Pair) -> Contact:
    with pair.lead():
        made = Contact.objects.create(company=pair.ticket.company, name="Cleo Hansen", email="cleo@hansen.example")
        Ticket.objects.filter(pk=pair.ticket.pk).update(contact=made)
        return made


def test_s11_a_person_is_not_erased_while_a_partner_works_for_them(pair: Pair, cleo_of: Contact) -> None:
    before = everything(pair.max, pair.gunta)
    url = reverse("directory:erase_contact", args=["nordlicht", cleo_of.company_id, cleo_of.pk])
    answer = sign_in(pair.max).post(url)
    assert answer.status_code == 409
    assert "Baltic Service" in answer.content.decode()
    assert everything(pair.max, pair.gunta) == before
    with pair.lead():
        assert Contact.objects.get(pk=cleo_of.pk).name == "Cleo Hansen"


def test_s11_erasing_a_person_blanks_the_ledger_of_both_sides_and_keeps_hash_and_size(
    pair: Pair, cleo_of: Contact
) -> None:
    other = another(pair, "Of somebody else")
    with pair.lead() as by:
        items.add(pair.ticket, "note", for_partner(pair.ticket), by=by, text="Call Cleo Hansen.")
        items.add(other.ticket, "note", for_partner(other.ticket), by=by, text="Kept.")
    with pair.service() as by:
        items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text="Called Cleo Hansen.")
    drain()
    with pair.lead() as by:
        ending.complete(pair.ticket, by=by)
    drain()
    with pair.service():
        weights = list(Event.objects.order_by("pk").values_list("pk", "size", "sha256"))
    assert sign_in(pair.max).post(
        reverse("directory:erase_contact", args=["nordlicht", cleo_of.company_id, cleo_of.pk])
    ).status_code == 302  # fmt: skip
    drain()
    for side in (pair.lead, pair.service):
        with side():
            told_before = Event.objects.exclude(kind="person.erased").order_by("pk")
            assert list(told_before.values_list("pk", "size", "sha256")) == weights
            ours = Event.objects.filter(lane__channel=pair.handover.channel)
            assert not ours.exclude(payload={}).exists()
            assert "Kept." in str(list(Event.objects.values_list("payload", flat=True)))
    with pair.lead():
        contact = Contact.objects.get(pk=cleo_of.pk)
        assert (contact.name, contact.email, contact.phone) == (erasing.ERASED, "", "")
        assert Ticket.objects.get(pk=pair.ticket.pk).contact_id == contact.pk, "links stay"
    assert "Cleo" not in sign_in(pair.gunta).get("/baltic/outsourcing/ledger/").content.decode()


# W13 ------------------------------------------------------------------------------------------------------------------
VALUES = {
    "note": {"text": "w"},
    "timeentry": {"worked_on": "2026-03-02", "minutes": 30, "text": "w"},
    "charge": {"name": "w"},
    "attachment": {"name": "w.png"},
}


def old_items(pair: Pair) -> list[Any]:
    """One of each kind, made before the submission; then it is submitted."""
    with pair.service() as by:
        made = []
        for kind, values in VALUES.items():
            if kind == "attachment":
                file = StoredFile.objects.create(path="x/1", size=3, sha256="abc", content_type="image/png")
                values = {**values, "file": file}
            made.append(items.add(pair.insourced, kind, for_partner(pair.insourced), by=by, **values))
        made.append(items.add(pair.insourced, "note", for_internal(pair.insourced), by=by, text="internal"))
    drain()
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()
    return made


@pytest.mark.parametrize("ended", [False, True], ids=["waiting", "complete"])
def test_w13_what_is_older_than_the_boundary_is_refused_on_every_path(pair: Pair, ended: bool) -> None:
    made = old_items(pair)
    if ended:
        with pair.lead() as by:
            ending.approve(pair.ticket, by=by)
        drain()
    before = everything(pair.max, pair.gunta)
    client, code = sign_in(pair.gunta), "ended_items_are_locked" if ended else "submitted_items_are_locked"
    with pair.service():
        reader = for_internal(Ticket.objects.select_related("tenant").get(pk=pair.insourced.pk)).value
    form = {
        "reader": reader, "text": "X", "kind_of": "note", "version": 1, "minutes": "0:10", "worked_on": "2026-03-02",
        "name": "X", "quantity": "1", "unit_price": "1",
    }  # fmt: skip
    for item in made:
        with pair.service() as by:
            for change in (
                lambda one=item: items.edit(one, by=by, text="X"),
                lambda one=item: items.remove(one, by=by),
            ):
                if item.kind() == "attachment":
                    change = lambda one=item: items.edit(one, by=by, name="X")  # noqa: E731
                with pytest.raises(Refused, match=code):
                    change()
        for verb, posted in (("edit_item", form), ("remove_item", {"version": 1})):
            url = reverse(f"tickets:{verb}", args=["baltic", pair.insourced.number, item.kind(), item.key])
            assert client.post(url, posted).status_code == 409, (verb, item.kind())
            assert client.post(url, {**posted, "version": "", "tenant": "1", "made_at": "2030-01-01"}).status_code in {
                409,
                422,
            }
    assert everything(pair.max, pair.gunta) == before


def test_w13_the_leads_copies_cannot_be_forged_either(pair: Pair) -> None:
    made = old_items(pair)
    before = everything(pair.max, pair.gunta)
    client = sign_in(pair.max)
    with pair.lead():
        reader = for_internal(Ticket.objects.select_related("tenant").get(pk=pair.ticket.pk)).value
    for item in made[:4]:
        for verb in ("edit_item", "remove_item"):
            url = reverse(f"tickets:{verb}", args=["nordlicht", pair.ticket.number, item.kind(), item.key])
            form = {"reader": reader, "text": "X", "version": 1, "minutes": "0:10", "worked_on": "2026-03-02"}
            form |= {"name": "X", "quantity": "1", "unit_price": "1"}
            assert client.post(url, form).status_code in {409, 422}  # 422: the form does not even offer it
    assert everything(pair.max, pair.gunta) == before


def test_w13_later_items_stay_local_reject_releases_in_order_and_approve_severs(pair: Pair) -> None:
    old_items(pair)
    with pair.service() as by:
        for text in ("first", "second"):
            items.add(pair.insourced, "note", for_partner(pair.insourced), by=by, text=text)
    drain()
    assert "first" not in texts(pair.max)
    with pair.lead() as by:
        ending.reject(pair.ticket, "Not yet.", by=by)
    drain()
    assert texts(pair.max)[-2:] == ["first", "second"]
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()
    with pair.lead() as by:
        ending.approve(pair.ticket, by=by)
    drain()
    with pair.service() as by:
        count = Event.objects.count()
        items.add(pair.insourced, "note", for_internal(pair.insourced), by=by, text="Ours.")
        assert Event.objects.count() == count


def test_w13_completing_early_ends_in_the_same_state_as_approving(pair: Pair) -> None:
    other = another(pair, "Approved after submission")
    with pair.service() as by:
        for ticket in (pair.insourced, other.insourced):
            items.add(ticket, "note", for_partner(ticket), by=by, text="Done.")
        answering.submit(other.insourced, by=by)
    drain()
    with pair.lead() as by:
        ending.complete(pair.ticket, by=by)
        ending.approve(other.ticket, by=by)
    drain()
    with pair.lead():
        ends = [
            (one.status, one.ended_at is not None, Lane.objects.filter(channel=one.channel, is_open=True).count())
            for one in Handover.objects.filter(pk__in=[pair.handover.pk, other.handover.pk])
        ]
    assert ends == [("complete", True, 0)] * 2


# W3 -------------------------------------------------------------------------------------------------------------------
def test_w3_whoever_comes_second_changes_nothing(pair: Pair, partnership: Any) -> None:
    """Accept after cancel, accept twice, approve after recall: the second reads that somebody was faster."""
    with pair.lead() as by:
        ticket = lifecycle.create(by=by, title="Offered", company=Company.objects.order_by("pk").first())
        offer = sending.send(ticket, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
    drain()
    with pair.lead() as by:
        sending.cancel(ticket, by=by)
    drain()
    before = everything(pair.max, pair.gunta)
    with pair.service() as by:
        for one in (offer, pair.handover):
            with pytest.raises(Refused, match="handover_moved_on"):
                fresh = Handover.objects.get(pk=one.pk)
                answering.accept(fresh, Company.objects.get(name="Nordlicht IT"), by=by, title="Twice")
    with pair.lead() as by, pytest.raises(Refused, match="handover_moved_on"):
        ending.approve(pair.ticket, by=by)
    assert everything(pair.max, pair.gunta) == before
