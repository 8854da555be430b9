"""What one role hands to another inside the company: sent, taken on, given back, settled (it-house spec, "Hand-off
inbox"). Nothing depends on somebody reading a mail, and nothing is settled twice.

An entry stands on the ticket the hand-off is about, else on the hand-off itself.

An app above may say no when somebody calls one of a kind done:

    hand_offs.ask(kind, lambda hand_off, answer: …)   # raises Refused; under the lock
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, Q
from django.utils import timezone

from psa.fsm import can_proceed
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.capabilities import ADMINISTRATOR
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Role
from tickets import permissions
from tickets.models import HandOff, HandOffStatus, Ticket
from tickets.models.hand_off import WAITING
from tickets.services.locking import lock

ROLE = "sales"

Asked = Callable[[HandOff, str], None]
_asked: dict[str, Asked] = {}


def ask(kind: str, asked: Asked) -> None:
    """Let this have a word before somebody calls a hand-off of this kind done. Called when an app starts."""
    _asked[kind] = asked


@transaction.atomic
def send(
    kind: str,
    *,
    title: str,
    text: str = "",
    ticket: Ticket | None = None,
    subject: UUID | None = None,
    role: str = ROLE,
    due_at: datetime | None = None,
    by: Actor,
) -> HandOff:
    """Hand something to a role. `subject` is the key of the row it is about; one of a kind waits for a thing at a time,
    and of a ticket where nothing else is named. `due_at` is an aware moment. Raises Refused("handed_off_already"),
    ("no_such_role"), ("words_missing"), Denied."""
    if ticket is not None:
        ticket = lock(ticket)
        permissions.require(ticket, "ticket.view", by)
    else:
        by.require("order.view")
    if not title.strip():
        raise Refused("words_missing")
    if not Role.objects.filter(code=role).exists():
        raise Refused("no_such_role", role=role)
    same = HandOff.objects.filter(kind=kind, subject=subject).open()
    if (ticket is not None or subject is not None) and same.filter(**_about(ticket, subject)).exists():
        raise Refused("handed_off_already", kind=str(kind))
    try:
        with transaction.atomic():
            made = HandOff.objects.create(
                kind=kind,
                ticket=ticket,
                subject=subject,
                title=title.strip(),
                text=text.strip(),
                sender_id=by.membership_id,
                sender_name=by.name,
                receiving_role=role,
                due_at=due_at,
            )
    except IntegrityError as error:  # the same thing handed off at the same moment
        raise Refused("handed_off_already", kind=str(kind)) from error
    _record(made, "handoff.sent", by, role=role, text=made.text)
    return made


def _about(ticket: Ticket | None, subject: UUID | None) -> dict[str, Any]:
    return {"ticket": ticket} if subject is None else {"subject": subject}


@transaction.atomic
def accept(hand_off: HandOff, *, by: Actor) -> HandOff:
    """Take it on. Raises Refused("hand_off_moved_on"), Denied."""
    row = _taken(hand_off, "accept", by)
    row.accept(by.membership_id)
    row.save(update_fields=["status", "taken_by"])
    _record(row, "handoff.accepted", by)
    return row


@transaction.atomic
def give_back(hand_off: HandOff, answer: str, *, by: Actor) -> HandOff:
    """Back to the sender, with the reason or the question. Raises Refused("hand_off_moved_on"), ("words_missing"),
    Denied."""
    row = _taken(hand_off, "give_back", by)
    if not answer.strip():
        raise Refused("words_missing")
    row.give_back(answer.strip())
    row.save(update_fields=["status", "answer"])
    _record(row, "handoff.returned", by, text=row.answer)
    return row


@transaction.atomic
def send_again(hand_off: HandOff, text: str, *, by: Actor) -> HandOff:
    """The sender's answer: back into the inbox. Raises Refused("hand_off_moved_on"), ("words_missing"), Denied."""
    row = _held(hand_off)
    if not may_send_again(row, by):
        raise Denied("order.manage")
    _still(row, "send_again")
    if not text.strip():
        raise Refused("words_missing")
    row.send_again(text.strip())
    row.save(update_fields=["status", "text"])
    _record(row, "handoff.sent_again", by, text=row.text)
    return row


@transaction.atomic
def finish(hand_off: HandOff, *, by: Actor, answer: str = "") -> HandOff:
    """It is done. Raises Refused("hand_off_moved_on"), Denied, and what an app above says."""
    row = _taken(hand_off, "finish", by)
    if row.kind in _asked:
        _asked[row.kind](row, answer)
    return _finish(row, answer, by)


@transaction.atomic
def cancel(hand_off: HandOff, *, by: Actor) -> HandOff:
    """Nobody needs it any more. Raises Refused("hand_off_moved_on"), Denied."""
    row = _held(hand_off)
    if not may_cancel(row, by):
        raise Denied("order.manage")
    _still(row, "cancel")
    return _cancel(row, by)


# For the services of what a hand-off is about: whoever may do that may settle the hand-off with it.
@transaction.atomic
def finish_of(kind: str, subject: UUID, *, by: Actor) -> HandOff | None:
    """What was handed off about this row has been done. None where nothing of this kind waits for it."""
    row = _waiting_for(kind, subject)
    if row is None:
        return None
    if row.status == HandOffStatus.RETURNED:
        row.accept(by.membership_id)
    return _finish(row, "", by)


@transaction.atomic
def cancel_of(kind: str, subject: UUID, *, by: Actor) -> HandOff | None:
    """What was handed off about this row is not needed any more. None where nothing of this kind waits for it."""
    row = _waiting_for(kind, subject)
    return None if row is None else _cancel(row, by)


# Who may ------------------------------------------------------------------------------------------------------------
def may_take(hand_off: HandOff, by: Actor) -> bool:
    """Whether they are of the receiving role; an administrator is of every role, and so is the system."""
    if by.membership_id is None:
        return by.kind == "system"
    return role_of(by) in (hand_off.receiving_role, "")


def role_of(by: Actor) -> str | None:
    """The code of the role whose inbox a member works; "" for an administrator, who works all of them.

    None for who is no member of the company: the support that only looks in works no inbox.
    """
    code = Membership.objects.filter(pk=by.membership_id).values_list("role__code", flat=True).first()
    return "" if code == ADMINISTRATOR else code


def of_role(by: Actor) -> Q:
    """The hand-offs whose receiving role is this member's, as a condition: the role is not asked for first."""
    me = Membership.objects.filter(pk=by.membership_id)
    return Q(receiving_role__in=me.values("role__code")) | Q(Exists(me.filter(role__code=ADMINISTRATOR)))


def may_send_again(hand_off: HandOff, by: Actor) -> bool:
    """Whether they sent it, or may edit the ticket it is about."""
    is_theirs = by.membership_id is not None and hand_off.sender_id == by.membership_id
    if is_theirs or by.kind == "system" or hand_off.ticket is None:
        return is_theirs or by.kind == "system"
    return permissions.may(hand_off.ticket, "ticket.edit", by)


def may_cancel(hand_off: HandOff, by: Actor) -> bool:
    """Whether they sent it, or manage orders."""
    is_theirs = by.membership_id is not None and hand_off.sender_id == by.membership_id
    return is_theirs or by.can("order.manage") == "all"


# Holding one --------------------------------------------------------------------------------------------------------
def _held(hand_off: HandOff) -> HandOff:
    """The present row, locked behind its ticket."""
    if hand_off.ticket_id is not None:
        lock(Ticket(pk=hand_off.ticket_id))
    rows = HandOff.objects.select_for_update(of=("self",), no_key=True)
    found: HandOff = rows.get(pk=hand_off.pk)
    return found


def _taken(hand_off: HandOff, move: str, by: Actor) -> HandOff:
    row = _held(hand_off)
    if not may_take(row, by):
        raise Denied("order.manage")
    _still(row, move)
    return row


def _still(row: HandOff, move: str) -> None:
    if not can_proceed(getattr(row, move)):
        raise Refused("hand_off_moved_on", status=row.status)


def _waiting_for(kind: str, subject: UUID) -> HandOff | None:
    found = HandOff.objects.filter(kind=kind, subject=subject).open().first()
    if found is None:
        return None
    row = _held(found)
    return row if row.status in WAITING else None


def _finish(row: HandOff, answer: str, by: Actor) -> HandOff:
    row.finish(timezone.now(), answer.strip())
    if row.taken_by_id is None:
        row.taken_by_id = by.membership_id
    row.save(update_fields=["status", "settled_at", "answer", "taken_by"])
    _record(row, "handoff.finished", by, text=answer.strip())
    return row


def _cancel(row: HandOff, by: Actor) -> HandOff:
    row.cancel(timezone.now())
    row.save(update_fields=["status", "settled_at"])
    _record(row, "handoff.cancelled", by)
    return row


def _record(row: HandOff, kind: str, by: Actor, **facts: Any) -> None:
    about: Any = row if row.ticket_id is None else row.ticket
    journal.record(about, kind, by=by, hand_off=row.pk, handed=row.kind, title=row.title, **facts)
