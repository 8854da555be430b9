"""A call about a ticket: noted, its minutes logged, and whoever works on the ticket told."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from psa.directory import work_types
from psa.mail import mail
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from tickets.models import Note, NoteKind, Ticket
from tickets.readers import Reader
from tickets.services import items


@transaction.atomic
def note(
    ticket: Ticket, reader: Reader, *, by: Actor, caller: str, direction: str, text: str, minutes: int | None = None
) -> Note:
    """Note a call that just ended. Its minutes become a time entry of the work type for calls, or nothing is kept.

    The assignee gets a mail unless they wrote it. Neither owner nor status changes. Raises Refused, Denied.
    """
    told = items.add(
        ticket, "note", reader, by=by, kind_of=NoteKind.CALL, caller=caller, direction=direction, text=text
    )
    assert isinstance(told, Note)
    if minutes:
        now = timezone.now()
        began = now - timedelta(minutes=minutes)
        items.add(
            ticket,
            "timeentry",
            reader,
            by=by,
            worked_on=timezone.localdate(began),
            started_at=began,
            ended_at=now,
            minutes=minutes,
            work_type=work_types.for_calls(by=by),
            text=text,
        )
    _tell_assignee(told.ticket, told, minutes, by)
    return told


def _tell_assignee(ticket: Ticket, told: Note, minutes: int | None, by: Actor) -> None:
    person = ticket.assignee
    if person is None or not person.is_active or person.pk == by.membership_id:
        return
    mail.post(
        "call_noted",
        [mail.Recipient.of(person, "assignee")],
        ticket,
        ticket=str(ticket.number),
        title=ticket.title,
        by=by.name,
        caller=told.caller,
        direction=told.direction,
        text=told.text,
        minutes=minutes or 0,
        url=reverse("tickets:page", args=[doors.slug(by.tenant_id), ticket.number]),
    )
