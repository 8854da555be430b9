"""Random days: people, the customer, the clock and the mail server do what they may in any order, and the invariants of
a request hold after every step (lifecycle spec, "Invariants")."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from billing.services import settling
from psa.directory import service_levels
from psa.directory.models import Contact
from psa.directory.service_levels import Minutes
from psa.journal.models import Entry
from psa.mail.models import Delivery
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from psa.timers.models import Timer
from tests.conftest import acting
from tests.tickets.conftest import internal
from tests.tickets.stages import WAYS, make
from tests.workflows.reviews import MONDAY, Stage, says
from tests.workflows.stage import approver, draft
from tickets import services
from tickets.models import Clock, DispatcherTask, Ticket
from tickets.models.desk import Priority
from tickets.models.status import ACCEPTED, IN_REVIEW, RESOLVED
from tickets.services import clocks, items
from tickets.services.lifecycle import MOVES_FOR_ALL, RESERVED
from workflows import working_days
from workflows.models import Estimate, Review, ServicePolicy, Word
from workflows.services import (
    clarifications,
    clock,
    deciding,
    estimates,
    followups,
    reviews,
    tasks,
    telling,
)

MOVED = {*(move.told for move in MOVES_FOR_ALL), *RESERVED}
# Every move of the desk; those that lead on several times, so that a day gets somewhere.
WHO = st.sampled_from(["administrator", "administrator", "dispatcher", "technician", "billing", "read-only"])
DESK = [move.name for move in MOVES_FOR_ALL]
FORWARD = ("accept", "start", "submit", "plan", "deployed")
# From where a day begins; a cancelled request has no day before it.
BEGINS = {state: way for state, way in WAYS.items() if state != "cancelled"}
# The clocks that may not run on what is settled: of reviews, questions, estimates and promises.
OF_ESTIMATES = {deciding.REMIND, deciding.REMIND_AGAIN, deciding.EXPIRE}
CLOCKS = {clock.STEP, clarifications.STEP, clocks.TIMER, *OF_ESTIMATES}


class RequestLife(RuleBasedStateMachine):
    """The real services on one request. `cast` is set by the test: the ticket, its people, its clock."""

    cast: tuple[Ticket, Contact, Contact, dict[str, Membership]]
    begins: ClassVar[str] = "waiting_solution_review"

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.traveller = time_machine.travel(MONDAY, tick=False)
        ticket, self.contact, self.approver, self.people = self.cast
        self.max = self.people["administrator"]
        self.stage = Stage(self.traveller.start(), ticket, self.max)
        self.told: dict[tuple[int, int], datetime] = {}
        self.agreed: dict[int, dict[str, Any]] = {}
        self.begin(self.begins)

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

    def begin(self, state: str) -> None:
        """Anywhere in the life of a request; it got there as people bring it there."""
        words = {"accept_solution": Word.ACCEPT, "request_deployment": Word.DEPLOY, "object": Word.OBJECTION}
        for move in BEGINS[state]:
            if move == "estimate":
                self.estimates("administrator", 120)
            elif move == "accept_estimate":
                self.approves("accept", True, False)
            elif move in words:
                self.customer(words[move], False)
            else:
                self.desk(move, "administrator")
        assert self.stage.ticket.status == state

    @rule(turn=st.integers(0, 12), who=st.sampled_from(["administrator", "dispatcher", "technician"]))
    def presses_a_button(self, turn: int, who: str) -> None:
        """One of those the page draws for them."""
        with acting(self.people[who]) as by:
            drawn = [one.move.name for one in services.buttons(self.stage.ticket, by)]
        if drawn:
            self.desk(drawn[turn % len(drawn)], who)

    @rule(move=st.sampled_from([*DESK, *FORWARD, *FORWARD]), who=WHO)
    def desk(self, move: str, who: str) -> None:
        self.attempt(self.people[who], lambda by: make(self.stage.ticket, move, by))

    @rule(who=WHO, minutes=st.sampled_from([30, 120, 600]))
    def estimates(self, who: str, minutes: int) -> None:
        """6, 7, 12: sent, or the next version of what the customer has."""
        ticket = self.stage.ticket
        verb = estimates.revise if ticket.status == "estimated" else estimates.send

        def send(by: Actor) -> None:
            due = working_days.after(ticket, 5, datetime.now(MONDAY.tzinfo))
            verb(ticket, draft(minutes=minutes, proposed_due=due), by=by)

        self.attempt(self.people[who], send)

    @precondition(lambda self: self.stage.ticket.status == "estimated")
    @rule(
        said=st.sampled_from(["accept", "accept", "decline", "give_back"]),
        by_approver=st.booleans(),
        is_stale=st.booleans(),
    )
    def approves(self, said: str, by_approver: bool, is_stale: bool) -> None:
        """8, 9, 10: by who may and who may not, of this version or of the one before."""
        contact = self.approver if by_approver else self.contact

        def say(_by: Actor) -> None:
            actor = Actor.customer(contact.pk, contact.name, "Reederei Hansen", channel="portal")
            found = Estimate.objects.filter(ticket=self.stage.ticket).order_by("-version").first()
            if found is None:
                return
            if said == "accept":
                version = found.version - is_stale
                estimates.accept(found, version=version, sha256=found.sha256, contact=contact, by=actor)
                assert by_approver and not is_stale, "only who may, and only what they read"
            else:
                getattr(estimates, said)(found, "Too much.", contact=contact, by=actor)

        self.attempt(self.max, say)

    @rule(minutes=st.sampled_from([5, 61, 300]), who=WHO)
    def logs_time(self, minutes: int, who: str) -> None:
        def log(by: Actor) -> None:
            ticket = self.stage.ticket
            day = datetime.now(MONDAY.tzinfo).date()
            items.add(ticket, "timeentry", internal(ticket), by=by, minutes=minutes, worked_on=day)

        with acting(self.people[who]) as by:
            try:
                with transaction.atomic():
                    log(by)
            except (Refused, Denied):
                pass

    @rule(word=st.sampled_from(list(Word)), is_stale=st.booleans())
    def customer(self, word: str, is_stale: bool) -> None:
        stay = self.stage.ticket.stay - is_stale
        self.attempt(self.max, lambda by: says(self.stage, word, self.contact, stay))

    @rule(word=st.sampled_from(list(Word)), who=WHO)
    def on_behalf(self, word: str, who: str) -> None:
        facts = {"contact": self.contact, "proof": "call", "text": "On the phone."}
        self.attempt(
            self.people[who],
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

    @rule(what=st.sampled_from(["pause", "resume", "off", "on"]), who=WHO)
    def the_clock(self, what: str, who: str) -> None:
        calls = {
            "pause": lambda by: reviews.pause(self.stage.ticket, None, by=by),
            "resume": lambda by: reviews.resume(self.stage.ticket, by=by),
            "off": lambda by: reviews.switch(self.stage.ticket, False, by=by),
            "on": lambda by: reviews.switch(self.stage.ticket, True, by=by),
        }
        self.attempt(self.people[who], calls[what])

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
            # Another request that follows this one has clocks of its own, and promises are timed by ticket.
            waiting = Timer.objects.filter(due__isnull=False)
            of_others = waiting.filter(kind=clocks.TIMER).exclude(subject_id=ticket.pk)
            armed = set(waiting.exclude(pk__in=of_others.values("pk")).values_list("kind", flat=True))
            running = Review.objects.filter(ticket=ticket).running()
            promised = Clock.objects.filter(ticket=ticket, due_at__isnull=False)
            if ticket.status in RESOLVED:
                assert not armed & CLOCKS and not running.exists() and not promised.exists()
            if ticket.status != "estimated":
                assert not armed & OF_ESTIMATES
            if ticket.status not in IN_REVIEW:
                assert clock.STEP not in armed and not running.exists()
            if ticket.status != "waiting_clarification":
                assert clarifications.STEP not in armed

    @invariant()
    def one_version_of_an_estimate_is_current_and_what_was_accepted_never_changes(self) -> None:
        ticket = self.stage.ticket
        with scope.tenant(ticket.tenant_id):
            rows = list(Estimate.objects.filter(ticket=ticket).order_by("version"))
            stands = {row["id"]: row for row in Estimate.objects.filter(ticket=ticket).values()}
        current = [row.version for row in rows if row.status == "sent"]
        assert current == ([rows[-1].version] if ticket.status == "estimated" else [])
        assert [row.version for row in rows] == list(range(1, len(rows) + 1))
        for pk, agreed in self.agreed.items():
            assert stands[pk] == agreed
        for row in rows:
            assert row.sha256 == row.digest()
            if row.status == "accepted":
                self.agreed.setdefault(row.pk, stands[row.pk])
        if ticket.status == "estimate_accepted":
            assert ticket.agreed_minutes is not None and rows[-1].status == "accepted"

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


@pytest.fixture
def cast(
    ticket: Ticket,
    accepter: Contact,
    hanna: Contact,
    max: Membership,
    in_queue: Membership,
    people: Any,
    dora: Membership,
) -> None:
    """Everybody who has a part, on a desk that asks for estimates above the threshold and keeps what it promised."""
    approver(max, hanna)
    known = {"administrator": max, "dispatcher": dora, "technician": in_queue}
    known |= {role: people(role) for role in ("billing", "read-only")}
    with time_machine.travel(MONDAY, tick=False), acting(max) as by:
        ServicePolicy.objects.update(asks_estimate=None, gives_up=True)
        service_levels.add(by=by, name="Gold", targets={Priority.NORMAL: Minutes(60, 240, 960)})
        facts = {"company": ticket.company, "contact": accepter, "queue": ticket.queue, "planned_minutes": 30}
        made = services.create(by=by, title="The phones are dead", **facts)
    RequestLife.cast = (made, accepter, hanna, known)


@pytest.mark.parametrize("state", BEGINS)
def test_the_invariants_hold_whatever_happens(cast: None, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    monkeypatch.setattr(RequestLife, "begins", state)
    run_state_machine_as_test(
        RequestLife,
        settings=settings(
            max_examples=3,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_machine_can_close_by_silence(cast: None) -> None:
    """Else the last invariant would be true of nothing."""
    machine = RequestLife()
    try:
        machine.time_goes_by(200, False)
        assert machine.stage.ticket.resolution == "auto_accepted"
        machine.silence_counts_only_for_who_was_told()
    finally:
        machine.teardown()
