"""How a tenant sorts its tickets: queues with their members, categories with their defaults, types.

The tenant's row is locked first: two administrators come one after the other, and the second one is told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from psa.journal import journal
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership, Tenant
from tickets.models import Category, Queue, QueueMember, TextModule, Ticket, TicketType
from tickets.services.locking import lock, save

Sort = Queue | Category | TicketType
# The columns somebody may write, and the word for each kind in the journal.
COLUMNS: dict[type[Any], tuple[str, tuple[str, ...]]] = {
    Queue: ("queue", ("name", "position", "is_default")),
    Category: (
        "category",
        (
            "name",
            "parent",
            "position",
            "default_queue",
            "default_priority",
            "default_assignee",
            "required",
            "needs_acceptance",
            "expected_minutes",
        ),
    ),
    TicketType: ("ticket_type", ("name", "position")),
}


def defaults_of(category: Category | None) -> dict[str, Any]:
    """What a new ticket of this category begins with, by the names of its columns."""
    if category is None:
        return {}
    queue, assignee = category.default_queue, category.default_assignee
    found = {
        "queue": queue if queue and queue.is_active else None,
        "priority": category.default_priority,
        "assignee": assignee if assignee and assignee.is_active else None,
        "planned_minutes": category.expected_minutes,
    }
    return {name: value for name, value in found.items() if value is not None}


def members_of(queue: Queue) -> list[int]:
    """The ids of the members who work it."""
    return sorted(QueueMember.objects.filter(queue=queue).values_list("member_id", flat=True))


def workers() -> dict[int, list[str]]:
    """The names of the members who work each queue."""
    found: dict[int, list[str]] = {}
    rows = QueueMember.objects.filter(member__is_active=True).order_by("member__name")
    for queue, name in rows.values_list("queue_id", "member__name"):
        found.setdefault(queue, []).append(name)
    return found


def fingerprint(row: Sort) -> str:
    """The row as a form showed it, to see whether somebody changed it meanwhile."""
    return hashlib.sha256(json.dumps(facts(row), sort_keys=True).encode()).hexdigest()[:16] if row.pk else ""


def facts(row: Sort) -> dict[str, Any]:
    """The row as the journal keeps it: what it points at by name."""
    found: dict[str, Any] = {}
    for name in COLUMNS[type(row)][1]:
        value = getattr(row, name)
        found[name] = value if value is None or isinstance(value, str | int | bool | list) else str(value)
    if isinstance(row, Queue) and row.pk:
        workers = Membership.objects.filter(pk__in=members_of(row)).order_by("name")
        found["members"] = list(workers.values_list("name", flat=True))
    return found


@transaction.atomic
def add(row: Sort, values: Mapping[str, Any], members: Iterable[Membership] = (), *, by: Actor) -> Sort:
    """A new queue, category or type. Raises Refused("name_taken"), ("only_two_levels"), Denied."""
    by.require("category.manage")
    _lock_desk()
    _write(row, values)
    if isinstance(row, Queue) and not Queue.objects.exists():
        row.is_default = True
    row.save(force_insert=True)
    _employ(row, members)
    journal.record(row, f"{COLUMNS[type(row)][0]}.added", by=by, name=row.name, new=facts(row))
    return row


@transaction.atomic
def change(row: Sort, values: Mapping[str, Any], members: Iterable[Membership] = (), *, seen: str, by: Actor) -> Sort:
    """Other words, order, members, defaults. Raises Refused("desk_changed_meanwhile"), ("default_queue_stays") too."""
    by.require("category.manage")
    _lock_desk()
    row = type(row)._default_manager.get(pk=row.pk)
    old = facts(row)
    if seen != fingerprint(row):
        raise Refused("desk_changed_meanwhile", name=row.name)
    if isinstance(row, Queue) and row.is_default and not values.get("is_default"):
        raise Refused("default_queue_stays", name=row.name)
    _write(row, values)
    row.save()
    _employ(row, members)
    new = facts(row)
    if changed := [name for name in new if old.get(name) != new[name]]:
        before, after = ({name: side.get(name) for name in changed} for side in (old, new))
        journal.record(row, f"{COLUMNS[type(row)][0]}.changed", by=by, name=row.name, old=before, new=after)
    return row


@transaction.atomic
def retire(row: Sort, home: Queue | None = None, *, by: Actor) -> Sort:
    """Offer it no more. A queue's tickets get a new home, with what lands there by default.

    Raises Refused("default_queue_stays"), ("new_home_missing"), ("has_subcategories"), Denied.
    """
    by.require("category.manage")
    _lock_desk()
    row = type(row)._default_manager.get(pk=row.pk)
    if not row.is_active:
        return row
    moved: dict[str, Any] = {}
    if isinstance(row, Category) and Category.objects.filter(parent=row, is_active=True).exists():
        raise Refused("has_subcategories", name=row.name)
    if isinstance(row, Queue):
        moved = _move_out(row, home, by)
    row.is_active = False
    row.save(update_fields=["is_active"])
    journal.record(row, f"{COLUMNS[type(row)][0]}.retired", by=by, name=row.name, **moved)
    return row


@transaction.atomic
def restore(row: Sort, *, by: Actor) -> Sort:
    """Offer it again."""
    by.require("category.manage")
    _lock_desk()
    row = type(row)._default_manager.get(pk=row.pk)
    if not row.is_active:
        row.is_active = True
        row.save(update_fields=["is_active"])
        journal.record(row, f"{COLUMNS[type(row)][0]}.restored", by=by, name=row.name)
    return row


def _lock_desk() -> None:
    Tenant.objects.select_for_update(of=("self",), no_key=True).get(pk=scope.tenant_id())


def _write(row: Sort, values: Mapping[str, Any]) -> None:
    for name in COLUMNS[type(row)][1]:
        if name in values:
            setattr(row, name, values[name])
    rows = type(row)._default_manager.exclude(pk=row.pk)
    if rows.filter(name=row.name).exists():
        raise Refused("name_taken", name=row.name)
    if isinstance(row, Category) and row.parent is not None:
        is_own = row.pk is not None and row.pk == row.parent_id
        if is_own or row.parent.parent_id or (row.pk and rows.filter(parent=row).exists()):
            raise Refused("only_two_levels")
    if isinstance(row, Queue) and row.is_default:
        rows.filter(is_default=True).update(is_default=False)


def _employ(row: Sort, members: Iterable[Membership]) -> None:
    """Exactly these members work the queue."""
    if not isinstance(row, Queue):
        return
    wanted = {member.pk for member in members}
    there = set(members_of(row))
    QueueMember.objects.filter(queue=row, member_id__in=there - wanted).delete()
    QueueMember.objects.bulk_create(QueueMember(queue=row, member_id=pk) for pk in sorted(wanted - there))


def _move_out(queue: Queue, home: Queue | None, by: Actor) -> dict[str, Any]:
    """Everything of a queue to its new home: open tickets one by one, each with its entry; the rest in one go."""
    if queue.is_default:
        raise Refused("default_queue_stays", name=queue.name)
    if home is None or home.pk == queue.pk or not home.is_active:
        raise Refused("new_home_missing", name=queue.name)
    moved = 0
    for ticket in Ticket.objects.filter(queue=queue, is_open=True).order_by("pk"):
        ticket = lock(ticket)
        if ticket.queue_id != queue.pk:
            continue
        ticket.queue = home
        save(ticket, "queue")
        names = {"queue": [queue.name, home.name]}
        journal.record(ticket, "ticket.edited", by=by, old={"queue": queue.pk}, new={"queue": home.pk}, names=names)
        moved += 1
    moved += Ticket.objects.filter(queue=queue).update(queue=home)
    Category.objects.filter(default_queue=queue).update(default_queue=home)
    TextModule.objects.filter(queue=queue).update(queue=home, changed_at=timezone.now())
    return {"home": home.pk, "home_name": home.name, "tickets": moved}
