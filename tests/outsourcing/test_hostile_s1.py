"""S1: whatever happens to events on their way, both tickets end as in the clean run (hostile-tests.md).

Both sides write, edit, share, withdraw and delete; between any two steps mail is delivered in part, twice, late, out
of turn, dies after its effect, comes mangled, or is forged. In the end every copy says what its original says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from psa import leases
from psa.lanes import delivery, lanes
from psa.lanes.models import Event, Lane
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests.outsourcing.conftest import Pair
from tests.outsourcing.test_path import for_partner
from tests.outsourcing.test_sharing import for_internal
from tickets.models import Note
from tickets.services import items

STEPS = (
    "write", "write", "edit", "edit", "hide", "remove", "deliver", "some", "crash", "mangle", "twice", "late", "lost",
    "forge",
)  # fmt: skip
Step = tuple[str, str, int]


class Exchange:
    """One pair of desks, and everything that can go wrong between them."""

    def __init__(self, pair: Pair, stranger: Membership) -> None:
        self.pair, self.stranger, self.count = pair, stranger, 0

    def run(self, steps: list[Step]) -> None:
        for name, side, pick in steps:
            getattr(self, name)(side, pick)
        self.deliver("lead", 0)

    # What people do ---------------------------------------------------------------------------------------------------
    def write(self, side: str, pick: int) -> None:
        self.count += 1
        with self.acting(side) as by:
            ticket = self.ticket(side)
            reader = for_partner(ticket) if pick % 4 else for_internal(ticket)
            items.add(ticket, "note", reader, by=by, text=f"{side} {self.count}")

    def edit(self, side: str, pick: int) -> None:
        self.count += 1
        self._change(side, pick, lambda note, by: items.edit(note, by=by, text=f"{side} edited {self.count}"))

    def hide(self, side: str, pick: int) -> None:
        """Shared becomes internal, internal becomes shared."""

        def turn(note: Note, by: Any) -> None:
            ticket = self.ticket(side)
            items.edit(note, by=by, reader=for_internal(ticket) if note.handover else for_partner(ticket))

        self._change(side, pick, turn)

    def remove(self, side: str, pick: int) -> None:
        self._change(side, pick, lambda note, by: items.remove(note, by=by))

    def _change(self, side: str, pick: int, change: Callable[[Note, Any], Any]) -> None:
        with self.acting(side) as by:
            mine = list(Note.objects.filter(received_at=None, removed_at=None).order_by("pk"))
            if mine:
                change(mine[pick % len(mine)], by)

    # What happens on the way ------------------------------------------------------------------------------------------
    def deliver(self, side: str, pick: int) -> None:
        self.retry()
        while delivery.drain():
            pass

    def some(self, side: str, pick: int) -> None:
        """A few events of one lane only; the other lane waits, whichever was sent first."""
        self._lane(side, 1 + pick % 3)

    def twice(self, side: str, pick: int) -> None:
        """A second worker drains what the first has just drained."""
        self._lane(side, 50)
        self._lane(side, 50)

    def late(self, side: str, pick: int) -> None:
        """Delayed: the lane's next try is far off."""
        with self.acting(side):
            Lane.objects.filter(source_id=scope.tenant_id(), due__isnull=False).update(
                due=timezone.now() + timedelta(hours=1)
            )

    def lost(self, side: str, pick: int) -> None:
        """A worker takes the lane and is never seen again."""
        for pk in leases.due_ids(Lane, 10)[:1]:
            leases.claim(Lane, pk)
        with self.acting(side):
            Lane.objects.update(leased_until=None)

    def crash(self, side: str, pick: int) -> None:
        """The effect was made, then the worker dies before its transaction ends."""
        real = delivery._handlers["item.put"]

        def die(event: Event) -> None:
            real.effect(event)
            raise RuntimeError("killed")

        self._with(die, side)

    def mangle(self, side: str, pick: int) -> None:
        """Truncated on the way: half of the payload is missing; the sender's row is whole."""
        real = delivery._handlers["item.put"]

        def read(event: Event) -> None:
            event.payload = dict(list(event.payload.items())[: pick % 3])
            real.effect(event)

        self._with(read, side)

    def forge(self, side: str, pick: int) -> None:
        """Events nobody sent: in the other's name, by a stranger, with a number that is taken."""
        with self.acting(side):
            me, lane = scope.tenant_id(), Lane.objects.order_by("pk")[pick % 2]
            before = Event.objects.count()
        row = {"lane": lane, "source_id": lane.source_id, "target_id": lane.target_id, "kind": "item.put"}
        other = lane.target_id
        for tenant in (other, self.stranger.tenant_id):
            with scope.tenant(tenant), pytest.raises(scope.WrongScope), transaction.atomic():
                Event.objects.create(**row, seq=lane.last_seq + 1)
            with scope.tenant(tenant), pytest.raises(scope.WrongScope), transaction.atomic():
                lanes.emit(lane, "item.put", {})
        if lane.last_seq and lane.source_id == me:
            with scope.tenant(me), pytest.raises(IntegrityError), transaction.atomic():
                Event.objects.create(**row, seq=lane.last_seq)
        with self.acting(side):
            assert Event.objects.count() == before

    def _with(self, effect: Callable[[Event], None], side: str) -> None:
        real = delivery._handlers["item.put"]
        delivery._handlers["item.put"] = delivery.Handler(effect, 1, None)
        try:
            self._lane(side, 50)
        finally:
            delivery._handlers["item.put"] = real

    def _lane(self, side: str, limit: int) -> None:
        with self.acting(side):
            due = Lane.objects.filter(source_id=scope.tenant_id(), channel=self.pair.handover.channel).get()
        if (lane := leases.claim(Lane, due.pk)) is None:
            return
        per_claim, together = delivery.PER_CLAIM, delivery.TOGETHER
        delivery.PER_CLAIM, delivery.TOGETHER = limit, min(limit, together)
        try:
            with scope.tenant(lane.target_id):
                delivery._run(lane)
        finally:
            delivery.PER_CLAIM, delivery.TOGETHER = per_claim, together

    def retry(self) -> None:
        """What hangs is tried again; what was delayed is due now."""
        for side in ("lead", "service"):
            with self.acting(side):
                mine = Lane.objects.filter(source_id=scope.tenant_id())
                mine.update(leased_until=None, parked_at=None, attempts=0, error="")
                for lane in mine:
                    waits = lane.last_seq > lane.applied_seq
                    Lane.objects.filter(pk=lane.pk).update(due=timezone.now() if waits else None)

    # What must hold ---------------------------------------------------------------------------------------------------
    def agrees(self) -> None:
        """Each original that is shared now stands on the other side with its present words, once; no other does."""
        for side, other in (("lead", "service"), ("service", "lead")):
            with self.acting(side):
                mine = Note.objects.filter(received_at=None)
                shared = {one.key: one.text for one in mine if one.handover and not one.is_removed}
            with self.acting(other):
                copies = Note.objects.filter(received_at__isnull=False)
                assert {one.key: one.text for one in copies if not one.is_removed} == shared
                assert all(one.text == "" for one in copies if one.is_removed)
                assert not Lane.objects.exclude(parked_at=None).exists()

    def acting(self, side: str) -> Any:
        return self.pair.lead() if side == "lead" else self.pair.service()

    def ticket(self, side: str) -> Any:
        return self.pair.ticket if side == "lead" else self.pair.insourced


def test_s1_whatever_happens_on_the_way_the_end_is_that_of_the_clean_run(pair: Pair, sam: Membership) -> None:
    @settings(max_examples=30, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(
            st.tuples(st.sampled_from(STEPS), st.sampled_from(["lead", "service"]), st.integers(0, 40)), max_size=22
        )
    )
    def tried(steps: list[Step]) -> None:
        with transaction.atomic():
            exchange = Exchange(pair, sam)
            exchange.run(steps)
            exchange.agrees()
            transaction.set_rollback(True)

    tried()
