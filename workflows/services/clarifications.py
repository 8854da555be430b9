"""The clock of a question to the customer: reminded twice, and given up where the company wants that (lifecycle spec,
moves 3 and 24)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.timers import timers
from tickets.models import Status, Ticket
from tickets.services import reserved
from tickets.services.locking import lock
from workflows import policies, working_days
from workflows.models import Telling
from workflows.services import addressees, telling

STEP = "clarification.step"
AGAIN = timedelta(minutes=15)
LEAVING = (
    "ticket.answered",
    "ticket.refused",
    "ticket.cancelled",
    "ticket.merged",
    "ticket.to_billing",
    "ticket.given_up",
    "ticket.deleted",
)
WEIGHTY = ("message", "no")


def on_asked(entry: Entry) -> None:
    """The question goes to the customer, and the clock runs."""
    ticket = lock(Ticket(pk=entry.subject_id))
    if ticket.status != Status.WAITING_CLARIFICATION:
        return
    to = addressees.contact(ticket)
    if telling.tell(ticket, Telling.QUESTION, "clarification_asked", to, text=entry.data.get("text", "")):
        _arm(ticket)


def on_left(entry: Entry) -> None:
    """It was answered, or is over."""
    timers.disarm(entry.subject_id, STEP)


def on_customer_wrote(entry: Entry) -> None:
    """Whoever wrote is not reminded of it."""
    if entry.data.get("weight") in WEIGHTY:
        timers.disarm(entry.subject_id, STEP)


def step(ticket_id: int) -> None:
    """What is due of a question. Fired by a timer, in a transaction; everything is read under the lock."""
    ticket = lock(Ticket(pk=ticket_id))
    if ticket.status != Status.WAITING_CLARIFICATION or ticket.deleted_at is not None:
        return
    told = telling.told(ticket, ticket.stay)
    now, kinds, plan = timezone.now(), telling.kinds(told), moments(ticket, told)
    if not addressees.contact(ticket):
        return
    if Telling.FIRST not in kinds and now >= plan[Telling.FIRST]:
        _remind(ticket, Telling.FIRST)
    elif Telling.FIRST in kinds and Telling.SECOND not in kinds and now >= plan[Telling.SECOND]:
        _remind(ticket, Telling.SECOND)
    elif GIVE_UP in plan and Telling.SECOND in kinds and now >= plan[GIVE_UP]:
        _give_up(ticket, told, now)
        return
    _arm(ticket)


GIVE_UP = "give_up"


def moments(ticket: Ticket, told: list[telling.Told]) -> dict[str, datetime]:
    """When both reminders are due, and the end where the company ends such requests; what was late moves the rest."""
    policy = policies.of(ticket)
    sent = {one.kind: one.told_at for one in told}
    first = working_days.after(ticket, policy.clarification_reminds, ticket.status_since)
    second = working_days.after(ticket, policy.clarification_reminds_again, ticket.status_since)
    if (late := sent.get(Telling.FIRST)) is not None:
        between = max(1, policy.clarification_reminds_again - policy.clarification_reminds)
        second = max(second, working_days.after(ticket, between, late))
    found = {str(Telling.FIRST): first, str(Telling.SECOND): second}
    if policy.gives_up:
        end = working_days.after(ticket, policy.gives_up_after, ticket.status_since)
        if (late := sent.get(Telling.SECOND)) is not None:
            rest = max(1, policy.gives_up_after - policy.clarification_reminds_again)
            end = max(end, working_days.after(ticket, rest, late))
        found[GIVE_UP] = end
    return found


def _arm(ticket: Ticket) -> None:
    told = telling.told(ticket, ticket.stay)
    kinds, plan = telling.kinds(told), moments(ticket, told)
    coming = [at for kind, at in plan.items() if kind not in kinds and not (kind == GIVE_UP and len(kinds) < 3)]
    if coming:
        timers.arm(STEP, ticket.pk, max(min(coming), timezone.now()))
    else:
        timers.disarm(ticket.pk, STEP)


def _remind(ticket: Ticket, kind: str) -> None:
    asked = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk, kind="ticket.asked").order_by("-pk")
    text: Any = asked.values_list("data", flat=True).first() or {}
    policy = policies.of(ticket)
    facts = {"text": text.get("text", ""), "is_last": kind == Telling.SECOND, "ends": policy.gives_up}
    telling.tell(ticket, kind, "clarification_reminder", addressees.contact(ticket), **facts)


def _give_up(ticket: Ticket, told: list[telling.Told], now: datetime) -> None:
    """24: only where both reminders reached them; what still waits is waited for, what failed ends the clock."""
    reminders = [one for one in told if one.kind in {Telling.FIRST, Telling.SECOND}]
    if any(one.went_wrong for one in reminders):
        return
    if not all(one.is_handed_over for one in reminders):
        timers.arm(STEP, ticket.pk, now + AGAIN)
        return
    ticket = reserved.give_up(ticket, by=Actor.system("timer"))
    policy = policies.of(ticket)
    assert ticket.closed_at is not None
    again = working_days.after(ticket, policy.reopen_days, ticket.closed_at)
    addressees.write("clarification_closed", ticket, addressees.contact(ticket), again_until=again)


def connect() -> None:
    """Listen to questions and to what ends them."""
    journal.subscribe("ticket.asked", on_asked)
    journal.subscribe("ticket.customer_wrote", on_customer_wrote)
    for kind in LEAVING:
        journal.subscribe(kind, on_left)
