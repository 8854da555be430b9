"""Several people at the same moment: one wins, the others read why they did not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from psa.journal.models import Entry
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, needs_postgres
from tests.races import race
from tests.tickets.conftest import put
from tickets import services
from tickets.models import Note, Ticket
from tickets.services import items

pytestmark = [needs_postgres, pytest.mark.django_db(transaction=True)]
AT_ONCE = 8


def at_once(member: Membership, call: Callable[[Any], Any]) -> list[Any]:
    """The same call by this member in several threads; the codes of those that were refused."""

    def one() -> Any:
        with acting(member) as by:
            return call(by)

    answers = race(*[one] * AT_ONCE)
    assert all(not isinstance(answer, Exception) or isinstance(answer, Refused) for answer in answers), answers
    return [answer.code for answer in answers if isinstance(answer, Refused)]


def test_one_accepts_and_the_others_are_told(ticket: Ticket, max: Membership) -> None:
    assert at_once(max, lambda by: services.accept(ticket, by=by)) == ["ticket_moved_on"] * (AT_ONCE - 1)
    with acting(max):
        assert Ticket.objects.get().status == "open"
        assert Entry.objects.filter(kind="ticket.accepted").count() == 1


def test_one_edit_of_a_version_wins(ticket: Ticket, max: Membership) -> None:
    version = ticket.version

    def edit(by: Any) -> Any:
        return services.edit(ticket, by=by, version=version, title="Mine")

    assert at_once(max, edit) == ["changed_meanwhile"] * (AT_ONCE - 1)
    with acting(max):
        assert Entry.objects.filter(kind="ticket.edited").count() == 1


def test_an_item_is_removed_once(ticket: Ticket, max: Membership) -> None:
    note = put(ticket, "note", max)
    assert at_once(max, lambda by: items.remove(note, by=by)) == ["item_is_gone"] * (AT_ONCE - 1)
    with acting(max):
        assert Entry.objects.filter(kind="note.removed").count() == 1


def test_every_new_ticket_has_a_number_of_its_own(ticket: Ticket, max: Membership) -> None:
    def create(by: Any) -> Any:
        return services.create(by=by, title="Same moment", company=ticket.company, queue=ticket.queue)

    assert at_once(max, create) == []
    with acting(max):
        assert sorted(Ticket.objects.values_list("number", flat=True)) == list(range(1, AT_ONCE + 2))


def test_notes_of_the_same_moment_are_all_kept(ticket: Ticket, max: Membership) -> None:
    put(ticket, "note", max)
    assert at_once(max, lambda by: put(ticket, "note", max)) == []
    with acting(max):
        assert Note.objects.count() == AT_ONCE + 1
