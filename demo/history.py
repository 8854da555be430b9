"""What happened in the demo, deed by deed, in the order of time, and what the worker did in between."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count
from random import Random

from django.db.models import Min
from django.utils import timezone

from demo.clock import Clock
from psa.journal import journal
from psa.lanes import delivery
from psa.mail import sending
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, Tenant
from psa.timers import timers
from psa.timers.models import Timer

Deed = Callable[[], None]
SEED = 20260302


class History:
    """Deeds wait here with their moments; `live` does them, oldest first, each in its tenant's scope."""

    def __init__(self, clock: type[Clock]) -> None:
        self.clock = clock
        self.now = timezone.now()
        self.chance = Random(SEED)
        self.tenants: dict[str, Tenant] = {}
        self.members: dict[tuple[str, str], Membership] = {}
        self._actors: dict[int, Actor] = {}
        self._waiting: list[tuple[datetime, int, str, Deed, bool]] = []
        self._order = count()
        self._next_timer: datetime | None = None

    def at(self, moment: datetime, tenant: str, deed: Deed, *, partners: bool = False) -> None:
        """`deed` happens at `moment` in the scope of `tenant`. Where `partners` hear of it the worker runs after it."""
        heapq.heappush(self._waiting, (moment, next(self._order), tenant, deed, partners))

    def live(self, told: Callable[[int], None]) -> int:
        """Do everything that waits; `told` hears the number of deeds done, now and then. Returns it in the end."""
        done = 0
        while self._waiting:
            moment, _, tenant, deed, partners = heapq.heappop(self._waiting)
            self._until(moment)
            self.clock.set(moment)
            with scope.tenant(self.tenants[tenant]):
                deed()
            done += 1
            if partners:
                self.work()
            else:
                self._look()
            if done % 500 == 0:
                told(done)
        self._until(self.now)
        self.clock.set(self.now)
        self.work()
        return done

    def actor(self, tenant: str, name: str) -> Actor:
        """One of the tenant's people, acting with the rights of their role; by first name or in full."""
        found = next(
            member for (slug, full), member in self.members.items() if slug == tenant and full.startswith(name)
        )
        if found.pk not in self._actors:
            with scope.tenant(self.tenants[tenant]):
                fresh = Membership.objects.select_related("role", "tenant").get(pk=found.pk)
                self._actors[found.pk] = Actor.of(fresh)
        return self._actors[found.pk]

    def manager(self, tenant: str) -> Actor:
        """The tenant's administrator."""
        found = next(
            one for (slug, _), one in self.members.items() if slug == tenant and one.role.code == "administrator"
        )
        return self.actor(tenant, found.name)

    def member(self, tenant: str, name: str) -> Membership:
        """The same person's membership."""
        return next(one for (slug, full), one in self.members.items() if slug == tenant and full.startswith(name))

    def work(self) -> None:
        """The worker's turn: deliver what is on its way, run rules, and send the mails that were written."""
        delivery.drain()
        journal.work()
        sending.send_due()
        self._look()

    def _look(self) -> None:
        """When the next timer is due: what was just done may have armed one, as the clocks of a ticket do."""
        with scope.platform("the demo's next timer"):
            self._next_timer = Timer.objects.aggregate(next=Min("due"))["next"]

    def _until(self, moment: datetime) -> None:
        """What was due before this moment happens when it is due: offers expire, digests are written."""
        while self._next_timer and self._next_timer <= moment:
            self.clock.set(self._next_timer)
            timers.sweep()
            self.work()
