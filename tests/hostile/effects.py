"""What a change causes in the crash tests: an effect across a lane, a timer that fires, a listener that hears of it.

Each leaves a company in the address book of whoever it happens to, so that no table is needed that only tests have:
`number` says which of them it is, `name` which change it comes from, `phone` the process that did it.
"""

from __future__ import annotations

import os
import random
import time

from django.conf import settings

from psa import leases
from psa.directory.models import Company
from psa.journal import journal
from psa.journal.models import Entry
from psa.lanes import delivery
from psa.lanes.models import Event
from psa.timers import timers

KIND = "hostile.change"
BELL = "hostile.bell"
HEARD = "company.crashed"


def leave(what: str, name: str) -> None:
    """The effect: a row, now and then a slow one, and now and then an error after it was written."""
    (settings.VAR_DIR / f"working-{os.getpid()}").touch()
    Company.objects.create(number=what, name=name, phone=str(os.getpid()))
    time.sleep(random.choice([0, 0, 0.001, 0.005]))
    if random.random() < 0.01:
        raise leases.Temporary("try_again")


def arrive(event: Event) -> None:
    """An event of a lane took effect."""
    leave("effect", f"{event.lane_id}:{event.seq}:{event.payload['change']}")


def ring(change_id: int) -> None:
    """A change's timer fired."""
    leave("bell", Company.objects.get(pk=change_id).name)


def hear(entry: Entry) -> None:
    """A change's entry was heard of afterwards."""
    leave("heard", entry.data["change"])


delivery.on(KIND, arrive)
timers.on(BELL, ring)
journal.afterwards(HEARD, hear)
