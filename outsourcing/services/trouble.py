"""When a link hangs: try again, or give one event up with a reason both sides read (§6 "Mechanics")."""

from __future__ import annotations

from django.db import transaction

from outsourcing import payloads
from outsourcing.links import Link
from outsourcing.models import Partnership
from outsourcing.services import history
from psa.lanes import lanes
from psa.lanes.models import Lane
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Ticket
from tickets.services.locking import lock


def parked(link: Link) -> list[Lane]:
    """The lanes of a handover that wait for somebody."""
    return [lane for lane in (link.outgoing, link.incoming) if lane.is_parked]


def failing(link: Link) -> list[Lane]:
    """The lanes that wait for somebody, or for their next try."""
    return [lane for lane in (link.outgoing, link.incoming) if lane.is_parked or lane.error]


@transaction.atomic
def retry(ticket: Ticket, link: Link, *, by: Actor) -> None:
    """Try the next event of each lane that hangs again now. Either side may."""
    by.require("outsource.partners")
    lock(ticket)
    for lane in failing(link):
        lanes.retry(lane)


@transaction.atomic
def retry_partnership(partnership: Partnership, *, by: Actor) -> None:
    """Try again what hangs between the two companies themselves: the answer to an invitation. Either side may."""
    by.require("outsource.partners")
    for lane in Lane.objects.filter(channel=partnership.channel).order_by("pk"):
        lanes.retry(lane)


@transaction.atomic
def skip(ticket: Ticket, link: Link, reason: str, *, by: Actor) -> None:
    """Give up the event our lane hangs on. The sender's decision; the loss is named on both tickets."""
    by.require("outsource.partners")
    ticket = lock(ticket)
    event = lanes.skip(link.outgoing, reason)
    if event is None:
        raise Refused("nothing_to_skip")
    lost = {"kind": event.kind, "what": event.payload.get("made_as") or event.payload.get("kind", "")}
    lost["called"] = payloads.name(event.payload)
    news = {
        "move": "event_skipped",
        "by": by.name,
        "company": by.company,
        "reason": reason,
        "data": lost,
    }
    lanes.emit(link.outgoing, history.MOVED, news, move=True)
    history.told(link.handover, "event_skipped", by=by, ticket=ticket, reason=reason, **lost)
