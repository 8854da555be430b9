"""Checklists at the same moment: one tick, one list, one version; n and m stay what the rows say."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from psa.journal.models import Entry
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, needs_postgres
from tests.races import race
from tests.tickets.test_races import AT_ONCE, at_once
from tickets import services
from tickets.models import Checklist, ChecklistItem, ChecklistVersion, Ticket
from tickets.services import checklist_templates, checklists
from tickets.services.checklist_templates import ItemDraft

pytestmark = [needs_postgres, pytest.mark.django_db(transaction=True)]


def listed(ticket: Ticket, max: Membership, *texts: str) -> list[ChecklistItem]:
    with acting(max) as by:
        services.accept(ticket, by=by)
        template = checklist_templates.save(None, "Race", {}, [ItemDraft(text) for text in texts], by=by)
        made = checklists.add(ticket, template, by=by)
        return list(ChecklistItem.objects.filter(checklist=made).order_by("position"))


def test_one_ticks_and_the_others_are_told(ticket: Ticket, max: Membership) -> None:
    (item,) = listed(ticket, max, "One")
    told = at_once(max, lambda by: checklists.tick(item, by=by))
    assert told == ["checklist_item_is_settled"] * (AT_ONCE - 1)
    with acting(max):
        assert Entry.objects.filter(kind="checklistitem.ticked").count() == 1
        assert Ticket.objects.get().checklist_done == 1


def test_different_items_at_once_are_all_counted(ticket: Ticket, max: Membership) -> None:
    items = listed(ticket, max, *(f"Step {n}" for n in range(AT_ONCE)))

    def ticks(item: ChecklistItem) -> Any:
        def one() -> Any:
            with acting(max) as by:
                return checklists.tick(item, by=by)

        return one

    answers = race(*[ticks(item) for item in items])
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    with acting(max):
        now = Ticket.objects.get()
        assert (now.checklist_done, now.checklist_total) == (AT_ONCE, AT_ONCE)


def test_a_ticket_is_not_closed_over_an_item_that_is_opened_at_that_moment(ticket: Ticket, max: Membership) -> None:
    (item,) = listed(ticket, max, "One")
    with acting(max) as by:
        item = checklists.tick(item, by=by)

    def untick() -> Any:
        with acting(max) as by:
            return checklists.untick(item, "Not done", by=by)

    def close() -> Any:
        with acting(max) as by:
            return services.close(ticket, "Done", by=by)

    answers = race(untick, close)
    assert [isinstance(answer, Refused) for answer in answers].count(True) == 1, answers
    with acting(max):
        assert Ticket.objects.get().is_open == ChecklistItem.objects.get().is_open


def test_one_press_many_times_is_one_list(ticket: Ticket, max: Membership) -> None:
    (item,) = listed(ticket, max, "One")
    with acting(max):
        template = item.checklist.made_from.template
    key = uuid4()
    assert at_once(max, lambda by: checklists.add(ticket, template, by=by, key=key)) == []
    with acting(max):
        assert Checklist.objects.count() == Ticket.objects.get().checklist_total == 2


def test_one_form_of_a_version_wins(ticket: Ticket, max: Membership) -> None:
    (item,) = listed(ticket, max, "One")
    with acting(max):
        template = item.checklist.made_from.template

    def save(by: Any) -> Any:
        return checklist_templates.save(template, "Race", {}, [ItemDraft("Two")], by=by, version=1)

    assert at_once(max, save) == ["changed_meanwhile"] * (AT_ONCE - 1)
    with acting(max):
        assert ChecklistVersion.objects.count() == 2
