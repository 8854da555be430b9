"""What the composer sends: an item, and with it the time it took and the ticket's next status, or nothing at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Attachment, Audience, Item, Source, Ticket
from tickets.parts import Part
from tickets.readers import Reader, readers
from tickets.services import drafts, files, items, lifecycle
from tickets.services.locking import lock

# Makes one key of an opening of the composer, its writer, its ticket and the kind of item.
OPENINGS = UUID("5b0e5f4c-6c0c-4f6e-9a55-0d6a7d0f5f10")


class StatusRefused(Refused):
    """The status said no, with the code of the refused move. Everything else could be sent without it."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code, refused.way_out, **refused.params)


def send(
    ticket: Ticket,
    kind: str,
    reader: Reader,
    *,
    by: Actor,
    opening: UUID | None = None,
    parts: tuple[Part, ...] = (),
    spent: int | None = None,
    move: str = "",
    uploads: Sequence[Any] = (),
    **fields: Any,
) -> Item:
    """Write an item, the minutes spent on it, its files and the move that goes with it: all of it or nothing.

    `opening` names the form that sends; sent again it finds what it wrote. Raises StatusRefused where the move is
    refused, Refused("sent_already") where the same opening sends something else, Refused and Denied as the parts do.
    """
    hung: list[Item] = []
    try:
        with transaction.atomic():
            ticket = lock(ticket)
            if there := _sent(ticket, kind, opening, by):
                _check_same(there, fields)
                return there
            item = items.add(ticket, kind, reader, by=by, parts=parts, key=_key(ticket, kind, opening, by), **fields)
            for at, upload in enumerate(uploads):
                along = _key(ticket, f"{Attachment.kind()}:along:{at}", opening, by)
                hung.append(files.attach(ticket, upload, reader, by=by, key=along))
            text = fields.get("text", "")
            if spent:
                _log(ticket, reader, spent, text, opening, by)
            if move:
                _move(ticket, move, text if reader.audience == Audience.CUSTOMER else "", by)
            drafts.sent(ticket, kind, by=by)
    except BaseException:
        files.forget_bytes(hung)
        raise
    return item


def attach(ticket: Ticket, uploads: list[Any], reader: Reader, *, by: Actor, opening: UUID | None = None) -> list[Item]:
    """Hang several files on the ticket; a file this opening hung there already is found and not hung twice.

    One refused file leaves none of the same submit: what was stored of the others goes with them."""
    made: list[Item] = []
    hung: list[Item] = []
    try:
        with transaction.atomic():
            lock(ticket)
            for at, upload in enumerate(uploads):
                kind = f"{Attachment.kind()}:{at}"
                there = _sent(ticket, kind, opening, by)
                if there is None:
                    key = _key(ticket, kind, opening, by)
                    there = files.attach(ticket, upload, reader, by=by, key=key)
                    hung.append(there)
                elif there.name != files.clean_name(upload.name):  # type: ignore[attr-defined]  # an attachment
                    raise Refused("sent_already")
                made.append(there)
            drafts.sent(ticket, Attachment.kind(), by=by)
    except BaseException:
        files.forget_bytes(hung)
        raise
    return made


def was_sent(ticket: Ticket, kind: str, opening: UUID | None, by: Actor) -> bool:
    """Whether this opening of the composer has written its item already."""
    return _sent(ticket, kind, opening, by) is not None


def time_reader(ticket: Ticket, reader: Reader) -> Reader:
    """Who reads time that comes with a note: on an insourced ticket whoever reads the note, else only ourselves."""
    return reader if ticket.source == Source.INSOURCED else readers(ticket)[0]


def _log(ticket: Ticket, reader: Reader, minutes: int, text: str, opening: UUID | None, by: Actor) -> None:
    items.add(
        ticket,
        "timeentry",
        time_reader(ticket, reader),
        by=by,
        key=_key(ticket, "timeentry:along", opening, by),
        worked_on=timezone.localdate(),
        minutes=minutes,
        text=text,
    )


def _move(ticket: Ticket, name: str, text: str, by: Actor) -> None:
    try:
        lifecycle.move(ticket, name, text, by=by)
    except Refused as refused:
        raise StatusRefused(refused) from refused


def _key(ticket: Ticket, kind: str, opening: UUID | None, by: Actor) -> UUID | None:
    """The item's key. It names the item across tenants, so that no form may choose it: the opening is mixed in."""
    if opening is None:
        return None
    return uuid5(OPENINGS, f"{ticket.tenant_id}:{by.membership_id}:{ticket.pk}:{kind}:{opening}")


def _sent(ticket: Ticket, kind: str, opening: UUID | None, by: Actor) -> Item | None:
    if opening is None:
        return None
    rows: Any = items.KINDS[kind.partition(":")[0]].model._default_manager
    return rows.filter(ticket=ticket, key=_key(ticket, kind, opening, by)).first()


def _check_same(there: Item, fields: dict[str, Any]) -> None:
    """Sent twice is no mistake; a form that came back from the browser's history with other words is another item."""
    for name, value in fields.items():
        now = getattr(there, name)
        if (now.strip() if isinstance(now, str) else now) != (value.strip() if isinstance(value, str) else value):
            raise Refused("sent_already")
