"""Desks at work, as fast as they can.

A change is a row of its own, an entry in the journal, a timer and an event to the other side, all in one transaction;
one in twenty is rolled back at its end. Run inside Django: `manage.py shell -c "from tests.hostile import produce; …"`.
"""

from __future__ import annotations

import random
import sys
import threading
import time
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from psa import embedded
from psa.directory.models import Company
from psa.journal import journal
from psa.journal.models import Entry, Job
from psa.lanes import lanes
from psa.lanes.models import Event, Lane
from psa.tenancy import doors, scope, services
from psa.tenancy.actor import Actor
from psa.timers import timers
from psa.timers.models import Timer
from tests.hostile import effects

LANES = 12
EFFECTS = ("effect", "bell", "heard")
# The test makes this file when it has done its worst.
ENOUGH = settings.VAR_DIR / "enough"


def prepare() -> None:
    """Two tenants, and lanes between them in both directions."""
    first, second = (services.create_tenant(name.title(), name).pk for name in ("nordlicht", "baltic"))
    with scope.tenant(first):
        for number in range(LANES // 2):
            lanes.open_lane(f"crash:{number}", first, second)
            lanes.open_lane(f"crash:{number}", second, first)


def change(source: int) -> None:
    """One change in one transaction. Raises KeyError where it was taken back."""
    name = uuid.uuid4().hex
    with scope.tenant(source), transaction.atomic():
        made = Company.objects.create(number="change", name=name)
        journal.record(made, effects.HEARD, by=Actor.system("crash"), change=name)
        timers.arm(effects.BELL, made.pk, timezone.now() + timedelta(seconds=random.random()))
        lane = random.choice(list(Lane.objects.filter(source=source)))
        lanes.emit(lane, effects.KIND, {"change": name})
        if random.random() < 0.05:
            raise KeyError("taken back")


class Desk(threading.Thread):
    """One thread that makes changes: at least its share, and until the test has killed enough."""

    def __init__(self, share: int) -> None:
        super().__init__(daemon=True)
        self.share, self.made, self.slowest, self.error = share, 0, 0.0, ""

    def run(self) -> None:
        sources = doors.tenant_ids()
        try:
            while self.made < self.share or not ENOUGH.exists():
                begun = time.monotonic()
                try:
                    change(random.choice(sources))
                    self.made += 1
                except KeyError:
                    pass
                self.slowest = max(self.slowest, time.monotonic() - begun)
                time.sleep(0.02)
        except Exception as error:
            self.error = repr(error)
        finally:
            connection.close()


def main(changes: int, threads: int = 4) -> None:
    """Make at least this many changes and say how long the slowest took."""
    desks = [Desk(changes // threads) for _ in range(threads)]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()
    slowest = max(desk.slowest for desk in desks)
    print(f"{sum(desk.made for desk in desks)} changes, the slowest took {slowest:.2f} s", flush=True)
    if errors := [desk.error for desk in desks if desk.error]:
        sys.exit(f"A producer failed: {errors}")


def beside_the_server(port: int, changes: int) -> None:
    """The embedded server with desks at work in the same process."""
    for _ in range(4):
        Desk(changes // 4).start()
    embedded.serve(embedded.listen("127.0.0.1", port), lambda: print("serving", flush=True))


def count() -> dict[str, int]:
    """How many rows of each kind there are, what still waits, what came twice, and what came out of order."""
    found = dict.fromkeys(
        ("change", *EFFECTS, "entries", "events", "waiting", "parked", "twice", "out_of_order", "gaps"), 0
    )
    processes: set[str] = set()
    for tenant_id in doors.tenant_ids():
        with scope.tenant(tenant_id):
            rows = list(Company.objects.order_by("pk").values_list("number", "name", "phone"))
            for kind in ("change", *EFFECTS):
                names = [name for number, name, _ in rows if number == kind]
                found[kind] += len(names)
                found["twice"] += len(names) - len(set(names))
            processes |= {phone for number, _, phone in rows if number in EFFECTS}
            arrived: dict[str, list[int]] = {}
            for number, name, _ in rows:
                if number == "effect":
                    lane, seq, _ = name.split(":")
                    arrived.setdefault(lane, []).append(int(seq))
            for seqs in arrived.values():
                found["out_of_order"] += seqs != sorted(seqs)
                found["gaps"] += sorted(seqs) != list(range(1, len(seqs) + 1))
            found["events"] += Event.objects.filter(source=tenant_id).count()
            own = (Lane.objects.filter(source=tenant_id), Job.objects, Timer.objects)
            found["waiting"] += sum(rows.filter(due__isnull=False).count() for rows in own)
            found["parked"] += sum(rows.filter(parked_at__isnull=False).count() for rows in own)
            found["entries"] += Entry.objects.filter(kind=effects.HEARD).count()
    return found | {"processes": len(processes)}


def stuck() -> list[str]:
    """The lanes that have not brought everything over, and why not."""
    now, found = timezone.now(), []
    for tenant_id in doors.tenant_ids():
        with scope.tenant(tenant_id):
            for lane in Lane.objects.filter(source=tenant_id).exclude(applied_seq=F("last_seq")):
                times = {
                    name: at and round((at - now).total_seconds(), 1)
                    for name, at in vars(lane).items()
                    if name in {"due", "leased_until"}
                }
                found.append(
                    f"{lane.pk}: {lane.applied_seq} of {lane.last_seq}, try {lane.attempts} {lane.error!r} {times}"
                )
    return found


def settle(seconds: float) -> None:
    """Wait until no more changes are made and nothing waits any more; print the figures as one line."""
    begun, before = time.monotonic(), None
    while (found := count()) != before or found["waiting"]:
        if time.monotonic() - begun > seconds:
            break
        before = found
        time.sleep(2)
    found = count()  # the rows were counted before what waits; now nothing moves any more
    for lane in stuck():
        print(lane)
    print({**found, "settled_after": round(time.monotonic() - begun, 1)})
