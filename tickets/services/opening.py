"""A new ticket on one screen (IT house spec): everything typed about it becomes rows in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from psa.directory.models import WorkType
from psa.tenancy.actor import Actor
from tickets.models import Item, Ticket
from tickets.readers import readers
from tickets.services import checklists, customer_mails, files, items, lifecycle
from tickets.services.forwarding import Forward, forward
from tickets.services.locking import lock


@dataclass(frozen=True, slots=True)
class Spent:
    """Time spent on taking the request."""

    minutes: int
    work_type: WorkType | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """What is typed on the screen: the ticket's columns, where it goes, what the customer is told, the time it took.

    `key` is the form's: the same one again is the same ticket. `mail` is the text for the contact, "" for no mail.
    The files of `uploads` stay internal until somebody shares them.
    """

    fields: Mapping[str, Any]
    key: UUID | None = None
    forward: Forward | None = None
    mail: str = ""
    spent: Spent | None = None
    uploads: Sequence[Any] = ()


def open_ticket(opening: Opening, *, by: Actor) -> Ticket:
    """Ticket, checklists, files, forwarding, mail and time. Raises Refused, Denied; then nothing of it is there."""
    key = opening.key or uuid4()
    if there := _opened(key, by):
        return there
    hung: list[Item] = []
    try:
        with transaction.atomic():
            return _open(opening, key, by, hung)
    except BaseException as error:
        files.forget_bytes(hung)
        # the same form twice at the same moment
        if isinstance(error, IntegrityError) and (there := _opened(key, by)):
            return there
        raise


def _opened(key: UUID, by: Actor) -> Ticket | None:
    return Ticket.objects.filter(key=key, created_by_id=by.membership_id).first()


def _open(opening: Opening, key: UUID, by: Actor, hung: list[Item]) -> Ticket:
    fields, to = dict(opening.fields), opening.forward
    if to is not None and to.member is not None and not to.adds:
        fields["assignee"] = None  # the person it goes to, not the one the category would have brought
    ticket = lock(lifecycle.create(by=by, key=key, **fields))
    checklists.attach_usual(ticket, by=by)
    for upload in opening.uploads:
        hung.append(files.attach(ticket, upload, readers(ticket)[0], by=by))
    if to is not None:
        ticket = forward(ticket, to, by=by)
    if opening.mail:
        customer_mails.send(ticket, opening.mail, by=by)
    if opening.spent is not None:
        spent = opening.spent
        items.add(
            ticket,
            "timeentry",
            readers(ticket)[0],
            by=by,
            worked_on=timezone.localdate(),
            minutes=spent.minutes,
            work_type=spent.work_type,
            text=spent.text,
        )
    return ticket
