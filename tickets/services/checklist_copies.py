"""Checklist items between two companies: the lead's arrive as copies, the partner's ticks arrive at the lead's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from psa.journal import journal
from psa.tenancy.actor import Actor
from tickets.models import Audience, Checklist, ChecklistItem, CheckState, Item, Ticket
from tickets.services import checklists
from tickets.services.locking import lock


@transaction.atomic
def receive(
    ticket: Ticket,
    key: UUID,
    handover: UUID,
    made_at: datetime,
    shown: Mapping[str, Any],
    listed: Mapping[str, Any],
    *,
    by: Actor,
) -> ChecklistItem:
    """Put the lead's item on our ticket as a required one, or follow its wording. Told twice, it is the same item.

    `shown` are the item's words, `listed` names the list it stands in. What we ticked stays ticked.
    """
    ticket = lock(ticket)
    item = ChecklistItem.objects.filter(key=key, ticket=ticket).first()
    if item is None:
        item = ChecklistItem(
            ticket=ticket,
            checklist=_list(ticket, listed, by),
            key=key,
            audience=Audience.PARTNER,
            handover=handover,
            author_name=f"{by.name} ({by.company})",
            made_at=made_at,
            received_at=timezone.now(),
            **{**shown, "is_required": True},
        )
        item.save(force_insert=True)
        journal.record(ticket, "checklistitem.received", by=by, item=str(key), id=item.pk)
    else:
        for name, value in shown.items():
            setattr(item, name, value)
        item.edited_at, item.removed_at, item.removal = timezone.now(), None, ""
        item.version += 1
        item.save()
    checklists.count(ticket)
    return item


@transaction.atomic
def follow(ticket: Ticket, key: UUID, handover: UUID, told: Mapping[str, Any], *, by: Actor) -> ChecklistItem | None:
    """The partner ticked, unticked or skipped an item of ours that went along with this handover, and no other.

    Told twice, it is the same tick. Nothing where the item was taken back meanwhile.
    """
    ticket = lock(ticket)
    ours = ChecklistItem.objects.filter(ticket=ticket, key=key, handover=handover, received_at=None, removed_at=None)
    item = ours.first()
    if item is None or _is_told(item, told):
        return item
    name = f"{by.name} ({by.company})"
    if not item.is_open:
        item.untick(name, told["reason"])
    if told["state"] == CheckState.DONE:
        item.tick(name, told["settled_at"], told["proof"], told["photo"])
    elif told["state"] == CheckState.NOT_APPLICABLE:
        item.skip(name, told["settled_at"], told["reason"])
    item.version += 1
    item.save(update_fields=["state", "settled_at", "acted_by", "proof", "photo", "reason", "version"])
    checklists.count(ticket)
    facts = {name: getattr(item, name) for name in ("text", "texts", "state", "evidence", "unit", "proof", "reason")}
    journal.record(ticket, "checklistitem.changed_by_partner", by=by, item=str(key), id=item.pk, **facts)
    return item


@transaction.atomic
def withdraw(ticket: Ticket, key: UUID, *, by: Actor) -> ChecklistItem | None:
    """The lead took its item back: author and times stay, with the word "withdrawn", and nothing of its content."""
    ticket = lock(ticket)
    item = ChecklistItem.objects.filter(ticket=ticket, key=key, received_at__isnull=False).first()
    if item is None or item.is_removed:
        return item
    item.text, item.texts, item.unit, item.proof, item.reason, item.photo = "", {}, "", "", "", None
    item.removed_at, item.removal = timezone.now(), Item.Removal.WITHDRAWN
    item.version += 1
    item.save()
    checklists.count(ticket)
    journal.record(ticket, "checklistitem.withdrawn", by=by, item=str(key), id=item.pk)
    return item


def _is_told(item: ChecklistItem, told: Mapping[str, Any]) -> bool:
    return all(getattr(item, name) == told[name] for name in ("state", "settled_at", "proof", "photo", "reason"))


def _list(ticket: Ticket, listed: Mapping[str, Any], by: Actor) -> Checklist:
    """The list of the lead's that the item stands in, made with its first item."""
    there = Checklist.objects.filter(ticket=ticket, key=listed["key"]).first()
    if there is not None:
        return there
    made = Checklist.objects.create(
        ticket=ticket, key=listed["key"], name=listed["name"], names=listed["names"], partner=by.company
    )
    journal.record(ticket, "checklist.received", by=by, name=made.name, names=made.names)
    return made
