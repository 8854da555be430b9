"""Random days: people, the customer, the clock and the mail server do what they may in any order, and the invariants of
a request hold after every step (lifecycle spec, "Invariants")."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from billing.services import settling
from psa.directory.models import Contact
from psa.journal.models import Entry
from psa.mail.models import Delivery
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from psa.timers.models import Timer
from tests.conftest import acting
from tests.tickets.stages import make
from tests.workflows.reviews import MONDAY, Stage, says
from tickets.models import DispatcherTask, Ticket
from tickets.models.status import ACCEPTED, IN_REVIEW, RESOLVED
from tickets.services.lifecycle import MOVES_FOR_ALL, RESERVED
from workflows.models import Review, Word
from workflows.services import clarifications, clock, followups, reviews, tasks, telling

MOVED = {*(move.told for move in MOVES_FOR_ALL), *RESERVED}
DESK = [move.name for move in MOVES_FOR_ALL if move.name not in {"refuse", "cancel"}]
FORWARD = ("accept", "start", "submit", "plan", "deployed")


class RequestLife(RuleBasedStateMachine):
    """The real services on one request. `cast` is set by the test: the ticket, its people, its clock."""

    cast: tuple[Ticket, Contact, Membership, Membership]

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.traveller = time_machine.travel(MONDAY, tick=False)
        ticket, self.contact, self.max, self.ada = self.cast
        self.stage = Stage(self.traveller.start(), ticket, self.max)
        self.told: dict[tuple[int, int], datetime] = {}
        for move in ("accept", "start", "submit"):
            self.desk(move, False)

    def teardown(self) -> None:
        try:
            transaction.set_rollback(True)
            self.frame.__exit__(None, None, None)
        finally:
            self.traveller.stop()

    def attempt(self, member: Membership, call: Any) -> None:
        """What is refused leaves nothing; the rest is the services' word."""
        before = self.stage.ticket.version
        with acting(member) as by:
            try:
                with transaction.atomic():
                    call(by)
            except (Refused, Denied):
                assert self.stage.ticket.version == before

    @rule(move=st.sampled_from([*DESK, *FORWARD, *FORWARD]), by_ada=st.booleans())
    def desk(self, move: str, by_ada: bool) -> None:
        self.attempt(self.ada if by_ada else self.max, lambda by: make(self.stage.ticket, move, by))

    @rule(word=st.sampled_from(list(Word)), is_stale=st.booleans())
    def customer(self, word: str, is_stale: bool) -> None:
        stay = self.stage.ticket.stay - is_stale
        self.attempt(self.max, lambda by: says(self.stage, word, self.contact, stay))

    @rule(word=st.sampled_from(list(Word)), by_ada=st.booleans())
    def on_behalf(self, word: str, by_ada: bool) -> None:
        facts = {"contact": self.contact, "proof": "call", "text": "On the phone."}
        self.attempt(
            self.ada if by_ada else self.max,
            lambda by: reviews.record(self.stage.ticket, word, by=by, **facts),
        )

    @rule(weight=st.sampled_from(["message", "no", "thanks", "automatic"]))
    def writes(self, weight: str) -> None:
        self.stage.wrote(weight)

    @rule(audience=st.sampled_from(["customer", "internal"]))
    def answers(self, audience: str) -> None:
        self.stage.answer(audience)

    @rule(days=st.integers(0, 25))
    def asks_for_time(self, days: int) -> None:
        day = datetime.now().date() + timedelta(days=days)

        def ask(_by: Actor) -> None:
            by = Actor.customer(self.contact.pk, self.contact.name, "Reederei Hansen", channel="portal")
            reviews.need_until(self.stage.ticket, day, contact=self.contact, by=by)

        self.attempt(self.max, ask)

    @rule(what=st.sampled_from(["pause", "resume", "off", "on"]), by_ada=st.booleans())
    def the_clock(self, what: str, by_ada: bool) -> None:
        calls = {
            "pause": lambda by: reviews.pause(self.stage.ticket, None, by=by),
            "resume": lambda by: reviews.resume(self.stage.ticket, by=by),
            "off": lambda by: reviews.switch(self.stage.ticket, False, by=by),
            "on": lambda by: reviews.switch(self.stage.ticket, True, by=by),
        }
        self.attempt(self.ada if by_ada else self.max, calls[what])

    @rule(what=st.sampled_from(["settle", "again", "task"]))
    def ends(self, what: str) -> None:
        def settle_task(by: Actor) -> None:
            for task in DispatcherTask.objects.open():
                tasks.settle(task, by=by)

        calls = {
            "settle": lambda by: settling.settle(self.stage.ticket, "", write_off=False, by=by),
            "again": lambda by: followups.ask_again(self.stage.ticket, "Again.", contact=None, by=by),
            "task": settle_task,
        }
        self.attempt(self.max, calls[what])

    @rule(hours=st.sampled_from([1, 5, 20, 48, 100, 200]), is_away=st.booleans())
    def time_goes_by(self, hours: int, is_away: bool) -> None:
        """With the worker beside it, or away and back at the end."""
        end = datetime.now(MONDAY.tzinfo) + timedelta(hours=hours)
        if is_away:
            self.stage.to(end)
        else:
            self.stage.until(end)

    @rule()
    def a_mail_comes_back(self) -> None:
        with acting(self.max):
            sent = Delivery.objects.filter(mail__code__startswith="review", state="sent").order_by("pk").last()
        if sent is not None:
            with acting(self.max):
                code = sent.mail.code
                is_last = Delivery.objects.filter(mail__code=code).latest("pk").state == "sent"
            if is_last:
                self.stage.lose(code)

    # What holds -----------------------------------------------------------------------------------------------------
    @invariant()
    def resolved_states_have_no_armed_timer(self) -> None:
        ticket = self.stage.ticket
        with scope.tenant(ticket.tenant_id):
            armed = set(Timer.objects.filter(kind__in=[clock.STEP, clarifications.STEP]).values_list("kind", flat=True))
            running = Review.objects.filter(ticket=ticket).running()
            if ticket.status in RESOLVED:
                assert not armed and not running.exists()
            if ticket.status not in IN_REVIEW:
                assert clock.STEP not in armed and not running.exists()
            if ticket.status != "waiting_clarification":
                assert clarifications.STEP not in armed

    @invariant()
    def nothing_is_billed_that_nobody_accepted(self) -> None:
        ticket = self.stage.ticket
        if ticket.status == "invoice" or ticket.resolution in ACCEPTED:
            assert ticket.acceptance_id is not None

    @invariant()
    def the_status_has_moved_as_often_as_the_journal_says(self) -> None:
        """No write past the machine: every stay has its entry."""
        ticket = self.stage.ticket
        with scope.tenant(ticket.tenant_id):
            moves = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk, kind__in=MOVED).count()
        assert ticket.stay == moves

    @invariant()
    def open_says_what_the_status_says(self) -> None:
        ticket = self.stage.ticket
        assert ticket.is_open == (ticket.status not in RESOLVED)
        assert (ticket.closed_at is None) == ticket.is_open
        assert ticket.answer_needed_since is None or ticket.status in IN_REVIEW

    @invariant()
    def what_was_told_never_comes_earlier(self) -> None:
        ticket = self.stage.ticket
        with scope.tenant(ticket.tenant_id):
            for review in Review.objects.filter(ticket=ticket, until__isnull=False):
                key = (review.pk, review.round)
                assert review.until is not None
                assert review.until >= self.told.get(key, review.until)
                self.told[key] = review.until

    @invariant()
    def silence_counts_only_for_who_was_told(self) -> None:
        ticket = self.stage.ticket
        if ticket.resolution != "auto_accepted":
            return
        with scope.tenant(ticket.tenant_id):
            review = Review.objects.filter(ticket=ticket).latest("pk")
            assert review.until is not None and ticket.closed_at is not None
            assert ticket.closed_at >= review.until + clock.GRACE
            assert not review.is_off and review.paused_at is None
            kinds = {one.kind for one in telling.told(ticket, review.stay, review.round)}
            assert kinds >= {"notice", "last"}


def test_the_invariants_hold_whatever_happens(
    ticket: Ticket, accepter: Contact, max: Membership, in_queue: Membership
) -> None:
    RequestLife.cast = (ticket, accepter, max, in_queue)
    run_state_machine_as_test(
        RequestLife,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_machine_can_close_by_silence(
    ticket: Ticket, accepter: Contact, max: Membership, in_queue: Membership
) -> None:
    """Else the last invariant would be true of nothing."""
    RequestLife.cast = (ticket, accepter, max, in_queue)
    machine = RequestLife()
    try:
        machine.time_goes_by(200, False)
        assert machine.stage.ticket.resolution == "auto_accepted"
        machine.silence_counts_only_for_who_was_told()
    finally:
        machine.teardown()
