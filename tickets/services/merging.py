"""Two tickets that are one: merged into the one that goes on, or one that is two: split (lifecycle spec, move 30).

A merge is final: what stood on both cannot be told apart afterwards, so it is shown before and not undone after.
Other apps hang rows of their own on a ticket: `follow` hears of every merge, in its transaction, with both locked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from psa.fsm import can_proceed
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tickets import guards, permissions
from tickets.models import (
    Attachment,
    Audience,
    Checklist,
    ChecklistItem,
    CoAssignee,
    Item,
    LinkKind,
    Source,
    Stopwatch,
    Ticket,
    TicketLink,
    TicketWords,
    Watcher,
)
from tickets.models.checklists import TRAVELLING
from tickets.models.items import KINDS
from tickets.services import lifecycle, linking, searching
from tickets.services.locking import lock, lock_all, save, touch

Follow = Callable[[Ticket, Ticket], None]
_followers: list[Follow] = []
# One page of choices; more is split in two goes.
MOST_SPLIT = 200


def follow(follower: Follow) -> Follow:
    """Call `follower(merged, survivor)` when one ticket goes on as another: it moves what it hung on the first."""
    _followers.append(follower)
    return follower


@dataclass(frozen=True, slots=True)
class Plan:
    """What a merge would do: how many of each kind go over, what stands against it, and what deserves a warning."""

    counts: dict[str, int] = field(default_factory=dict)
    refusal: Refused | None = None
    is_other_customer: bool = False
    hidden: int = 0


def plan(ticket: Ticket, into: Ticket, *, by: Actor) -> Plan:
    """What merging would do, for the page that asks. Nothing is changed or locked."""
    refusal = None
    try:
        _check(ticket, into, by)
    except Refused as refused:
        refusal = refused
    counts = {kind: model._default_manager.filter(ticket=ticket).count() for kind, model in KINDS.items()}
    counts["checklist"] = Checklist.objects.filter(ticket=ticket).count()
    counts["stopwatch"] = Stopwatch.objects.filter(ticket=ticket).count()
    counts["helper"] = _joining(ticket, into).count()
    counts["watcher"] = Watcher.objects.filter(ticket=ticket).count()
    counts["link"] = TicketLink.objects.filter(Q(first=ticket) | Q(second=ticket)).count()
    is_other = ticket.company_id != into.company_id
    hidden = sum(_to_hide(model, ticket).count() for model in TRAVELLING.values()) if is_other else 0
    return Plan({kind: many for kind, many in counts.items() if many}, refusal, is_other, hidden)


@transaction.atomic
def merge(
    ticket: Ticket, into: Ticket, *, by: Actor, other_customer: bool = False, version: int | None = None
) -> Ticket:
    """30: `ticket` goes on as `into`: items, lists, stopwatches, watchers and links move, and it is closed. Its
    assignee and helpers work on the survivor beside the assignee there.

    `version` is the one the preview was made from. A ticket of another customer takes `other_customer`; what that
    customer was to read is internal from then on. Raises Refused, Denied. Gives back the survivor.
    """
    earlier = list(Ticket.objects.filter(merged_into=ticket.pk))
    found = lock_all([ticket, into, *earlier])
    ticket, into = found[ticket.pk], found[into.pk]
    _check(ticket, into, by)
    if version is not None and version != ticket.version:
        raise Refused("merge_changed_meanwhile")
    if ticket.company_id != into.company_id and not other_customer:
        raise Refused("merge_other_customer", company=str(ticket.company), other=str(into.company))
    hidden = _hide(ticket) if ticket.company_id != into.company_id else 0
    counts = _move(ticket, into)
    ticket.merge(into, timezone.now())
    save(ticket, *lifecycle.RESOLVED, "merged_into")
    # What was merged into this one before leads to the survivor, too: no number is more than one step away.
    Ticket.objects.filter(merged_into=ticket).update(merged_into=into)
    for follower in _followers:
        follower(ticket, into)
    _count_checklists(into)
    save(into, "checklist_done", "checklist_total")
    facts = {"number": ticket.number, "title": ticket.title, "text": ticket.description}
    journal.record(ticket, "ticket.merged", by=by, into=into.number, ticket=into.pk, title=into.title, moved=counts)
    journal.record(into, "ticket.absorbed", by=by, ticket=ticket.pk, moved=counts, hidden=hidden, **facts)
    return into


def _check(ticket: Ticket, into: Ticket, by: Actor) -> None:
    """What stands against it: the state first, then the guards of either, then the right to both."""
    if ticket.pk == into.pk:
        raise Refused("merge_into_itself")
    guards.check(ticket, "ticket.merge", by)
    guards.check(into, "ticket.absorb", by)
    if not can_proceed(ticket.merge):
        raise Refused("ticket_moved_on", status=ticket.status)
    if Source.INSOURCED in {ticket.source, into.source}:
        raise Refused("insourced_is_not_merged")
    for one in (ticket, into):
        permissions.require(one, "ticket.merge", by)


def _move(ticket: Ticket, into: Ticket) -> dict[str, int]:
    """Everything on the one ticket stands on the other: authors, dates and keys stay. How many of each."""
    counts = {kind: model._default_manager.filter(ticket=ticket).update(ticket=into) for kind, model in KINDS.items()}
    ChecklistItem.objects.filter(ticket=ticket).update(ticket=into)
    counts["checklist"] = Checklist.objects.filter(ticket=ticket).update(ticket=into)
    TicketWords.objects.filter(ticket=ticket, item__isnull=False).update(ticket=into)
    watching = Watcher.objects.filter(ticket=into).values("member")
    counts["watcher"] = Watcher.objects.filter(ticket=ticket).exclude(member__in=watching).update(ticket=into)
    Watcher.objects.filter(ticket=ticket).delete()
    joining = list(_joining(ticket, into))
    counts["helper"] = len(joining)
    CoAssignee.objects.filter(ticket=ticket).delete()
    CoAssignee.objects.bulk_create([CoAssignee(ticket=into, member=one) for one in joining])
    counts["stopwatch"] = _move_stopwatches(ticket, into)
    counts["link"] = linking.move(ticket, into)
    return {kind: many for kind, many in counts.items() if many}


def _joining(ticket: Ticket, into: Ticket) -> QuerySet[Membership]:
    """Who works on the one ticket, its assignee too, and not on the other yet."""
    helping = CoAssignee.objects.filter(ticket=ticket).values("member")
    there = CoAssignee.objects.filter(ticket=into).values("member")
    people = Membership.objects.filter(Q(pk=ticket.assignee_id) | Q(pk__in=helping), is_active=True)
    return people.exclude(pk=into.assignee_id).exclude(pk__in=there).order_by("pk")


def _move_stopwatches(ticket: Ticket, into: Ticket) -> int:
    """A member's two become one with the time of both; the one that runs goes on running."""
    found = list(Stopwatch.objects.select_for_update(of=("self",), no_key=True).filter(ticket=ticket).order_by("pk"))
    theirs = Stopwatch.objects.select_for_update(of=("self",), no_key=True).filter(ticket=into)
    there = {one.member_id: one for one in theirs.order_by("pk")}
    for one in found:
        other = there.get(one.member_id)
        if other is None:
            one.ticket = into
            one.save(update_fields=["ticket"])
            continue
        one.delete()  # first: a member has one running stopwatch
        other.seconds += one.seconds
        other.running_since = other.running_since or one.running_since
        other.first_started_at = min(other.first_started_at, one.first_started_at)
        other.last_stopped_at = max(filter(None, (other.last_stopped_at, one.last_stopped_at)), default=None)
        other.version += 1
        other.save()
    return len(found)


def _to_hide(model: Any, ticket: Ticket) -> Any:
    return model._default_manager.filter(ticket=ticket, audience=Audience.CUSTOMER)


def _hide(ticket: Ticket) -> int:
    """What one customer was to read does not become another one's to read."""
    return sum(_to_hide(model, ticket).update(audience=Audience.INTERNAL) for model in TRAVELLING.values())


def _count_checklists(ticket: Ticket) -> None:
    """The progress a list row shows."""
    standing = ChecklistItem.objects.filter(ticket=ticket, removed_at=None)
    ticket.checklist_total = standing.count()
    ticket.checklist_done = standing.exclude(state="open").count()


@transaction.atomic
def split(ticket: Ticket, title: str, chosen: Sequence[tuple[str, UUID]], *, by: Actor) -> Ticket:
    """A new ticket of the same customer with the chosen items (kind and key) of this one, linked to it.

    Refused where an item travels, or travelled, with a handover: it belongs to the contract. Raises Refused, Denied.
    """
    ticket = lock(ticket)
    items = _chosen(ticket, chosen)
    guards.check(ticket, "ticket.split", by)
    permissions.require(ticket, "ticket.split", by)
    check_splitting(ticket, items, by)
    made = lifecycle.create(
        by=by,
        title=title,
        company=ticket.company,
        contact=ticket.contact,
        location=ticket.location,
        queue=ticket.queue,
        category=ticket.category,
        type=ticket.type,
        priority=ticket.priority,
        source=ticket.source,
        planned_minutes=ticket.planned_minutes,
    )
    for item in items:
        type(item)._default_manager.filter(pk=item.pk).update(ticket=made)
        TicketWords.objects.filter(item=item.key).update(ticket=made)
        facts = {"item": str(item.key), "id": item.pk, "audience": item.audience, "handover": None}
        journal.record(made, f"{item.kind()}.moved", by=by, **facts, version=item.version)
    TicketLink.objects.create(first=ticket, second=made, kind=LinkKind.RELATED)
    touch(ticket)
    searching.index(made)
    journal.record(ticket, "ticket.split", by=by, ticket=made.pk, number=made.number, title=title, count=len(items))
    journal.record(made, "ticket.split_off", by=by, ticket=ticket.pk, number=ticket.number, title=ticket.title)
    return made


def check_splitting(ticket: Ticket, items: Sequence[Item], by: Actor) -> None:
    """Raise the Refused that stands against taking these items off."""
    refused = guards.refusals(ticket, "ticket.split", items, by)
    for item in items:
        if refusal := refused.get(item):
            raise refusal
    photos = [item.key for item in items if isinstance(item, Attachment)]
    if photos and ChecklistItem.objects.filter(ticket=ticket, photo__in=photos, removed_at=None).exists():
        raise Refused("split_takes_evidence")


def _chosen(ticket: Ticket, chosen: Sequence[tuple[str, UUID]]) -> list[Item]:
    """The items named, if every one still stands on this ticket."""
    wanted = list(dict.fromkeys(chosen))[:MOST_SPLIT]
    if not wanted:
        raise Refused("split_without_items")
    found: list[Item] = []
    for kind, model in KINDS.items():
        keys = [key for one, key in wanted if one == kind]
        rows = model._default_manager.select_for_update(of=("self",), no_key=True).order_by("pk")
        found += rows.filter(ticket=ticket, key__in=keys, removed_at=None) if keys else []
    if len(found) != len(wanted):
        raise Refused("item_is_gone")
    return found
