"""Both sides do anything in any order, mail comes at random moments, and the two tickets agree with a plain model."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from outsourcing.services import answering, ending
from psa import leases
from psa.lanes import delivery
from psa.lanes.models import Event, Lane
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from tests.outsourcing.conftest import Pair
from tickets import readers
from tickets.models import Item, Ticket
from tickets.models.items import KINDS
from tickets.services import items

SECRET = "CANARY"
OTHER = {"lead": "service", "service": "lead"}
LIVE, ENDED = {"accepted", "in_progress"}, {"complete", "returned"}


@dataclass
class Mine:
    """One of a side's own items in the model."""

    key: Any
    kind: str
    text: str
    shared: bool
    removed: bool = False
    locked: bool = False


@dataclass
class Desk:
    """One side in the model: its items, what the partner has of them, what is held, and whether its tap is open."""

    items: list[Mine] = field(default_factory=list)
    sent: dict[Any, str | None] = field(default_factory=dict)
    held: list[Any] = field(default_factory=list)
    tap: bool = True

    def change(self, mine: Mine, live: bool) -> None:
        if not mine.shared and mine.key not in self.sent and mine.key not in self.held:
            return
        if live:
            self.release()
            self._send(mine)
        elif mine.key not in self.held:
            self.held.append(mine.key)

    def release(self) -> None:
        if not self.tap:
            self.tap = True
            for key in self.held:
                self._send(next(mine for mine in self.items if mine.key == key))
            self.held = []

    def _send(self, mine: Mine) -> None:
        if mine.shared and not mine.removed:
            self.sent[mine.key] = mine.text
        elif mine.key in self.sent:
            self.sent[mine.key] = None


class TwoDesks(RuleBasedStateMachine):
    """The real services beside the model. `pair` is set by the test."""

    pair: Pair

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.status = "accepted"
        self.desks = {"lead": Desk(), "service": Desk()}
        self.counter = 0

    def teardown(self) -> None:
        try:
            self.deliver_everything()
            self.agrees()
        finally:
            transaction.set_rollback(True)
            self.frame.__exit__(None, None, None)

    # What anybody may do --------------------------------------------------------------------------------------------

    @rule(
        side=st.sampled_from(["lead", "service"]),
        kind=st.sampled_from(["note", "timeentry", "charge"]),
        shared=st.booleans(),
    )
    def add(self, side: str, kind: str, shared: bool) -> None:
        if self.status in ENDED and shared:
            return
        self.counter += 1
        text = f"{'word' if shared else SECRET} {self.counter}"
        with self.acting(side) as by:
            item = items.add(self.ticket(side), kind, self.reader(side, shared), by=by, **self.fields(kind, text))
        desk, mine = self.desks[side], Mine(item.key, kind, text, shared)
        desk.items.append(mine)
        self.begun(side)
        if shared:
            desk.change(mine, self.status in LIVE)

    @rule(
        side=st.sampled_from(["lead", "service"]), pick=st.integers(0, 50), toggle=st.booleans(), remove=st.booleans()
    )
    def change(self, side: str, pick: int, toggle: bool, remove: bool) -> None:
        desk = self.desks[side]
        present = [mine for mine in desk.items if not mine.removed]
        if not present:
            return
        mine = present[pick % len(present)]
        shared = mine.shared != toggle
        if self.status in ENDED and shared:
            shared = False
        self.counter += 1
        text = f"{'word' if shared else SECRET} {self.counter}"
        with self.acting(side) as by:
            item = KINDS[mine.kind]._default_manager.get(key=mine.key)
            try:
                if remove:
                    items.remove(item, by=by)
                else:
                    items.edit(item, by=by, reader=self.reader(side, shared), **self.fields(mine.kind, text))
            except Refused as refusal:
                assert mine.locked and side == "service", refusal.code
                return
        assert not (mine.locked and side == "service")
        if remove:
            mine.removed = True
        else:
            mine.text, mine.shared = text, shared
        self.begun(side)
        if self.status not in ENDED:
            desk.change(mine, self.status in LIVE)

    # Moves ----------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.status in LIVE)
    @rule()
    def submit(self) -> None:
        with self.acting("service") as by:
            answering.submit(self.ticket("service"), by=by)
        self.desks["service"].release()
        self.status = "waiting_approval"
        for side in ("lead", "service"):
            self.desks[side].tap = False
        for mine in self.desks["service"].items:
            mine.locked = True

    @precondition(lambda self: self.status == "waiting_approval")
    @rule(how=st.sampled_from(["reject", "recall"]))
    def resume(self, how: str) -> None:
        if how == "reject":
            with self.acting("lead") as by:
                ending.reject(self.ticket("lead"), "Not yet.", by=by)
            self.desks["lead"].release()
        else:
            with self.acting("service") as by:
                answering.recall(self.ticket("service"), by=by)
            self.desks["service"].release()
        self.status = "in_progress"
        for mine in self.desks["service"].items:
            mine.locked = False

    @precondition(lambda self: self.status not in ENDED)
    @rule(how=st.sampled_from(["complete", "take_back", "give_back"]))
    def end(self, how: str) -> None:
        try:
            if how == "give_back":
                with self.acting("service") as by:
                    answering.give_back(self.ticket("service"), "No part.", by=by)
            else:
                with self.acting("lead") as by:
                    ticket = self.ticket("lead")
                    ending.complete(ticket, by=by) if how == "complete" else ending.take_back(
                        ticket, "We do it.", by=by
                    )
        except Refused as refusal:
            assert refusal.code == "items_still_arriving"
            return
        self.status = "complete" if how == "complete" else "returned"
        for desk in self.desks.values():
            desk.held = []
        for mine in self.desks["service"].items:
            mine.locked = True

    # Delivery -------------------------------------------------------------------------------------------------------

    @rule(limit=st.integers(1, 3), pick=st.integers(0, 1))
    def deliver_some(self, limit: int, pick: int) -> None:
        due = sorted(leases.due_ids(Lane, 10))
        if not due:
            return
        per_claim, together = delivery.PER_CLAIM, delivery.TOGETHER
        delivery.PER_CLAIM, delivery.TOGETHER = limit, 1
        try:
            lane = leases.claim(Lane, due[pick % len(due)])
            with scope.tenant(lane.target_id):
                delivery._run(lane)
        finally:
            delivery.PER_CLAIM, delivery.TOGETHER = per_claim, together
        self.heard()

    @rule()
    def deliver_everything(self) -> None:
        while delivery.drain():
            pass
        self.heard()
        self.agrees()

    # What must hold -------------------------------------------------------------------------------------------------

    @invariant()
    def status_agrees(self) -> None:
        assert self.pair.status() == self.status

    @invariant()
    def nothing_internal_travels(self) -> None:
        with self.pair.lead():
            assert SECRET not in str(list(Event.objects.values_list("payload", flat=True)))

    def agrees(self) -> None:
        for side, desk in self.desks.items():
            with self.acting(OTHER[side]):
                got = {}
                for model in KINDS.values():
                    for copy in model._default_manager.filter(received_at__isnull=False):
                        got[copy.key] = None if copy.is_removed else _word(copy)
            # What was withdrawn while it was on its way arrived empty and left nothing.
            arrived = {key: word for key, word in desk.sent.items() if word is not None or key in got}
            assert got == arrived, (side, self.status)

    # How it is done -------------------------------------------------------------------------------------------------

    def heard(self) -> None:
        """A side whose tap is closed opens it when the news reaches it that the link is live again."""
        for side, member in (("lead", self.pair.max), ("service", self.pair.gunta)):
            with self.acting(side):
                if self.status in LIVE and self.pair.link(member).outgoing.is_open:
                    self.desks[side].release()

    def begun(self, side: str) -> None:
        if side == "service" and self.status == "accepted":
            self.status = "in_progress"

    def acting(self, side: str) -> Any:
        return self.pair.lead() if side == "lead" else self.pair.service()

    def ticket(self, side: str) -> Ticket:
        return self.pair.ticket if side == "lead" else self.pair.insourced

    def reader(self, side: str, shared: bool) -> readers.Reader:
        wanted = "partner" if shared else "internal"
        return next(reader for reader in readers.readers(self.ticket(side)) if reader.audience == wanted)

    def fields(self, kind: str, text: str) -> dict[str, Any]:
        if kind == "timeentry":
            return {"worked_on": date(2026, 3, 2), "minutes": 30, "text": text, "internal_text": SECRET}
        if kind == "charge":
            return {"name": text, "quantity": Decimal(2), "unit_price": Decimal("9.50")}
        return {"text": text}


def _word(copy: Item) -> str:
    """The text a copy carries, whatever it travelled as."""
    words = f"{getattr(copy, 'name', '')} {getattr(copy, 'text', '')} {getattr(copy, 'stands_for', {}).get('name', '')}"
    return "word " + words.split("word ")[1].split()[0]


def test_s1_the_two_tickets_agree_with_a_plain_model(pair: Pair) -> None:
    TwoDesks.pair = pair
    run_state_machine_as_test(
        TwoDesks,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
