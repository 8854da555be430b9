"""What the clock and the desk's own moves do to an estimate that waits: reminders, its end, a request that is over."""

from __future__ import annotations

from django.db.models import OuterRef

from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.timers import timers
from tickets import carrying
from workflows.models import Estimate
from workflows.services import estimates
from workflows.services.deciding import EXPIRE, REMIND, REMIND_AGAIN

# After these a request is over by another way than its estimate.
OVER = ("ticket.cancelled", "ticket.merged")


def connect() -> None:
    """Answer the timers, and listen. Called once, when the app starts."""
    timers.on(REMIND, lambda pk: _remind(pk, again=False))
    timers.on(REMIND_AGAIN, lambda pk: _remind(pk, again=True))
    timers.on(EXPIRE, _expire)
    for kind in OVER:
        journal.subscribe(kind, estimates.withdraw_with)
    carrying.register("estimates", lambda: Estimate.objects.filter(ticket=OuterRef("pk")))


def _remind(pk: int, *, again: bool) -> None:
    estimates.remind(pk, again=again)


def _expire(pk: int) -> None:
    if (row := Estimate.objects.select_related("ticket").filter(pk=pk).first()) is not None:
        estimates.expire(row, by=Actor.system("timer"))
