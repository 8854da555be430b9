"""Rules of the specification that no other file names: checklists on every path (W11), bulk, call notes, text modules,
and nights (N7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from psa.batches.models import BatchLine
from psa.directory.models import Company, Contact
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web.templatetags import ui
from tests.conftest import acting
from tests.test_access import named
from tests.tickets.conftest import internal
from tests.tickets.pages import DESK, form_of, sign_in_english, text_of
from tests.tickets.stages import WAYS as WAYS_TO
from tests.tickets.stages import bring
from tickets import services, spans
from tickets.cards import LABELS
from tickets.forms import BulkForm
from tickets.inserting import KINDS
from tickets.models import ChecklistItem, Note, Stopwatch, TextKind, Ticket, TimeEntry
from tickets.services import bulk, calls, checklist_templates, checklists, items, replies, stopwatches, text_modules
from tickets.services.text_modules import Wording

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def work(ticket: Ticket, max: Membership) -> Ticket:
    """The ticket in progress, with a required item open and an optional one."""
    with acting(max) as by:
        ticket = services.accept(ticket, by=by)
        checklists.add_item(ticket, "Test the restore", by=by, is_required=True)
        checklists.add_item(ticket, "Sweep", by=by)
        return Ticket.objects.get(pk=ticket.pk)


def fresh(ticket: Ticket) -> Ticket:
    with scope.tenant(ticket.tenant_id):
        return Ticket.objects.get(pk=ticket.pk)


# Checklists -----------------------------------------------------------------------------------------------------------
def by_the_service(ticket: Ticket, browser: Client, by: Any) -> None:
    services.close(ticket, "Done.", by=by)


def confirmed(ticket: Ticket, browser: Client, by: Any) -> None:
    services.close(ticket, "Done.", by=by, confirmed=True)


def by_a_rule(ticket: Ticket, browser: Client, by: Any) -> None:
    services.move(ticket, "close", "Done.", by=Actor.system("rule"))


def with_a_reply(ticket: Ticket, browser: Client, by: Any) -> None:
    replies.send(ticket, "note", internal(ticket), by=by, move="close", text="Done.")


def in_bulk(ticket: Ticket, browser: Client, by: Any) -> None:
    bulk.make(ticket, {"move": "close", "text": "Done."}, by=by)


def on_its_page(ticket: Ticket, browser: Client, by: Any) -> None:
    answer = browser.post(f"{DESK}{ticket.number}/close/", {"text": "Done."})
    assert answer.status_code == 409 and "Test the restore" in text_of(answer) and "Done." in text_of(answer)
    raise Refused("checklist_is_open")


def by_the_composer(ticket: Ticket, browser: Client, by: Any) -> None:
    page = f"{DESK}{ticket.number}/"
    form = form_of(browser.get(page), "/notes/add/")
    answer = browser.post(f"{page}notes/add/", {**form, "text": "Done.", "move": "close"})
    assert answer.status_code in {409, 422} and "Test the restore" in text_of(answer)
    raise Refused("checklist_is_open")


def by_the_bulk_page(ticket: Ticket, browser: Client, by: Any) -> None:
    form = {
        "view": "open",
        "query": "",
        "pick": [ticket.pk],
        "step": "go",
        "what": "move",
        "move": "close",
        "text": "x",
    }
    assert browser.post(f"{DESK}bulk/", form).status_code == 302
    line = BatchLine.objects.get()
    assert (line.state, line.code) == ("refused", "checklist_is_open")
    raise Refused(line.code)


WAYS = (by_the_service, confirmed, by_a_rule, with_a_reply, in_bulk, on_its_page, by_the_composer, by_the_bulk_page)


@pytest.mark.parametrize("way", WAYS)
def test_w11_no_way_closes_a_ticket_over_an_open_required_item(
    work: Ticket, max: Membership, way: Callable[[Ticket, Client, Any], None]
) -> None:
    """Refused with the item's name; nothing is written. Settled, the same way goes – an optional item stays open."""
    browser = sign_in_english(max)
    with acting(max) as by:
        with pytest.raises(Refused) as refused:
            way(work, browser, by)
        assert refused.value.code == "checklist_is_open"
        assert fresh(work).status == "open" and not Note.objects.exists()
        checklists.skip(ChecklistItem.objects.get(is_required=True), "There is no tape.", by=by)
        services.close(work, "Done.", by=by)
    assert fresh(work).status == "closed"


def submitted(ticket: Ticket, browser: Client, by: Any) -> None:
    services.submit(ticket, "Please look.", by=by, no_time="By phone.", override="Urgent.")


def submitted_by_a_rule(ticket: Ticket, browser: Client, by: Any) -> None:
    services.move(ticket, "submit", "Please look.", by=Actor.system("rule"), no_time="By phone.")


def submitted_in_bulk(ticket: Ticket, browser: Client, by: Any) -> None:
    bulk.make(ticket, {"move": "submit", "text": "Please look."}, by=by)


def submitted_on_its_page(ticket: Ticket, browser: Client, by: Any) -> None:
    answer = browser.post(f"{DESK}{ticket.number}/submit/", {"text": "Please look.", "no_time": "By phone."})
    assert answer.status_code == 409 and "Test the restore" in text_of(answer) and "Please look." in text_of(answer)
    raise Refused("checklist_is_open")


INTO_REVIEW = (submitted, submitted_by_a_rule, submitted_in_bulk, submitted_on_its_page)


@pytest.mark.parametrize("way", INTO_REVIEW)
def test_w11_no_way_puts_work_before_the_customer_over_an_open_required_item(
    work: Ticket, max: Membership, way: Callable[[Ticket, Client, Any], None]
) -> None:
    """It-house spec, "Checklists": review, too, is refused while a required item is open, whoever overrides."""
    browser = sign_in_english(max)
    with acting(max) as by:
        services.start(work, by=by, expected=30)
        with pytest.raises(Refused) as refused:
            way(work, browser, by)
        assert refused.value.code == "checklist_is_open"
        assert fresh(work).status == "in_progress"
        checklists.skip(ChecklistItem.objects.get(is_required=True), "There is no tape.", by=by)
        submitted(work, browser, by)
    assert fresh(work).status == "waiting_solution_review"


def test_w11_nothing_new_is_asked_for_while_the_customer_looks_at_the_work(work: Ticket, max: Membership) -> None:
    """Else what was accepted would be closed over an item nobody has settled."""
    browser = sign_in_english(max)
    with acting(max) as by:
        services.start(work, by=by, expected=30)
        checklists.tick(ChecklistItem.objects.get(is_required=True), by=by)
        template = checklist_templates.save(None, "Late", {}, [checklist_templates.ItemDraft("Late")], by=by)
        submitted(work, browser, by)
        for late in (
            lambda: checklists.add_item(work, "Late", by=by, is_required=True),
            lambda: checklists.add(work, template, by=by),
            lambda: checklists.untick(ChecklistItem.objects.get(is_required=True), "Not so.", by=by),
        ):
            with pytest.raises(Refused, match="checklist_waits"):
                late()
        assert "/checklists/add/" not in text_of(browser.get(f"{DESK}{work.number}/checklists/"))
        services.take_back(work, by=by)
        checklists.add_item(work, "Late", by=by, is_required=True)
        with pytest.raises(Refused, match="checklist_is_open"):
            submitted(work, browser, by)


def test_w11_what_was_opened_again_stands_against_production(ticket: Ticket, max: Membership, cleo: Contact) -> None:
    """Between the solution and its deployment somebody works again: an item opened there is settled before the
    customer looks once more."""
    with acting(max) as by:
        item = checklists.add_item(ticket, "Test the restore", by=by, is_required=True)
        services.accept(ticket, by=by)
        checklists.tick(item, by=by)
        ready = bring(Ticket.objects.get(pk=ticket.pk), WAYS_TO["ready_for_deploy"][1:], by)
        checklists.untick(item, "The plan changed.", by=by)
        with pytest.raises(Refused, match="checklist_is_open"):
            services.deployed(ready, by=by)
        checklists.tick(item, by=by)
        assert services.deployed(ready, by=by).status == "waiting_production_review"


def test_w11_there_is_no_address_that_ticks_more_than_one_item() -> None:
    """ "Ticked one at a time … no tick-all": the only address that settles names one item."""
    ticking = [str(pattern.pattern) for name, pattern in named() if "checklist" in name and "settle" in name]
    assert len(ticking) == 1 and "<uuid:key>" in ticking[0]
    assert not [name for name, _pattern in named() if "tick_all" in name or "all_items" in name]


def test_the_progress_of_the_checklists_stands_on_the_list_row(work: Ticket, max: Membership) -> None:
    """ "Progress on list rows", and it follows each tick and untick."""
    browser = sign_in_english(max)
    for done, act in ((0, None), (1, checklists.tick), (0, checklists.untick)):
        if act is not None:
            with acting(max) as by:
                item = ChecklistItem.objects.order_by("pk").first()
                act(item, *(["Not so."] if act is checklists.untick else []), by=by)
        row = browser.get(f"{DESK}?cols=number,checklist&format=csv")
        assert f"{done}/2" in b"".join(row.streaming_content).decode()  # type: ignore[attr-defined]
        assert f"{done}/2" in text_of(browser.get(f"{DESK}?cols=number,checklist"))


# Bulk -----------------------------------------------------------------------------------------------------------------
def test_bulk_never_changes_audience_company_or_status_by_column(ticket: Ticket, max: Membership) -> None:
    """ "Bulk on any field … (status only through moves; never audience or company …)": neither offered nor taken."""
    offered = {code for code, _label in BulkForm.base_fields["what"].choices}
    assert offered == {"assignee", "queue", "category", "priority", "due_at", "move", "note"}
    browser = sign_in_english(max)
    with acting(max) as by:
        other = Company.objects.create(name="Other")
        for name, value in (("company", other.pk), ("audience", "customer"), ("status", "closed"), ("contact", 1)):
            with pytest.raises(ValueError, match="No such"):
                bulk.make(ticket, {"field": name, "value": value}, by=by)
            form = {"view": "open", "query": "", "pick": [ticket.pk], "step": "go", "what": name, name: value}
            assert browser.post(f"{DESK}bulk/", form).status_code == 422
        now = fresh(ticket)
        assert (now.company_id, now.status) == (ticket.company_id, "new")
        bulk.make(ticket, {"note": "Moving on Friday."}, by=by)
        assert Note.objects.get().audience == "internal", "a bulk note is ours"


# Information, text modules --------------------------------------------------------------------------------------------
def test_a_call_note_has_an_icon_of_its_own_and_changes_neither_owner_nor_status(
    ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    """ "Call / info note: … changes neither owner nor status; own icon in the timeline"."""
    with acting(max) as by:
        services.assign(ticket, in_queue, by=by)
        plain = items.add(ticket, "note", internal(ticket), by=by, text="Plain")
        called = calls.note(
            ticket, internal(ticket), by=by, caller="Cleo", direction="in", text="It rattles.", minutes=None
        )
        now = fresh(ticket)
        assert (now.assignee_id, now.status, now.created_by_id) == (in_queue.pk, "new", max.pk)
        labels = {one.pk: str(LABELS["note"](one)) for one in (plain, called)}
    assert str(ui.icon("phone", "s")) in labels[called.pk] and "Cleo" in labels[called.pk] and labels[plain.pk] == ""
    assert labels[called.pk].partition("<svg")[2][:40] in text_of(sign_in_english(max).get(f"{DESK}{ticket.number}/"))


def test_each_kind_of_text_module_is_offered_where_it_belongs(ticket: Ticket, max: Membership) -> None:
    """The four kinds of the spec, each in its place and nowhere it would be wrong."""
    assert {kind for place in KINDS.values() for kind in place} == set(TextKind)
    browser = sign_in_english(max)
    with acting(max) as by:
        for kind in TextKind:
            text_modules.add(Wording(kind, f"Module {kind}", "", None, False, {"en": f"Says {kind}"}), by=by)
    for place, kinds in KINDS.items():
        found = text_of(browser.get(f"{DESK}texts/find/{place}/?q=module&ticket={ticket.number}"))
        for kind in TextKind:
            assert (f"Module {kind}" in found) == (kind in kinds), (place, kind)


# N7 -------------------------------------------------------------------------------------------------------------------
NIGHTS = (
    # day, from, until, minutes that passed, and what the clock did
    ("2025-03-29", "22:00", "06:00", 7 * 60, "it was put forward"),
    ("2025-10-25", "22:00", "06:00", 9 * 60, "it was put back"),
    ("2025-10-26", "02:30", "03:30", 2 * 60, "the hour came twice"),
    ("2026-02-28", "23:30", "00:15", 45, "over midnight into another month"),
    ("2025-12-31", "20:00", "04:00", 8 * 60, "over midnight into another year"),
)


@pytest.mark.parametrize(("day", "begins", "ends", "minutes", "why"), NIGHTS)
def test_n7_a_night_shift_counts_the_minutes_that_passed_on_the_day_it_began(
    browser: Client, ticket: Ticket, max: Membership, day: str, begins: str, ends: str, minutes: int, why: str
) -> None:
    """Typed as from and until; kept as moments, shown again as they were typed, summed in the week it began in."""
    empty = form_of(browser.get(f"{DESK}1/?compose=time"), "/time/add/")
    typed = {"begins": begins, "ends": ends, "worked_on": day}
    with time_machine.travel("2026-03-04T12:00:00Z", tick=False):
        assert browser.post(f"{DESK}1/time/add/", empty | typed).status_code == 302
        with acting(max):
            kept = TimeEntry.objects.get()
        assert kept.minutes == minutes, why
        assert kept.ended_at - kept.started_at == timedelta(minutes=minutes)
        assert kept.worked_on == date.fromisoformat(day) == kept.started_at.astimezone(BERLIN).date()
        form = form_of(browser.get(f"{DESK}1/time/{kept.key}/edit/"))
        assert (form["begins"], form["ends"], form["worked_on"]) == (begins, ends, day)
        week = spans.week_name(kept.worked_on - timedelta(days=kept.worked_on.weekday()))
        assert f"{minutes // 60}:{minutes % 60:02d} h" in text_of(browser.get(f"{DESK}time/?week={week}"))


@pytest.mark.parametrize(
    ("began", "hours"), [("2025-10-25T20:00:00Z", 9), ("2025-03-29T21:00:00Z", 7)], ids=["autumn", "spring"]
)
def test_n7_a_stopwatch_left_running_over_the_night_the_clock_changes_counts_real_hours(
    ticket: Ticket, max: Membership, began: str, hours: int
) -> None:
    """From ten at night until six in the morning, by the clock on the wall."""
    with acting(max) as by, time_machine.travel(began, tick=False) as clock:
        found = stopwatches.start(ticket, by=by).stopwatch
        wall = datetime.now(UTC).astimezone(BERLIN).replace(tzinfo=None)
        assert wall.hour == 22
        clock.shift(timedelta(hours=hours))
        assert datetime.now(UTC).astimezone(BERLIN).hour == 6
        assert Stopwatch.objects.get(pk=found.pk).minutes(datetime.now(UTC)) == hours * 60


def test_n7_overlapping_timers_are_one_that_runs(ticket: Ticket, max: Membership, company: Company) -> None:
    """Two tickets, switched to and fro: no second belongs to both, and the sum is what passed."""
    with acting(max) as by, time_machine.travel("2026-03-04T08:00:00Z", tick=False) as clock:
        other = services.create(by=by, title="Printer", company=company, queue=ticket.queue)
        for _round in range(3):
            for one, seconds in ((ticket, 70), (other, 50)):
                stopwatches.start(one, by=by)
                assert Stopwatch.objects.filter(running_since__isnull=False).count() == 1
                clock.shift(timedelta(seconds=seconds))
        now = datetime.now(UTC)
        assert {one.ticket_id: one.elapsed(now) for one in stopwatches.of(by)} == {ticket.pk: 210, other.pk: 150}


def test_n7_a_day_of_25_hours_takes_25_and_one_of_23_no_more_than_it_has(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    """Minutes are bounded by the span between from and until, never by 24 times 60."""
    empty = form_of(browser.get(f"{DESK}1/?compose=time"), "/time/add/")
    for day, minutes, status in (
        ("2025-10-26", "13:00", 302),
        ("2025-10-26", "13:01", 422),
        ("2025-03-30", "11:00", 302),
        ("2025-03-30", "11:01", 422),
    ):
        typed = {"begins": "00:00", "ends": "12:00", "minutes": minutes, "worked_on": day}
        assert browser.post(f"{DESK}1/time/add/", empty | typed).status_code == status, (day, minutes)
    with acting(max):
        assert sorted(TimeEntry.objects.values_list("minutes", flat=True)) == [11 * 60, 13 * 60]
