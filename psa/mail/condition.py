"""How the ways out and in are doing: the oldest mail that was not sent or read, and what failed, with its repair."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psa import leases
from psa.journal import repairs
from psa.mail import mail
from psa.mail.models import Arrival, Delivery, DeliveryState
from psa.tenancy.actor import Actor
from psa.web.vitals import MOST_REPAIRED

# Failures older than the latest so many mails are history, found in the outbox.
LATEST = 500


def late(then: datetime) -> Any:
    """When mails were written that still wait to be sent since before `then`, the oldest first."""
    waiting = Delivery.objects.filter(state=DeliveryState.QUEUED, mail__created_at__lt=then)
    return waiting.filter(due__isnull=False).order_by("mail__created_at").values("mail__created_at")


def stuck() -> Any:
    """Those of the latest mails that were not sent."""
    latest = Delivery.objects.order_by("-pk").values("pk")[:LATEST]
    return Delivery.objects.filter(pk__in=latest, state=DeliveryState.FAILED)


def repair(by: Actor) -> int:
    """Send again what failed, except what has no text or address; how many mails that were."""
    failed = [one for one in stuck().select_related("mail").order_by("pk")[:MOST_REPAIRED] if one.mail.html]
    for one in failed:
        mail.send_again(one, by=by)
    return repairs.noted("mail", len(failed), by)


def late_in(then: datetime) -> Any:
    """When mails should have been read that came in and wait since before `then`, the oldest first."""
    return leases.late(Arrival, then)


def stuck_in() -> Any:
    """What came in and nobody tries to read any more; its bytes are kept."""
    return leases.parked(Arrival)


def repair_in(by: Actor) -> int:
    """Read again what is stuck; how many mails that were."""
    return repairs.noted("mail_in", leases.again(Arrival), by)
