"""A partner's items on our ticket: received, followed, withdrawn. Nobody here writes them; the partner does."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from psa.directory import contracts
from psa.journal import journal
from psa.tenancy.actor import Actor
from tickets.models import Audience, Item, Ticket, TimeEntry
from tickets.models.items import KINDS
from tickets.services import searching
from tickets.services.locking import lock, touch

# What an item says, and what is left of that once its owner took it back. Minutes count nowhere from then on.
CONTENT: dict[str, Any] = {"text": "", "internal_text": "", "name": "", "unit": "", "unit_price": 0, "stands_for": {}}


@transaction.atomic
def receive(
    ticket: Ticket, kind: str, key: UUID, handover: UUID, made_at: datetime, *, by: Actor, **fields: Any
) -> Item:
    """Put a partner's item on our ticket, or follow its change. Told twice, it is the same item."""
    ticket = lock(ticket)
    model: Any = KINDS[kind]
    item = model.objects.filter(key=key).first()
    if item is None:
        item = model(
            ticket=ticket,
            key=key,
            audience=Audience.PARTNER,
            handover=handover,
            author_name=f"{by.name} ({by.company})",
            made_at=made_at,
            received_at=timezone.now(),
            **fields,
        )
        if isinstance(item, TimeEntry):  # whoever bills it asks for a contract; the partner's own is not ours
            item.contract = contracts.in_force(ticket.company_id, item.worked_on)
        item.save(force_insert=True)
        journal.record(ticket, f"{kind}.received", by=by, item=str(key), id=item.pk)
    else:
        for name, value in fields.items():
            setattr(item, name, value)
        item.version += 1
        item.edited_at, item.removed_at, item.removal = timezone.now(), None, ""
        item.save()
        journal.record(ticket, f"{kind}.changed_by_partner", by=by, item=str(key), id=item.pk)
    searching.index_item(item)
    touch(ticket)
    return item


@transaction.atomic
def withdraw(ticket: Ticket, kind: str, key: UUID, *, by: Actor) -> Item | None:
    """The partner took the item back: author and times stay, with the word "withdrawn", and nothing of its content."""
    ticket = lock(ticket)
    model: Any = KINDS[kind]
    item = model.objects.filter(key=key, ticket=ticket).first()
    if item is None or item.is_removed:
        return item
    for name, nothing in CONTENT.items():
        if hasattr(item, name):
            setattr(item, name, nothing)
    item.removed_at, item.removal = timezone.now(), Item.Removal.WITHDRAWN
    item.version += 1
    item.save()
    searching.index_item(item)
    touch(ticket)
    journal.record(ticket, f"{kind}.withdrawn", by=by, item=str(key), id=item.pk)
    return item
