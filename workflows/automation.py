"""Where rules join the journal, the clock and the lanes: they hear afterwards, and can undo nobody."""

from __future__ import annotations

from outsourcing.links import ticket_of
from outsourcing.models import Handover
from psa.journal import journal
from psa.lanes import delivery
from psa.lanes.models import Lane
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.timers import timers
from workflows.models import Rule
from workflows.rules import events
from workflows.rules.case import CLOCK
from workflows.services import running


def connect() -> None:
    """Listen. Called once, when the app starts."""
    for kind in events.kinds():
        journal.afterwards(kind, running.heard, asks=running.is_awaited)
    timers.on(running.TICK, running.tick)
    timers.on(running.FORGET, running.forget)
    delivery.on_parked(hangs)


def hangs(lane: Lane) -> None:
    """A lane of a handover is parked: the rules that wait for it hear of it. In the scope of one of its companies."""
    name, _sep, key = lane.channel.partition(":")
    rules = list(Rule.objects.standing().filter(event=events.STUCK)) if name == "handover" else []
    handover = Handover.objects.filter(key=key).first() if rules else None
    if handover is None:
        return
    ticket = ticket_of(handover, scope.tenant_id())
    facts = {"handover": str(handover.key), "ticket": ticket.pk if ticket else None}
    for rule in rules:
        journal.record(rule, CLOCK, by=Actor.system("rule", rule.name), **facts)
