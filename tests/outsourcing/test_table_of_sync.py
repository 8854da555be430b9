"""The tables of outsourcing spec §6 (what syncs) and §7 (who may change what, when), row by row, pressed on pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests.conftest import sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.tables import everything, is_said_plainly, undone
from tickets.cards import figures_of
from tickets.forms.ticket import PropertiesForm, written
from tickets.models import Attachment, Charge, Note, Queue, Ticket, TimeEntry
from tickets.models.items import KINDS

WORDS = {"note": "notes", "attachment": "files", "timeentry": "time", "charge": "charges"}
NAMES = {"lead": "Nordlicht IT", "service": "Baltic Service"}
DAY = "2026-03-02"
LANGUAGES = {"lead": "de", "service": "lv"}


@dataclass
class Desks:
    """Both desks of one running handover, with a browser at each."""

    pair: Pair
    browsers: dict[str, Client]

    def member(self, side: str) -> Membership:
        return self.pair.max if side == "lead" else self.pair.gunta

    def ticket(self, side: str) -> Ticket:
        return self.pair.ticket if side == "lead" else self.pair.insourced

    def inside(self, side: str) -> Any:
        return scope.tenant(self.member(side).tenant_id)

    def at(self, side: str, rest: str) -> str:
        return f"/{'nordlicht' if side == 'lead' else 'baltic'}/tickets/{self.ticket(side).number}/{rest}"

    def reader(self, side: str, audience: str) -> str:
        if audience == "internal":
            return f"internal::{NAMES[side]}"
        return f"partner:{self.pair.handover.key}:{NAMES['service' if side == 'lead' else 'lead']}"

    def post(self, side: str, rest: str, form: dict[str, Any]) -> Any:
        return self.browsers[side].post(self.at(side, rest), form)

    def add(self, side: str, kind: str, audience: str = "partner", **form: Any) -> Any:
        """Through the composer; gives back the new row."""
        typed = {**new(kind), **form, "reader": self.reader(side, audience)}
        answer = self.post(side, f"{WORDS[kind]}/add/", typed)
        assert answer.status_code == 302, answer.content.decode()[-3000:]
        with self.inside(side):
            return KINDS[kind]._default_manager.latest("pk")

    def edit(self, side: str, item: Any, **changes: Any) -> Any:
        with self.inside(side):
            now = KINDS[item.kind()]._default_manager.get(pk=item.pk)
        typed: dict[str, Any] = {**changed(item.kind()), "version": now.version, **changes}
        audience = f"{now.audience}:{now.handover or ''}:"
        typed.setdefault("reader", self.value(side, now, audience))
        return self.post(side, f"{WORDS[item.kind()]}/{item.key}/edit/", typed)

    def value(self, side: str, item: Any, audience: str) -> str:
        page = self.browsers[side].get(self.at(side, f"{WORDS[item.kind()]}/{item.key}/edit/"))
        found = page.content.decode().partition(f'value="{audience}')[2]
        return audience + found.partition('"')[0]

    def remove(self, side: str, item: Any) -> Any:
        with self.inside(side):
            version = KINDS[item.kind()]._default_manager.get(pk=item.pk).version
        return self.post(side, f"{WORDS[item.kind()]}/{item.key}/remove/", {"version": version})

    def there(self, side: str, key: UUID) -> Any:
        """What the item `key` is on this side's ticket, None where it is nothing there."""
        with self.inside(side):
            found = [one for kind in KINDS.values() for one in kind._default_manager.filter(key=key)]
        return found[0] if found else None

    def state(self, side: str) -> list[Any]:
        """This side's ticket and what is on it."""
        with self.inside(side):
            rows = [list(kind._default_manager.order_by("pk").values()) for kind in KINDS.values()]
            return [*rows, Ticket.objects.values().get(pk=self.ticket(side).pk)]


def new(kind: str) -> dict[str, Any]:
    """What is typed for a new one."""
    return {
        "note": {"text": "Rack 4.", "kind_of": "note"},
        "attachment": {"upload": SimpleUploadedFile("rack.txt", b"photo", "text/plain")},
        "timeentry": {"minutes": "0:45", "worked_on": DAY, "text": "Looked at it.", "internal_text": "CANARY"},
        "charge": {"name": "Cable", "quantity": "3", "unit": "m", "unit_price": "7.77"},
    }[kind]


def changed(kind: str) -> dict[str, Any]:
    """What is typed over it."""
    return {
        "note": {"text": "Rack 5.", "kind_of": "note"},
        "attachment": {"name": "rack-5.txt"},
        "timeentry": {"minutes": "1:00", "worked_on": DAY, "text": "Rack 5."},
        "charge": {"name": "Rack 5 cable", "quantity": "3", "unit": "m", "unit_price": "7.77"},
    }[kind]


@pytest.fixture
def desks(pair: Pair) -> Desks:
    return Desks(pair, {"lead": sign_in(pair.max), "service": sign_in(pair.gunta)})


# §6 -------------------------------------------------------------------------------------------------------------------
# made by, kind → what it is on the other ticket: its kind and its words, before and after the owner's edit.
SYNC = [
    ("service", "note", "note", "Rack 4.", "Rack 5."),
    ("service", "attachment", "attachment", "rack.txt", "rack-5.txt"),
    ("service", "timeentry", "timeentry", "Looked at it. 45", "Rack 5. 60"),
    ("service", "charge", "charge", "Cable 23.31", "Rack 5 cable 23.31"),
    ("lead", "note", "note", "Rack 4.", "Rack 5."),
    ("lead", "attachment", "attachment", "rack.txt", "rack-5.txt"),
    ("lead", "timeentry", "note", "2 Mar 2026 Looked at it.", "2 Mar 2026 Rack 5."),
    ("lead", "charge", "note", "3 m Cable ", "3 m Rack 5 cable "),
]


def words(item: Any) -> str:
    """What is to be read of it."""
    if isinstance(item, TimeEntry):
        return f"{item.text} {item.minutes}"
    if isinstance(item, Charge):
        return f"{item.name} {item.amount}"
    if isinstance(item, Attachment):
        return item.name
    return f"{figures} {item.text}" if (figures := figures_of(item)) else item.text


def test_s6_what_is_made_here_is_that_there_and_follows_its_owner(desks: Desks) -> None:
    """§6: each kind, each direction: arrives as the table says, is nobody's but ours, follows edits, is withdrawn."""
    for side, kind, copied, before, after in SYNC:
        other = "service" if side == "lead" else "lead"
        with undone():
            case = (side, kind)
            own = desks.add(side, kind)
            assert desks.there(other, own.key) is None, case
            drain()
            copy = desks.there(other, own.key)
            assert (copy.kind(), words(copy)) == (copied, before), case
            assert copy.audience == "partner", (case, "never the customer's")
            assert copy.author_name == f"{own.author_name} ({NAMES[side]})", case
            assert copy.made_at == own.made_at and copy.received_at, case
            assert "CANARY" not in str(desks.state(other)), case
            if side == "lead":
                assert "7.77" not in str(desks.state(other)) and "23.31" not in str(desks.state(other)), case
                with desks.inside("service"):
                    assert not TimeEntry.objects.exists() and not Charge.objects.exists(), case
            seen = desks.state(other)
            for forged in (desks.edit(other, copy, reader=desks.reader(other, "partner")), desks.remove(other, copy)):
                assert forged.status_code in {409, 422}, case
                assert is_said_plainly(forged.content.decode(), LANGUAGES[other]), case
            assert desks.state(other) == seen, case
            assert desks.edit(side, own).status_code == 302, case
            drain()
            assert words(desks.there(other, own.key)) == after, case
            assert desks.remove(side, own).status_code == 302, case
            drain()
            gone = desks.there(other, own.key)
            assert gone.removal in {"withdrawn", "removed"} and gone.is_removed, case
            assert gone.author_name and "Rack 5" not in words(gone), case


def test_s6_fields_are_told_old_and_new_and_stay_own(desks: Desks) -> None:
    """§6: title, description, due date, priority: a note and a mail with old and new; the other ticket stays."""
    soon = (timezone.localtime() + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
    told = {"title": "Two switches", "description": "Rack 5.", "due_at": soon, "priority": "1"}
    for side in ("lead", "service"):
        other = "service" if side == "lead" else "lead"
        for name, value in told.items():
            with undone():
                before = desks.state(other)
                assert properties(desks, side, name, value).status_code == 302, (side, name)
                drain()
                with desks.inside(other):
                    facts = [
                        one.data for one in Entry.objects.filter(kind="handover.fields_changed", by_kind="partner")
                    ]
                    mails = OutgoingMail.objects.filter(code="fields_changed").count()
                assert [list(one["changes"]) for one in facts] == [[name]], (side, name)
                assert len(facts[0]["changes"][name]) == 2 and mails == 1, (side, name)
                after = desks.state(other)
                for column in ("title", "description", "due_at", "priority"):
                    assert after[-1][column] == before[-1][column], (side, name, column)
                assert after[:-1] == before[:-1], (side, name)


def properties(desks: Desks, side: str, name: str, value: Any) -> Any:
    """The ticket's own form with one field changed."""
    with desks.inside(side):
        ticket = Ticket.objects.select_related("tenant").get(pk=desks.ticket(side).pk)
        form = PropertiesForm(ticket)
        typed = {}
        for bound in form:
            typed[bound.html_name] = typed[bound.html_initial_name] = written(bound)
    return desks.post(side, "properties/", {**typed, name: value})


def test_s6_what_never_leaves(desks: Desks) -> None:
    """§6, last row: internal items and internal parts, status, queue, assignee: the other desk sees no change."""
    for side in ("lead", "service"):
        other = "service" if side == "lead" else "lead"
        with undone():
            with desks.inside(side):
                queue = Queue.objects.create(name="Second line")
                is_assigned = Ticket.objects.get(pk=desks.ticket(side).pk).assignee_id is not None
            colleague = "" if is_assigned else desks.member(side).pk
            made = desks.add(side, "timeentry")
            drain()
            assert "CANARY" not in str(desks.state(other))
            before = desks.state(other)
            tries = {
                **{f"an internal {kind}": lambda kind=kind, s=side: desks.add(s, kind, "internal") for kind in WORDS},
                "the internal part": lambda s=side, m=made: desks.edit(
                    s, m, minutes="0:45", text="Looked at it.", internal_text="OTHER CANARY"
                ),
                "the status": lambda s=side: desks.post(s, "start/" if s == "lead" else "accept/", {}),
                "the assignee": lambda s=side, c=colleague: desks.post(s, "assign/", {"assignee": c}),
                "the queue": lambda s=side, q=queue.pk: properties(desks, s, "queue", q),
            }
            for name, act in tries.items():
                with undone():
                    mine = desks.state(side)
                    act()
                    assert desks.state(side) != mine, (side, name)
                    drain()
                    after = desks.state(other)
                    assert "CANARY" not in str(after), (side, name)
                    assert [rows_without_versions(one) for one in after[:-1]] == [
                        rows_without_versions(one) for one in before[:-1]
                    ], (side, name)
                    for column in ("status", "queue_id", "assignee_id", "title", "priority"):
                        assert after[-1][column] == before[-1][column], (side, name, column)


def rows_without_versions(rows: Any) -> Any:
    """An edit of what is shared arrives even where only an internal part changed; what is read stays the same."""
    return [{name: value for name, value in row.items() if name not in {"version", "edited_at"}} for row in rows]


# §7 -------------------------------------------------------------------------------------------------------------------
RIGHTS = """
                       in_progress waiting complete returned
service own, before    free        locked  locked   locked
service own, after     -           free    locked   locked
service own, later     -           -       free     free
service copy           locked      locked  locked   locked
lead own               free        free    free     free
lead copy note         locked      locked  free     free
lead copy attachment   locked      locked  free     free
lead copy charge       locked      locked  free     free
lead copy timeentry    locked      locked  locked   locked
"""


def test_s7_who_may_change_what_and_when(desks: Desks) -> None:
    """§7: every row in every column, each kind of item: changed or refused with both desks as they were."""
    header, *lines = RIGHTS.strip("\n").splitlines()
    before = {kind: desks.add("service", kind) for kind in WORDS}
    lead = {kind: desks.add("lead", kind) for kind in WORDS}
    drain()
    tried = 0
    for place, column in enumerate(header.split()):
        with undone():
            after = {} if column == "in_progress" else bring(desks, column)
            later = {kind: desks.add("service", kind, "internal") for kind in WORDS} if place > 1 else {}
            now = everything(desks.pair.max, desks.pair.gunta)
            for line in lines:
                row, cell = line[:23].strip(), line[23:].split()[place]
                side, whose = row.split(" ", 1)
                own = {"own, before": before, "own, after": after, "own, later": later, "copy": lead, "own": lead}
                if cell == "-":
                    continue
                rows = own[whose] if whose in own else {whose.split()[-1]: before[whose.split()[-1]]}
                for kind, item in rows.items():
                    found = desks.there(side, item.key)
                    press(desks, side, found, cell, now, (row, column, kind))
                    tried += 1
    assert tried == sum(len(WORDS) if "copy " not in one else 1 for one in cells(lines))


def cells(lines: list[str]) -> list[str]:
    return [line[:23].strip() for line in lines for cell in line[23:].split() if cell != "-"]


def bring(desks: Desks, column: str) -> dict[str, Any]:
    """To the status of a column, as people do; gives back what the service side wrote after its submission."""
    assert desks.post("service", "submit-work/", {}).status_code == 302
    after = {kind: desks.add("service", kind, "internal") for kind in WORDS}
    drain()
    if column == "complete":
        assert desks.post("lead", "approve/", {}).status_code == 302
    if column == "returned":
        assert desks.post("lead", "take-back/", {"reason": "Ours."}).status_code == 302
    drain()
    return after


def press(desks: Desks, side: str, item: Any, cell: str, before: list[Any], case: Any) -> None:
    """Edit it, and take it off, as its page would."""
    for act in (desks.edit, desks.remove):
        with undone():
            answer = act(side, item)
            if cell == "free":
                assert answer.status_code == 302, (case, act.__name__, answer.content.decode()[-2500:])
                now = desks.there(side, item.key)
                assert now.is_removed or now.version > item.version, (case, act.__name__)
            else:
                assert answer.status_code in {409, 422}, (case, act.__name__, answer.status_code)
                assert is_said_plainly(answer.content.decode(), LANGUAGES[side]), case
                assert everything(desks.pair.max, desks.pair.gunta) == before, (case, act.__name__)


def test_s7_the_leads_own_is_synced_then_held_then_local(desks: Desks) -> None:
    """§7 "lead ticket, lead": the same edit arrives, waits, or stays here for good."""
    note = desks.add("lead", "note")
    drain()
    for column, read in (("in_progress", "Rack 5."), ("waiting", "Rack 4."), ("complete", "Rack 4.")):
        with undone():
            if column != "in_progress":
                bring(desks, column)
            assert desks.edit("lead", note).status_code == 302
            drain()
            assert words(desks.there("service", note.key)) == read, column
            if column == "waiting":
                assert desks.post("lead", "reject/", {"reason": "Not yet."}).status_code == 302
                drain()
                assert words(desks.there("service", note.key)) == "Rack 5.", "what was held goes out"


def test_s6_a_note_is_for_whom_it_was_written(desks: Desks) -> None:
    """§6 "audience": who is not a reader (any more) is asked for again, and what was typed stays."""
    with desks.inside("service"):
        count = Note.objects.count()
    forged = desks.post("service", "notes/add/", {**new("note"), "reader": "customer::Cleo (Reederei Hansen)"})
    assert forged.status_code == 422 and "Rack 4." in forged.content.decode()
    with desks.inside("service"):
        assert Note.objects.count() == count
