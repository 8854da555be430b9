"""Notes, files, time and charges: added, edited and removed in one way for all kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import guards, permissions
from tickets.models import Attachment, Audience, Charge, Item, Note, NoteKind, Ticket, TimeEntry
from tickets.parts import Part
from tickets.readers import Reader
from tickets.services import searching, times
from tickets.services.locking import lock, snapshot, touch
from tickets.services.text_modules import finished


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of item: its model, the rights it takes, and the columns somebody may write.

    `complete(item, fields)` fills what a new one was not told, before it is saved."""

    model: type[Item]
    add: str
    edit: str
    fields: tuple[str, ...]
    complete: Callable[[Any, dict[str, Any]], None] | None = None


KINDS = {
    "note": Kind(Note, "note.write", "note.edit", ("kind_of", "text", "caller", "direction")),
    "attachment": Kind(Attachment, "attachment.add", "attachment.edit", ("file", "name")),
    "timeentry": Kind(
        TimeEntry,
        "time.log",
        "time.edit",
        (
            "worked_on",
            "started_at",
            "ended_at",
            "minutes",
            "offset_minutes",
            "offset_reason",
            "work_type",
            "contract",
            "is_billable",
            "is_hidden",
            "text",
            "internal_text",
        ),
        times.complete,
    ),
    "charge": Kind(
        Charge,
        "charge.add",
        "charge.add",
        ("category", "name", "quantity", "unit", "unit_price", "currency", "is_billable", "text"),
    ),
}


@transaction.atomic
def add(
    ticket: Ticket,
    kind: str,
    reader: Reader,
    *,
    by: Actor,
    parts: tuple[Part, ...] = (),
    key: UUID | None = None,
    **fields: Any,
) -> Item:
    """Put an item on the ticket for `reader` (see tickets.readers), under `key` if given. Raises Refused, Denied."""
    what = KINDS[kind]
    ticket = lock(ticket)
    guards.check(ticket, _adding(kind, fields), by)
    permissions.require(ticket, what.add, by)
    _may_publish(ticket, reader.audience, by)
    item = what.model(
        key=key or uuid4(),
        ticket=ticket,
        audience=reader.audience,
        handover=reader.handover,
        author_id=by.membership_id,
        author_name=by.name,
        **_finished(_only(fields, what), by),
    )
    if what.complete:
        what.complete(item, fields)
    return hang(item, ticket, by=by, parts=parts)


def hang(item: Item, ticket: Ticket, *, by: Actor, parts: tuple[Part, ...] = ()) -> Item:
    """Save a new item of a locked ticket, and say so. The caller asked for the rights, or it is a customer's own."""
    item.save(force_insert=True)
    for part in parts:
        part.save(item, by=by)
    searching.index_item(item, is_new=True)
    touch(ticket)
    journal.record(ticket, f"{item.kind()}.added", by=by, **_facts(item))
    return item


@transaction.atomic
def edit(
    item: Item,
    *,
    by: Actor,
    reader: Reader | None = None,
    version: int | None = None,
    parts: tuple[Part, ...] = (),
    **fields: Any,
) -> Item:
    """Change an item, its audience too. Raises Refused("changed_meanwhile") when `version` is not the present one."""
    kind, what = item.kind(), KINDS[item.kind()]
    ticket = lock(item.ticket)
    item = _present(item, version)
    guards.check(ticket, f"{kind}.edit", by, item)
    permissions.require_item(ticket, item, what.edit, by)
    wanted = _only(fields, what)
    if reader is not None and (reader.audience, reader.handover) != (item.audience, item.handover):
        if item.is_copy:
            raise Refused("copy_keeps_its_readers")
        _may_publish(ticket, reader.audience, by)
        wanted |= {"audience": reader.audience, "handover": reader.handover}
    changed = [name for name, value in wanted.items() if getattr(item, name) != value]
    wanted |= _finished({name: wanted[name] for name in changed}, by)
    old = snapshot(item, changed)
    for name in changed:
        setattr(item, name, wanted[name])
    for part in parts:
        part.save(item, by=by)
    return _changed(item, ticket, changed, old, by)


@transaction.atomic
def correct(item: Item, *, by: Actor, **fields: Any) -> Item:
    """Change an item because what it stands for turned out otherwise: some of the goods came back. The caller asked for
    rights, and what is frozen for its readers is corrected all the same; a partner who got it hears of it as usual."""
    ticket = lock(item.ticket)
    item = _present(item, None)
    changed = [name for name, value in _only(fields, KINDS[item.kind()]).items() if getattr(item, name) != value]
    old = snapshot(item, changed)
    for name in changed:
        setattr(item, name, fields[name])
    return _changed(item, ticket, changed, old, by)


def _changed(item: Item, ticket: Ticket, changed: list[str], old: dict[str, Any], by: Actor) -> Item:
    """Save these columns of a locked item, and say so; nothing where nothing changed."""
    if changed:
        item.version += 1
        item.edited_at = timezone.now()
        item.save(update_fields=[*changed, "version", "edited_at"])
        searching.index_item(item)
        touch(ticket)
        journal.record(ticket, f"{item.kind()}.edited", by=by, **_facts(item), old=old, new=snapshot(item, changed))
    return item


@transaction.atomic
def remove(item: Item, *, by: Actor, version: int | None = None) -> Item:
    """Take an item off the ticket; who, when and the word "deleted" stay."""
    kind, what = item.kind(), KINDS[item.kind()]
    ticket = lock(item.ticket)
    item = _present(item, version)
    guards.check(ticket, f"{kind}.remove", by, item)
    permissions.require_item(ticket, item, what.edit, by)
    return _take_off(item, ticket, Item.Removal.DELETED, by)


@transaction.atomic
def take_back(item: Item, *, by: Actor) -> Item:
    """Take an item off because what it stood for did not happen: a mail that was undone. The caller asked for rights.

    For a partner who got it already it is withdrawn as any other removed item.
    """
    ticket = lock(item.ticket)
    return _take_off(_present(item, None), ticket, Item.Removal.UNDONE, by)


def _take_off(item: Item, ticket: Ticket, removal: str, by: Actor) -> Item:
    item.removed_at, item.removal = timezone.now(), removal
    item.version += 1
    item.save(update_fields=["removed_at", "removal", "version"])
    searching.index_item(item)
    touch(ticket)
    journal.record(ticket, f"{item.kind()}.removed", by=by, **_facts(item))
    return item


def _present(item: Item, version: int | None) -> Any:
    """The item as it is now, if it is still there and still the one the form showed."""
    now = type(item)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=item.pk)
    if now.is_removed:
        raise Refused("item_is_gone")
    if version is not None and version != now.version:
        raise Refused("changed_meanwhile")
    return now


def _adding(kind: str, fields: dict[str, Any]) -> str:
    return guards.ASK if fields.get("kind_of") == NoteKind.QUESTION else f"{kind}.add"


def _may_publish(ticket: Ticket, audience: str, by: Actor) -> None:
    if audience == Audience.CUSTOMER:
        permissions.require(ticket, "note.publish_to_customer", by)


def _only(fields: dict[str, Any], what: Kind) -> dict[str, Any]:
    if unknown := set(fields) - set(what.fields):
        raise ValueError(f"Not a column to write: {sorted(unknown)}")
    return fields


def _finished(fields: dict[str, Any], by: Actor) -> dict[str, Any]:
    """The columns with their texts as they may be saved. Raises Refused("fill_ins_missing")."""
    return fields | {name: finished(fields[name], by) for name in ("text", "internal_text") if fields.get(name)}


def _facts(item: Item) -> dict[str, Any]:
    handover = str(item.handover) if item.handover else None
    return {
        "item": str(item.key),
        "id": item.pk,
        "audience": item.audience,
        "handover": handover,
        "version": item.version,
    }
