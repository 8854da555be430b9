"""What is said when nothing happens: offers not answered, work coming due, submissions waiting (outsourcing spec §11).

Each side has one timer for a handover, armed for the next of its moments and fired as a question: is there a moment
that has come, in the state the handover is in now? So a timer that was overtaken says nothing. Working days are those
of the side's default calendar, at the same time of day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from outsourcing.links import lock as lock_handover
from outsourcing.links import ticket_of
from outsourcing.models import Handover, HandoverStatus, Side, Terms
from outsourcing.services import history
from psa.calendars import business
from psa.calendars import services as calendars
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.timers import timers
from tickets.services.locking import lock

S = HandoverStatus
REMIND = "handover.remind"
SHORT = timedelta(hours=3)
HOUR = timedelta(hours=1)
LATE_EVERY = 2
UNANSWERED = (2, 5)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One moment of §11: what is told then, with its facts."""

    at: datetime
    name: str
    facts: dict[str, Any]


def follow(handover: Handover) -> None:
    """Arm our side's timer for the next moment of a handover, or disarm it. Called with every move, ours or theirs."""
    _passed, coming = around(handover, timezone.now())
    if coming is None:
        timers.disarm(handover.pk, REMIND)
    else:
        timers.arm(REMIND, handover.pk, coming.at)


def remind(handover_id: int) -> None:
    """Say what has come. Fired by a timer; state and clock are read under the lock."""
    found = Handover.objects.get(pk=handover_id)
    ticket = ticket_of(found, scope.tenant_id())
    if ticket is not None:
        ticket = lock(ticket)
    handover = lock_handover(found)
    passed, _coming = around(handover, timezone.now())
    if passed is None:
        follow(handover)
        return
    history.told(handover, passed.name, by=Actor.system("timer"), ticket=ticket, **passed.facts)


def around(handover: Handover, now: datetime) -> tuple[Reminder | None, Reminder | None]:
    """The last reminder that has come and the next that will, for the side in scope."""
    side = handover.side_of(scope.tenant_id())
    if handover.status == S.ASSIGNED and side == Side.SERVICE:
        return _around(_answer(handover), now)
    if handover.is_live and handover.complete_by:
        return _around(_completion(handover.complete_by, now, calendars.default().rules), now)
    if handover.status == S.WAITING_APPROVAL and side == Side.LEAD and handover.submitted_at:
        return _around(_approval(handover.submitted_at, calendars.default().rules), now)
    return None, None


def _around(moments: list[Reminder], now: datetime) -> tuple[Reminder | None, Reminder | None]:
    passed = [one for one in moments if one.at <= now]
    coming = [one for one in moments if one.at > now]
    return (passed[-1] if passed else None), (coming[0] if coming else None)


def _answer(handover: Handover) -> list[Reminder]:
    """Half of the time to answer, and an hour before its end; a window under three hours has the half only."""
    until = handover.answer_by
    begun = Terms.objects.values_list("made_at", flat=True).get(handover=handover, version=handover.terms_version)
    if until is None or until <= begun:
        return []
    moments = [begun + (until - begun) / 2] + ([until - HOUR] if until - begun >= SHORT else [])
    return [Reminder(at, "offer_reminded", {}) for at in sorted(moments)]


def _completion(due: datetime, now: datetime, rules: business.Rules) -> list[Reminder]:
    """A working day before, at, then every two working days, as far as the next one."""
    told = [Reminder(business.add_days(rules, due, -1), "completion_due", {"when": "before"})]
    told.append(Reminder(due, "completion_due", {"when": "now"}))
    while told[-1].at <= now:
        told.append(Reminder(business.add_days(rules, told[-1].at, LATE_EVERY), "completion_due", {"when": "late"}))
    return told


def _approval(submitted: datetime, rules: business.Rules) -> list[Reminder]:
    """Two and five working days unanswered. It is never approved by waiting."""
    return [
        Reminder(business.add_days(rules, submitted, days), "approval_waiting", {"days": days}) for days in UNANSWERED
    ]
