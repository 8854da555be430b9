"""Checklist items between two companies (outsourcing spec §6 "checklist item marked partner", §7, T5, T8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from outsourcing import offers
from outsourcing.forms.offers import OfferForm
from outsourcing.inbox import on_put
from outsourcing.models import Handover, Partnership, Share, Terms
from outsourcing.services import answering, ending, sending
from outsourcing.terms import Draft
from psa.directory.models import Company
from psa.journal.models import Entry
from psa.lanes.models import Event
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tests.pictures import PNG
from tests.tickets.pages import sign_in_english
from tickets import services
from tickets.models import Attachment, ChecklistItem, Ticket
from tickets.services import checklist_templates, checklists
from tickets.services.checklist_templates import ItemDraft

TEXTS = ("Mount the switch", "Photo of the rack", "Voltage")
ITEMS = (
    ItemDraft("Mount the switch", {"en": "Mount the switch", "lv": "Uzstādīt komutatoru"}, for_partner=True),
    ItemDraft("Photo of the rack", {}, False, "photo", for_partner=True),
    ItemDraft("Voltage", {}, True, "value", "V", for_partner=True),
    ItemDraft("CANARY margin checked", {}),
)


@pytest.fixture
def listed(ticket: Ticket, max: Membership) -> list[ChecklistItem]:
    """Nordlicht's list: three items for the partner, one of its own."""
    with acting(max) as by:
        template = checklist_templates.save(None, "Switch", {"en": "Switch", "lv": "Komutators"}, ITEMS, by=by)
        made = checklists.add(ticket, template, by=by)
        return list(ChecklistItem.objects.filter(checklist=made).order_by("position"))


@pytest.fixture
def pair(
    listed: list[ChecklistItem],
    max: Membership,
    gunta: Membership,
    ticket: Ticket,
    partnership: Partnership,
    desk_of_baltic: Company,
) -> Pair:
    """The ticket with its list at Baltic, which accepted it and took it up."""
    with acting(max) as by:
        draft = Draft(**HOURLY, items=[str(item.key) for item in listed])  # type: ignore[arg-type]
        offer = sending.send(ticket, partnership, draft, by=by)
    drain()
    with acting(gunta) as by:
        insourced = answering.accept(Handover.objects.get(pk=offer.pk), desk_of_baltic, by=by, title=offer.title)
        services.accept(insourced, by=by)
    drain()
    return Pair(max, gunta, ticket, insourced, offer)


def at(member: Membership, text: str) -> ChecklistItem:
    with acting(member):
        return ChecklistItem.objects.get(text=text)


def counts(member: Membership, ticket: Ticket) -> tuple[int, int]:
    with acting(member):
        now = Ticket.objects.get(pk=ticket.pk)
        return now.checklist_done, now.checklist_total


def refused(code: str, call: Callable[[], Any]) -> None:
    with pytest.raises(Refused) as refusal:
        call()
    assert refusal.value.code == code


def tick_all(pair: Pair) -> None:
    with pair.service() as by:
        checklists.tick(at(pair.gunta, "Mount the switch"), by=by)
        checklists.tick(at(pair.gunta, "Voltage"), by=by, proof="229,5")
        photo = SimpleUploadedFile("rack.png", PNG, "image/png")
        checklists.tick_with_photo(at(pair.gunta, "Photo of the rack"), photo, by=by)


def test_t5_what_is_marked_partner_arrives_as_a_required_list(pair: Pair) -> None:
    with pair.service():
        copies = list(ChecklistItem.objects.order_by("position"))
        assert [one.text for one in copies] == ["Mount the switch", "Photo of the rack", "Voltage"]
        assert all(one.is_required and one.is_copy and one.is_open for one in copies)
        assert (copies[0].texts["lv"], copies[2].unit, copies[0].checklist.partner) == (
            "Uzstādīt komutatoru",
            "V",
            "Nordlicht IT",
        )
        assert "CANARY" not in str([*Terms.objects.values(), *Event.objects.values(), *Entry.objects.values()])
    assert counts(pair.gunta, pair.insourced) == (0, 3)
    assert counts(pair.max, pair.ticket) == (0, 4)


def test_only_what_is_marked_partner_is_offered_and_it_is_chosen_beforehand(
    listed: list[ChecklistItem], ticket: Ticket, max: Membership, partnership: Partnership
) -> None:
    with acting(max) as by:
        checklists.tick(listed[0], by=by)
        enclosable = offers.enclosable(ticket)
        assert [one.text for one in enclosable] == ["Photo of the rack", "Voltage"]  # type: ignore[attr-defined]
        assert OfferForm(ticket, enclosable)["items"].value() == [str(one.key) for one in listed[1:3]]


def test_a_tick_flows_back_once_with_who_and_what_shows_it(pair: Pair) -> None:
    tick_all(pair)
    drain()
    mounted, voltage, photo = (at(pair.max, text) for text in ("Mount the switch", "Voltage", "Photo of the rack"))
    assert (mounted.state, mounted.acted_by, mounted.settled_at) == (
        "done",
        "Gunta Bērziņa (Baltic Service)",
        at(pair.gunta, "Mount the switch").settled_at,
    )
    assert voltage.proof == "229.5"
    with pair.lead():
        assert Attachment.objects.get().key == photo.photo
        assert counts(pair.max, pair.ticket) == (3, 4)
        told = Entry.objects.filter(kind="checklistitem.changed_by_partner")
        assert told.count() == 3
        event = Event.objects.filter(item=mounted.key, target=pair.max.tenant_id).get()
        for _ in range(2):  # told again, after a worker was lost
            on_put(event)
        assert told.count() == 3
        assert not Event.objects.filter(source=pair.max.tenant_id, item=mounted.key).exists(), "our own news echoed"
    assert counts(pair.max, pair.ticket) == (3, 4)


def test_unticking_and_not_applicable_flow_back_with_their_reasons(pair: Pair) -> None:
    copy = at(pair.gunta, "Mount the switch")
    with pair.service() as by:
        checklists.tick(copy, by=by)
        checklists.untick(copy, "It fell down", by=by)
    drain()
    ours = at(pair.max, "Mount the switch")
    assert (ours.state, ours.reason, ours.acted_by) == ("open", "It fell down", "Gunta Bērziņa (Baltic Service)")
    with pair.service() as by:
        checklists.skip(copy, "There is no rack", by=by)
    drain()
    ours = at(pair.max, "Mount the switch")
    assert (ours.state, ours.reason) == ("not_applicable", "There is no rack")
    assert counts(pair.max, pair.ticket) == (1, 4)


def test_the_lead_does_not_tick_what_is_with_the_partner(pair: Pair) -> None:
    ours = at(pair.max, "Mount the switch")
    with pair.lead() as by:
        for call in (
            lambda: checklists.tick(ours, by=by),
            lambda: checklists.skip(ours, "No", by=by),
        ):
            refused("checklist_item_is_with_partner", call)
        checklists.tick(at(pair.max, "CANARY margin checked"), by=by)
    assert at(pair.max, "Mount the switch").is_open


def test_what_the_reader_may_not_tick_is_a_mark_with_its_reason_and_no_button(pair: Pair) -> None:
    """On either side: nothing to press, to open or to reach by keyboard on such a line."""

    def lines(member: Membership, number: int) -> dict[str, str]:
        desk = "nordlicht" if member is pair.max else "baltic"
        page = sign_in_english(member).get(f"/{desk}/tickets/{number}/").content.decode()
        found = page.partition('id="checklists"')[2].split('<li class="check ')[1:]
        return {text: next((one for one in found if text in one), "").partition("</li>")[0] for text in TEXTS}

    pressed = re.compile(r"<(button|form|summary|input|a)\b|tabindex")
    theirs = lines(pair.max, pair.ticket.number)
    for text in TEXTS:
        assert "check-lock" in theirs[text] and "Baltic Service ticks this item" in theirs[text], text
        assert not pressed.search(theirs[text]), text
    assert all(pressed.search(one) for one in lines(pair.gunta, pair.insourced.number).values()), "who may, can"
    tick_all(pair)
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    for text, line in lines(pair.gunta, pair.insourced.number).items():
        assert text in line and not pressed.search(line.partition('<a class="picture')[0]), text


def test_t8_submitting_is_refused_while_a_required_item_is_open(pair: Pair) -> None:
    with pair.service() as by:
        refused("checklist_is_open", lambda: answering.submit(pair.insourced, by=by))
    assert pair.status() == "in_progress"
    tick_all(pair)
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    assert pair.status() == "waiting_approval"


def test_s7_what_was_submitted_is_locked_and_what_has_ended_stays(pair: Pair) -> None:
    tick_all(pair)
    drain()
    copy = at(pair.gunta, "Mount the switch")
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
        refused("submitted_items_are_locked", lambda: checklists.untick(copy, "No", by=by))
    drain()
    with pair.lead() as by:
        ending.reject(pair.ticket, "Look again", by=by)
    drain()
    with pair.service() as by:
        checklists.untick(copy, "Loose", by=by)
        checklists.tick(copy, by=by)
        answering.submit(pair.insourced, by=by)
    drain()
    with pair.lead() as by:
        ending.complete(pair.ticket, by=by)
    drain()
    with pair.service() as by:
        refused("ended_items_are_locked", lambda: checklists.untick(copy, "No", by=by))
    with pair.lead() as by:  # the work is over: the item is ours again
        checklists.untick(at(pair.max, "Mount the switch"), "Not straight", by=by)
    assert counts(pair.max, pair.ticket) == (2, 4)
    assert counts(pair.gunta, pair.insourced) == (3, 3)


def test_a_list_taken_off_is_withdrawn_with_its_words(pair: Pair) -> None:
    with pair.lead() as by:
        checklists.remove(at(pair.max, "Mount the switch").checklist, by=by)
    drain()
    with pair.service() as by:
        copies = list(ChecklistItem.objects.all())
        assert {(one.text, one.removal) for one in copies} == {("", "withdrawn")}
        assert "Uzstādīt" not in str(list(ChecklistItem.objects.values()))
        refused("item_is_gone", lambda: checklists.tick(copies[0], by=by))
    assert counts(pair.gunta, pair.insourced) == (0, 0)


def test_a_tick_and_a_withdrawal_that_cross_leave_neither_side_with_a_tick(pair: Pair) -> None:
    with pair.service() as by:
        checklists.tick(at(pair.gunta, "Mount the switch"), by=by)
    with pair.lead() as by:
        checklists.remove(at(pair.max, "Voltage").checklist, by=by)
    drain()
    assert counts(pair.max, pair.ticket) == counts(pair.gunta, pair.insourced) == (0, 0)
    with pair.lead():
        assert not Event.objects.exclude(outcome="applied").exists()


def test_an_item_added_while_the_work_runs_goes_to_this_partner(pair: Pair) -> None:
    with pair.lead() as by:
        checklists.add_item(pair.ticket, "Label the cable", by=by, for_partner=True)
        checklists.add_item(pair.ticket, "CANARY our own", by=by)
    drain()
    with pair.service():
        assert ChecklistItem.objects.filter(text="Label the cable").count() == 1
        assert "CANARY" not in str(list(ChecklistItem.objects.values()))
    with pair.lead():
        assert Share.objects.filter(kind="checklistitem").count() == 4


def test_access_ends_with_the_handover(pair: Pair) -> None:
    with pair.lead() as by:
        ending.take_back(pair.ticket, "We do it ourselves", by=by)
        checklists.tick(at(pair.max, "Mount the switch"), by=by)
    drain()
    with pair.service() as by:
        refused("ended_items_are_locked", lambda: checklists.tick(at(pair.gunta, "Mount the switch"), by=by))
    assert at(pair.gunta, "Mount the switch").is_open
    assert counts(pair.max, pair.ticket) == (1, 4)


def test_a_forged_tick_of_another_handovers_item_changes_nothing(pair: Pair) -> None:
    own = at(pair.max, "CANARY margin checked")
    with pair.service() as by:
        checklists.tick(at(pair.gunta, "Mount the switch"), by=by)
    with pair.lead():
        event = Event.objects.get(target=pair.max.tenant_id, item=at(pair.max, "Mount the switch").key)
        event.item = own.key
        on_put(event)
    assert at(pair.max, "CANARY margin checked").is_open


def test_held_ticks_go_out_when_the_lead_rejects(pair: Pair) -> None:
    with pair.lead() as by:
        checklists.add_item(pair.ticket, "Late wish", by=by, for_partner=True)
    drain()
    tick_all(pair)
    with pair.service() as by:
        checklists.skip(at(pair.gunta, "Late wish"), "Not wanted", by=by)
        answering.submit(pair.insourced, by=by)
    drain()
    with pair.lead() as by:
        checklists.add_item(pair.ticket, "After the fact", by=by, for_partner=True)
    drain()
    with pair.service():
        assert not ChecklistItem.objects.filter(text="After the fact").exists()
    with pair.lead() as by:
        ending.reject(pair.ticket, "One more", by=by)
    drain()
    with pair.service():
        assert ChecklistItem.objects.filter(text="After the fact").exists()
