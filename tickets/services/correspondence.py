"""The mails about a ticket: those that came in, and those that went out with how far each got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from psa.mail.models import Delivery, IncomingMail
from tickets.models import Audience, Item, Note, NoteKind, Ticket

MOST = 200
# Mails a ticket's customer gets.
TO_CUSTOMER = ("public_note", "request_received")


def came(ticket: Ticket) -> Sequence[IncomingMail]:
    """What came in and is on this ticket, the latest first."""
    return list(IncomingMail.objects.filter(subject_type="ticket", subject_id=ticket.pk).order_by("-pk")[:MOST])


def went(ticket: Ticket) -> Sequence[Delivery]:
    """What was written to the customer about it, the latest first."""
    notes = Note.objects.filter(ticket=ticket, kind_of=NoteKind.MAIL, audience=Audience.CUSTOMER).values("pk")
    about = Q(mail__subject_type="ticket", mail__subject_id=ticket.pk)
    about |= Q(mail__subject_type=Note.kind(), mail__subject_id__in=notes)
    rows = Delivery.objects.filter(about, mail__code__in=TO_CUSTOMER).select_related("mail")
    return list(rows.order_by("-pk")[:MOST])


def originals(items: Sequence[Item]) -> Mapping[int, IncomingMail]:
    """The mails these notes came in as, in one query a page; a page without such notes asks nothing."""
    asked = [one for one in items if is_from_outside(one)]
    new = [one.pk for one in asked if "_original" not in one.__dict__]
    if new:
        rows = IncomingMail.objects.filter(item_type=Note.kind(), item_id__in=new)
        found = {row.item_id: row for row in rows.only("pk", "item_id", "verdict", "is_automatic", "files_left")}
        for one in asked:
            one.__dict__["_original"] = found.get(one.pk)
    return {one.pk: one.__dict__["_original"] for one in asked if one.__dict__["_original"] is not None}


def is_from_outside(item: Any) -> bool:
    """Whether this note is a mail somebody sent to us."""
    is_mail = isinstance(item, Note) and item.kind_of == NoteKind.MAIL
    return is_mail and item.author_id is None and not item.is_copy
