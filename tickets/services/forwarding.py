"""Forwarding a ticket: to somebody instead of its assignee, to somebody beside them, or to another queue."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from psa.journal import journal
from psa.mail import mail
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tickets import carrying, guards, permissions
from tickets.models import CoAssignee, Queue, Ticket
from tickets.services import customer_mails
from tickets.services.locking import lock, save, touch
from tickets.services.text_modules import finished


@dataclass(frozen=True, slots=True)
class Forward:
    """Where a ticket goes: to a person, a queue or both; `adds` leaves the assignee and puts the person beside them."""

    member: Membership | None = None
    queue: Queue | None = None
    adds: bool = False
    note: str = ""
    tells: bool = True


def helpers(ticket: Ticket) -> list[Membership]:
    """Who works on the ticket beside its assignee, by name."""
    if not carrying.has(ticket, "helpers"):
        return []
    return [
        one.member for one in CoAssignee.objects.filter(ticket=ticket).select_related("member").order_by("member__name")
    ]


def helped_by(member_id: int | None) -> list[int]:
    """The open tickets somebody works on beside the assignee."""
    rows = CoAssignee.objects.filter(member_id=member_id, ticket__is_open=True)
    return list(rows.values_list("ticket_id", flat=True)) if member_id else []


@transaction.atomic
def forward(ticket: Ticket, to: Forward, *, by: Actor, mail_text: str = "", key: UUID | None = None) -> Ticket:
    """Give the ticket on. Whoever opened it stays the one responsible to the customer, and the status stays.

    Who replaces an assignee says why. The same again changes nothing and tells nobody.
    With `mail_text` the customer is written to as well, once for each `key`.
    Raises Refused("forward_nowhere"), ("forward_note_missing"), ("choice_is_gone"), ("fill_ins_missing"), Denied, and
    what a mail raises.
    """
    ticket = _go(lock(ticket), to, by)
    if mail_text:
        customer_mails.send(ticket, mail_text, by=by, key=key)
    return ticket


def _go(ticket: Ticket, to: Forward, by: Actor) -> Ticket:
    guards.check(ticket, "ticket.assign", by)
    permissions.require(ticket, "ticket.assign", by)
    if to.member is None and to.queue is None:
        raise Refused("forward_nowhere")
    if (to.member and not to.member.is_active) or (to.queue and not to.queue.is_active):
        raise Refused("choice_is_gone")
    was, old_queue = ticket.assignee, ticket.queue
    stays = to.adds or to.member == was
    assignee = was if stays else to.member
    joins = to.adds and to.member is not None and to.member != was
    queue = to.queue or old_queue
    joined = bool(joins) and not CoAssignee.objects.filter(ticket=ticket, member=to.member).exists()
    if assignee == was and queue == old_queue and not joined:
        return ticket
    note = finished(to.note, by).strip()
    if was is not None and assignee != was and not note:
        raise Refused("forward_note_missing", name=was.name)
    if joined:
        CoAssignee.objects.create(ticket=ticket, member=to.member)
    if assignee is not None and assignee != was:
        CoAssignee.objects.filter(ticket=ticket, member=assignee).delete()
    if assignee != was or queue != old_queue:
        ticket.assignee, ticket.queue = assignee, queue
        save(ticket, "assignee", "queue")
    else:
        touch(ticket)
    names = {"queue": [str(old_queue), str(queue)], "assignee": [str(was or ""), str(assignee or "")]}
    told = to.tells and to.member is not None and to.member.pk != by.membership_id
    journal.record(
        ticket,
        "ticket.forwarded",
        by=by,
        old={"assignee": was.pk if was else None, "queue": old_queue.pk},
        new={"assignee": assignee.pk if assignee else None, "queue": queue.pk},
        names=names,
        added=to.member.name if joined and to.member else "",
        told=told,
        text=note,
    )
    if told and to.member is not None:
        _tell(ticket, to.member, joined, note, by)
    return ticket


@transaction.atomic
def release(ticket: Ticket, member: Membership, *, by: Actor) -> Ticket:
    """Take somebody off who works on the ticket beside its assignee. Raises Refused, Denied."""
    ticket = lock(ticket)
    guards.check(ticket, "ticket.assign", by)
    permissions.require(ticket, "ticket.assign", by)
    if CoAssignee.objects.filter(ticket=ticket, member=member).delete()[0]:
        touch(ticket)
        journal.record(ticket, "ticket.released", by=by, member=member.pk, name=member.name)
    return ticket


def _tell(ticket: Ticket, member: Membership, joined: bool, note: str, by: Actor) -> None:
    mail.post(
        "ticket_forwarded",
        [mail.Recipient.of(member)],
        ticket,
        ticket=str(ticket.number),
        title=ticket.title,
        by=by.name,
        customer=str(ticket.company),
        joins=joined,
        note=note,
        url=reverse("tickets:page", args=[doors.slug(by.tenant_id), ticket.number]),
    )
