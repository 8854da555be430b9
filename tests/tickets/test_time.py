"""Time entries, call notes and work types as the IT house spec has them: "Time entries", "Information on a ticket"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from psa.directory import work_types
from psa.directory.models import Company, Contract, WorkType
from psa.mail.models import OutgoingMail
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, needs_postgres, sign_in
from tests.races import race
from tests.tickets.conftest import internal
from tests.tickets.test_pages import DESK, form_of, statements, text_of
from tickets import services
from tickets.models import Note, Ticket, TimeEntry
from tickets.services import calls, items, times

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DAY = date(2026, 3, 4)


def worked(ticket: Ticket, by: Any, begins: str, ends: str, on: date = DAY, **more: Any) -> TimeEntry:
    """An entry from then until then, in UTC."""
    first, last = (datetime.fromisoformat(f"{on}T{at}+00:00") for at in (begins, ends))
    fields = {"minutes": int((last - first).total_seconds()) // 60, "started_at": first, "ended_at": last, **more}
    made = items.add(ticket, "timeentry", internal(ticket), by=by, worked_on=on, **fields)
    assert isinstance(made, TimeEntry)
    return made


# Typed ----------------------------------------------------------------------------------------------------------------
def test_what_is_typed_and_what_is_kept(browser: Client, ticket: Ticket, max: Membership) -> None:
    """Minutes, or from and until, or from and how long; a break makes it less. Wrong ones keep what was typed."""
    right: tuple[tuple[dict[str, str], int, str, str], ...] = (
        ({"minutes": "1:30"}, 90, "", ""),
        ({"begins": "09:00", "ends": "10:15"}, 75, "08:00", "09:15"),
        ({"begins": "09:00", "minutes": "20"}, 20, "08:00", "08:20"),
        ({"begins": "09:00", "ends": "12:00", "minutes": "2:30"}, 150, "08:00", "11:00"),
        ({"begins": "22:00", "ends": "01:00", "worked_on": "2026-03-02"}, 180, "21:00", "00:00"),
        ({"begins": "22:00", "ends": "06:00", "worked_on": "2025-10-25"}, 540, "20:00", "05:00"),
    )
    with time_machine.travel(NOON, tick=False):
        empty = form_of(browser.get(f"{DESK}1/?compose=time"), "/time/add/")
        for typed, minutes, begins, ends in right:
            answer = browser.post(f"{DESK}1/time/add/", empty | typed)
            assert answer.status_code == 302, typed
            with acting(max):
                kept = TimeEntry.objects.latest("pk")
                assert kept.minutes == minutes, typed
                for at, expected in ((kept.started_at, begins), (kept.ended_at, ends)):
                    assert (f"{at:%H:%M}" if at else "") == expected, typed
        wrong: tuple[tuple[dict[str, str], str], ...] = (
            ({}, "Say how long it took"),
            ({"ends": "10:00"}, "Say from when, too."),
            ({"begins": "10:00"}, "Say until when, or how long."),
            ({"begins": "10:00", "ends": "10:00"}, "No time passed"),
            ({"begins": "10:00", "ends": "11:00", "minutes": "61"}, "only 1:00 h"),
            ({"begins": "02:30", "ends": "04:00", "worked_on": "2025-03-30"}, "The clock did not show"),
            ({"minutes": "-5"}, "Enter a time like"),
            ({"minutes": "NaN"}, "Enter a time like"),
            ({"minutes": "25:00"}, "At most 24 hours"),
            ({"minutes": "30", "offset_minutes": "0:15"}, "Say why"),
            ({"minutes": "30", "offset_minutes": "-0:45", "offset_reason": "x"}, "more than was worked"),
        )
        with acting(max):
            before = TimeEntry.objects.count()
        for typed, said in wrong:
            answer = browser.post(f"{DESK}1/time/add/", empty | typed | {"text": "Typed text"})
            assert answer.status_code == 422 and said in text_of(answer) and "Typed text" in text_of(answer), typed
        with acting(max):
            assert TimeEntry.objects.count() == before


def test_editing_keeps_moments_and_moves_them_together(browser: Client, ticket: Ticket, max: Membership) -> None:
    """Seconds survive an edit of the text; a later end lengthens the time, a break stays a break."""
    with time_machine.travel(NOON, tick=False):
        with acting(max) as by:
            entry = worked(ticket, by, "08:00", "10:00", minutes=90)
            TimeEntry.objects.filter(pk=entry.pk).update(started_at=entry.started_at + timedelta(seconds=7))
        address = f"{DESK}1/time/{entry.key}/edit/"
        form = form_of(browser.get(address))
        assert (form["begins"], form["ends"], form["minutes"]) == ("09:00", "11:00", "1:30")
        assert browser.post(address, form | {"text": "More"}).status_code == 302
        with acting(max):
            assert TimeEntry.objects.get().started_at.second == 7
        form = form_of(browser.get(address))
        assert browser.post(address, form | {"ends": "11:30"}).status_code == 302
        with acting(max):
            assert TimeEntry.objects.get().minutes == 120


def test_n7_an_overlap_is_said_and_not_refused(browser: Client, ticket: Ticket, max: Membership) -> None:
    with time_machine.travel(NOON, tick=False):
        with acting(max) as by:
            other = services.create(by=by, title="Printer", company=Company.objects.get(), queue=ticket.queue)
            first = worked(other, by, "08:00", "09:00")
            gone = worked(other, by, "08:30", "09:30")
            items.remove(gone, by=by)
        empty = form_of(browser.get(f"{DESK}1/?compose=time"), "/time/add/")
        beside = browser.post(f"{DESK}1/time/add/", empty | {"begins": "10:00", "ends": "11:00"}, follow=True)
        assert "overlaps" not in text_of(beside)
        answer = browser.post(f"{DESK}1/time/add/", empty | {"begins": "09:30", "ends": "10:30"}, follow=True)
        assert "This time overlaps with:" in text_of(answer)
        assert f"{DESK}2/time/{first.key}/edit/" in text_of(answer) and f"{gone.key}" not in text_of(answer)
        with acting(max):
            assert TimeEntry.objects.filter(removed_at=None).count() == 3


def test_a_colleagues_time_is_no_overlap(ticket: Ticket, max: Membership, in_queue: Membership) -> None:
    with acting(in_queue) as by:
        worked(ticket, by, "08:00", "09:00")
    with acting(max) as by:
        assert not times.overlapping(worked(ticket, by, "08:00", "09:00")).exists()


def test_save_and_leave_goes_back_to_the_list_and_changes_no_status(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    empty = form_of(browser.get(f"{DESK}1/?compose=time"), "/time/add/")
    cases = (
        (f"{DESK}view/mine/?q=vpn", f"{DESK}view/mine/?q=vpn"),
        ("", DESK),
        ("https://evil.example/", DESK),
        ("//evil.example/", DESK),
    )
    for wanted, expected in cases:
        typed = {"minutes": "5", "leave": "1", "next": wanted}
        assert browser.post(f"{DESK}1/time/add/", empty | typed)["Location"] == expected
    with acting(max):
        assert Ticket.objects.get().status == "new" and TimeEntry.objects.count() == len(cases)


def test_save_and_submit_for_review_saves_the_time_and_asks_for_the_words_to_the_customer(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    """It-house spec, "Time entries": *Save and submit for review* is lifecycle move 13, and offered where it can be
    made."""
    button = "Save and submit for review"
    assert button not in text_of(browser.get(f"{DESK}1/?compose=time"))
    with acting(max) as by:
        services.start(services.accept(ticket, by=by), by=by, expected=30)
    page = browser.get(f"{DESK}1/?compose=time")
    assert button in text_of(page)
    typed = form_of(page, "/time/add/") | {"minutes": "20", "review": "1"}
    wrong = browser.post(f"{DESK}1/time/add/", typed | {"minutes": "soon"})
    assert wrong.status_code == 422
    answer = browser.post(f"{DESK}1/time/add/", typed)
    assert answer["Location"] == f"{DESK}1/submit/"
    with acting(max):
        assert TimeEntry.objects.get().minutes == 20 and Ticket.objects.get().status == "in_progress"
    words = form_of(browser.get(answer["Location"]), "/submit/") | {"text": "Please try it."}
    assert browser.post(answer["Location"], words).status_code == 302
    with acting(max):
        assert Ticket.objects.get().status == "waiting_solution_review"


# What an entry inherits -----------------------------------------------------------------------------------------------
def test_billing_comes_from_the_work_type_unless_said(browser: Client, ticket: Ticket, max: Membership) -> None:
    kinds = {"billable": (True, False), "free": (False, False), "hidden": (False, True)}
    with acting(max) as by:
        made = {
            code: work_types.add(by=by, name=code, is_billable=billable, is_hidden=hidden)
            for code, (billable, hidden) in kinds.items()
        }
    empty = form_of(browser.get(f"{DESK}1/?compose=time"), "/time/add/")
    for of_type in kinds:
        for said in ("", *kinds):
            typed = {"minutes": "5", "work_type": str(made[of_type].pk), "billing": said}
            assert browser.post(f"{DESK}1/time/add/", empty | typed).status_code == 302
            with acting(max):
                kept = TimeEntry.objects.latest("pk")
                assert (kept.is_billable, kept.is_hidden) == kinds[said or of_type], (of_type, said)


def test_the_contract_is_the_customers_of_that_day(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        company = ticket.company
        old = Contract.objects.create(company=company, name="Old", starts_on="2025-01-01", ends_on="2025-12-31")
        new = Contract.objects.create(company=company, name="New", starts_on="2026-01-01")
        other = Company.objects.create(name="Another")
        Contract.objects.create(company=other, name="Theirs", starts_on="2020-01-01")
        for on, expected in ((date(2024, 6, 1), None), (date(2025, 6, 1), old), (DAY, new)):
            assert worked(ticket, by, "08:00", "09:00", on).contract == expected, on


def test_entries_without_a_contract_are_listed(
    browser: Client, ticket: Ticket, max: Membership, people: Callable[[str], Membership]
) -> None:
    with acting(max) as by:
        worked(ticket, by, "08:00", "09:00", text="before")
        Contract.objects.create(company=ticket.company, name="Care", starts_on="2026-01-01")
        worked(ticket, by, "09:00", "11:00")
    page = text_of(browser.get(f"{DESK}time/entries/?no_contract=1"))
    assert "1:00 h" in page and "2:00 h" not in page
    assert "2:00 h" in text_of(browser.get(f"{DESK}time/entries/"))
    technician = text_of(sign_in(people("technician")).get(f"{DESK}time/entries/?cols=day,contract"))
    assert "Care" not in technician and "no_contract=1" not in technician.split("list-tools")[0]


# Whose ----------------------------------------------------------------------------------------------------------------
def test_one_reads_and_corrects_ones_own_or_with_the_right_all(
    browser: Client, ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    with acting(max) as by:
        theirs = worked(ticket, by, "08:00", "09:00", text="Canary")
    with acting(in_queue) as by:
        mine = worked(ticket, by, "10:00", "10:30")
    ada = sign_in(in_queue)
    week = f"{DESK}time/?week=2026-W10"
    assert "0:30" in text_of(ada.get(week)) and "1:00" not in text_of(ada.get(f"{week}&person={max.pk}"))
    assert f"{theirs.key}" not in text_of(ada.get(f"{DESK}time/entries/?person={max.pk}"))
    assert ada.get(f"{DESK}1/time/{theirs.key}/edit/").status_code == 403
    assert ada.get(f"{DESK}1/time/{mine.key}/edit/").status_code == 200
    assert "0:30 h" in text_of(browser.get(f"{week}&person={in_queue.pk}"))
    assert f"{mine.key}" in text_of(browser.get(f"{DESK}time/entries/?person={in_queue.pk}"))
    assert browser.get(f"{DESK}1/time/{mine.key}/edit/").status_code == 200


# The week -------------------------------------------------------------------------------------------------------------
def test_a_week_sums_days_and_tickets_and_says_gap_and_overlap(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    with acting(max) as by:
        other = services.create(by=by, title="Printer", company=Company.objects.get(), queue=ticket.queue)
        worked(ticket, by, "08:00", "09:00")
        worked(other, by, "08:45", "10:00")
        worked(ticket, by, "11:00", "12:30")
        worked(ticket, by, "08:00", "08:10", DAY + timedelta(days=4))
        worked(ticket, by, "08:00", "12:00", DAY + timedelta(days=5))
    page = text_of(browser.get(f"{DESK}time/?week=2026-W10"))
    for figure in ("2:30 h", "1:15 h", "3:45 h", "0:10 h", "2:40 h", "3:55 h"):
        assert figure in page, figure
    assert "4:00 h" not in page, "the next week's Monday"
    assert "overlap of 1 and 2" in page and page.count("nothing logged") == 1
    assert "week=2026-W09" in page and "week=2026-W11" in page
    link = f"{DESK}time/entries/?day_from=2026-03-04&amp;day_to=2026-03-04&amp;person={max.pk}&amp;ticket=1"
    assert link in page
    listed = text_of(browser.get(link.replace("&amp;", "&")))
    assert "1:00 h" in listed and "1:30 h" in listed and "1:15 h" not in listed


def test_n7_a_day_of_25_hours_holds_them(browser: Client, ticket: Ticket, max: Membership) -> None:
    """Two entries of the day the clocks go back: 13 hours and nearly 12, no overlap, no gap."""
    empty = form_of(browser.get(f"{DESK}1/?compose=time"), "/time/add/")
    for begins, ends in (("00:00", "12:00"), ("12:00", "23:59")):
        typed = {"begins": begins, "ends": ends, "worked_on": "2025-10-26"}
        assert browser.post(f"{DESK}1/time/add/", empty | typed).status_code == 302
    page = text_of(browser.get(f"{DESK}time/?week=2025-W43"))
    assert "24:59 h" in page and "overlap of" not in page and "nothing logged" not in page


def test_the_csv_of_a_week_is_safe_to_open(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        worked(ticket, by, "08:00", "09:00", text="=HYPERLINK(1)")
        services.edit(ticket, by=by, title="@SUM(A1)")
    address = f"{DESK}time/entries/?day_from=2026-03-02&day_to=2026-03-08&cols=day,title,minutes,text&format=csv"
    lines = b"".join(browser.get(address).streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[1] == "2026-03-04,'@SUM(A1),60,'=HYPERLINK(1)"


def test_week_and_list_cost_the_same_however_much_was_logged(browser: Client, ticket: Ticket, max: Membership) -> None:
    def log(number: int) -> None:
        with acting(max) as by:
            for minute in range(number):
                worked(ticket, by, f"08:{minute:02d}", f"08:{minute + 1:02d}")

    for address in (f"{DESK}time/?week=2026-W10", f"{DESK}time/entries/"):
        log(1)
        few = statements(browser, address)
        log(8)
        assert statements(browser, address) == few <= 12, address


# Calls ----------------------------------------------------------------------------------------------------------------
def test_a_call_note_logs_its_minutes_and_tells_the_assignee(
    browser: Client, ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    with acting(max) as by:
        services.assign(ticket, in_queue, by=by)
    form = form_of(browser.get(f"{DESK}1/call/"))
    assert form["caller"] == "Cleo Hansen"
    typed = {"text": "Rattles again.", "minutes": "6", "direction": "in"}
    assert browser.post(f"{DESK}1/call/", form | typed).status_code == 302
    with acting(max):
        note, entry, now = Note.objects.get(), TimeEntry.objects.get(), Ticket.objects.get()
        assert (note.kind_of, note.caller, note.direction) == ("call", "Cleo Hansen", "in")
        assert (entry.minutes, entry.work_type.name, entry.work_type.is_for_calls) == (6, "Telefon", True)
        assert (now.status, now.assignee_id) == ("new", in_queue.pk)
        mail = OutgoingMail.objects.get(code="call_noted")
        assert mail.to_address == "ada@nordlicht.example" and "Rattles again." in mail.text
    page = text_of(browser.get(f"{DESK}1/"))
    assert "Call from Cleo Hansen" in page and "#phone" in page.split("Call from")[0][-400:]


def test_a_call_of_the_assignees_own_mails_nobody_and_needs_no_minutes(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        services.assign(ticket, max, by=by)
        calls.note(ticket, internal(ticket), by=by, caller="Cleo", direction="out", text="Asked her.")
        assert not OutgoingMail.objects.exists() and not TimeEntry.objects.exists()
        assert not WorkType.objects.exists()


def test_a_call_whose_minutes_may_not_be_logged_leaves_nothing(
    ticket: Ticket, max: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(*args: Any, **kwargs: Any) -> None:
        raise Refused("item_is_gone")

    monkeypatch.setattr(work_types, "for_calls", no)
    with acting(max) as by, pytest.raises(Refused):
        calls.note(ticket, internal(ticket), by=by, caller="Cleo", direction="in", text="x", minutes=5)
    with acting(max):
        assert not Note.objects.exists() and not TimeEntry.objects.exists()


@needs_postgres
@pytest.mark.django_db(transaction=True)
def test_two_first_calls_at_once_make_one_work_type(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        second = services.create(by=by, title="Printer", company=Company.objects.get(), queue=ticket.queue)

    def call(at: Ticket) -> Callable[[], Any]:
        def one() -> Any:
            with acting(max) as by:
                return calls.note(at, internal(at), by=by, caller="C", direction="in", text="x", minutes=5)

        return one

    answers = race(call(ticket), call(second))
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    with acting(max):
        assert WorkType.objects.get().is_for_calls and TimeEntry.objects.count() == 2


# Work types -----------------------------------------------------------------------------------------------------------
def test_administrators_keep_the_work_types(
    browser: Client, ticket: Ticket, max: Membership, people: Callable[[str], Membership]
) -> None:
    new = f"{DESK}work-types/new/"
    assert browser.post(new, {"name": "Remote", "default": "billable"}).status_code == 302
    assert browser.post(new, {"name": "By phone", "default": "free", "is_for_calls": "on"}).status_code == 302
    taken = browser.post(new, {"name": "Remote", "default": "billable"})
    assert taken.status_code == 422 and "already" in text_of(taken)
    with acting(max):
        remote, phone = WorkType.objects.order_by("pk")
        assert (phone.is_billable, phone.is_hidden, phone.is_for_calls) == (False, False, True)
    answer = browser.post(f"{DESK}work-types/{phone.pk}/retire/", follow=True)
    assert "Choose another work type for them first." in text_of(answer)
    edit = f"{DESK}work-types/{remote.pk}/"
    assert browser.post(edit, {"name": "Remote", "default": "hidden", "is_for_calls": "on"}).status_code == 302
    assert browser.post(f"{DESK}work-types/{phone.pk}/retire/").status_code == 302
    with acting(max):
        rows = WorkType.objects.order_by("pk").values_list("is_hidden", "is_for_calls", "is_active")
        assert list(rows) == [(True, True, True), (False, False, False)]
    assert "By phone" not in text_of(browser.get(f"{DESK}1/?compose=time"))
    assert browser.post(f"{DESK}work-types/{phone.pk}/retire/", {"restore": "1"}).status_code == 302
    assert "By phone" in text_of(browser.get(f"{DESK}1/?compose=time"))
    with acting(people("dispatcher")) as by, pytest.raises(Denied):
        work_types.add(by=by, name="x")
