"""Two people at once: one wins, the others read a plain message, and nothing is half made (W3, issue criterion 5)."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from outsourcing.models import Handover, Move, Proposal, ServiceSide, Terms
from outsourcing.services import answering, ending, proposals, sending
from psa.directory.models import Company
from psa.lanes.models import Event, Lane
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting
from tests.outsourcing.conftest import Pair, drain
from tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8


def at_once(*works: Callable[[], Any]) -> Counter[str]:
    """Run these in threads that start together; counts "won" and the codes of the refusals."""
    barrier, outcomes, lock = threading.Barrier(len(works)), Counter[str](), threading.Lock()

    def run(work: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            work()
            outcome = "won"
        except Refused as refusal:
            outcome = refusal.code
        except Exception as error:
            outcome = repr(error)
        finally:
            connection.close()
        with lock:
            outcomes[outcome] += 1

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


def accepting(gunta: Membership, handover: Handover, company: Company) -> Callable[[], None]:
    def work() -> None:
        with acting(gunta) as by:
            answering.accept(handover, company, by=by, title=handover.title)

    return work


def canceling(max: Membership, ticket: Ticket) -> Callable[[], None]:
    def work() -> None:
        with acting(max) as by:
            sending.cancel(ticket, by=by)

    return work


def as_it_stands(max: Membership, gunta: Membership, handover: Handover) -> tuple[str, int, int, int]:
    """Status, moves of the race, insourced tickets, and service sides: what must agree."""
    with acting(max):
        status = Handover.objects.get(pk=handover.pk).status
        moves = Move.objects.filter(handover=handover, name__in=["accepted", "canceled", "expired"]).count()
    with acting(gunta):
        return status, moves, Ticket.objects.count(), ServiceSide.objects.count()


def test_w3_accept_against_cancel(max, gunta, ticket, offered, desk_of_baltic):
    accept, cancel = accepting(gunta, offered, desk_of_baltic), canceling(max, ticket)
    outcomes = at_once(*[accept, cancel] * (THREADS // 2))
    assert outcomes == {"won": 1, "handover_moved_on": THREADS - 1}
    status, moves, tickets, sides = as_it_stands(max, gunta, offered)
    assert moves == 1
    assert (status, tickets, sides) in {("accepted", 1, 1), ("canceled", 0, 0)}


def test_w3_accept_against_expiry(max, gunta, ticket, offered, desk_of_baltic):
    with acting(max):
        soon = timezone.now() + timedelta(seconds=0.4)
        Handover.objects.filter(pk=offered.pk).update(answer_by=soon)
        Timer.objects.filter(kind=sending.EXPIRES).update(due=soon)

    def sweep() -> None:
        while timezone.now() < soon + timedelta(seconds=0.6):
            timers.sweep()

    def accept_in_time() -> None:
        while timezone.now() < soon - timedelta(seconds=0.01):
            pass
        accepting(gunta, offered, desk_of_baltic)()

    outcomes = at_once(*[sweep] * 4, *[accept_in_time] * 4)
    status, moves, tickets, sides = as_it_stands(max, gunta, offered)
    assert moves == 1
    assert (status, tickets, sides) in {("accepted", 1, 1), ("expired", 0, 0)}
    assert outcomes["won"] == 4 + (status == "accepted")
    assert set(outcomes) <= {"won", "offer_expired", "handover_moved_on"}


def test_w3_double_approve_and_recall(pair: Pair):
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()

    def approve() -> None:
        with pair.lead() as by:
            ending.approve(pair.ticket, by=by)

    def recall() -> None:
        with pair.service() as by:
            answering.recall(pair.insourced, by=by)

    outcomes = at_once(*[approve] * (THREADS - 2), *[recall] * 2)
    assert outcomes["won"] == 1, outcomes
    assert set(outcomes) <= {"won", "handover_moved_on", "items_still_arriving"}
    with pair.lead():
        ends = Move.objects.filter(handover=pair.handover, name__in=["completed", "recalled"]).count()
    assert ends == 1
    assert pair.status() in {"complete", "in_progress"}


def test_w3_two_people_accept(max, gunta, ticket, offered, desk_of_baltic):
    outcomes = at_once(*[accepting(gunta, offered, desk_of_baltic)] * THREADS)
    assert outcomes == {"won": 1, "handover_moved_on": THREADS - 1}
    assert as_it_stands(max, gunta, offered) == ("accepted", 1, 1, 1)
    drain()
    with acting(max):
        assert Event.objects.filter(kind="handover.moved", payload__move="accepted").count() == 1
        assert all(lane.has_arrived for lane in Lane.objects.all())


def test_w3_a_proposal_is_answered_once(pair: Pair) -> None:
    """Agreeing and refusing at the same time: one answer, and no version of the terms without its proposal."""
    with pair.service() as by:
        made = proposals.propose(Handover.objects.get(), {"authorised_minutes": 600}, "More.", by=by)

    def answer(agrees: bool) -> Callable[[], None]:
        def work() -> None:
            with pair.lead() as by:
                proposal = Proposal.objects.select_related("handover").get(pk=made.pk)
                proposals.accept(proposal, by=by) if agrees else proposals.refuse(proposal, "No.", by=by)

        return work

    outcomes = at_once(*(answer(number % 2 == 0) for number in range(THREADS)))
    assert outcomes == {"won": 1, "proposal_moved_on": THREADS - 1}
    with pair.lead():
        agreed = Proposal.objects.get().status == "accepted"
        assert Terms.objects.count() == (2 if agreed else 1)
        assert Handover.objects.get().terms_version == (2 if agreed else 1)


def test_w3_a_side_proposes_once_at_a_time(pair: Pair) -> None:
    def work() -> None:
        with pair.service() as by:
            proposals.propose(Handover.objects.get(), {"authorised_minutes": 600}, "More.", by=by)

    assert at_once(*[work] * THREADS) == {"won": 1, "already_proposed": THREADS - 1}
    with pair.lead():
        assert Proposal.objects.count() == 1


def test_w3_extending_against_expiring_has_one_outcome(max: Membership, ticket: Ticket, offered: Handover) -> None:
    """Whoever is first: extended it stays open, expired it is not extended."""
    soon = timezone.now() + timedelta(milliseconds=300)
    with acting(max):
        Handover.objects.update(answer_by=soon)

    def extend() -> None:
        with acting(max) as by:
            sending.extend(ticket, timezone.now() + timedelta(days=2), by=by)

    def expire() -> None:
        time.sleep(0.3)
        with acting(max), transaction.atomic():
            sending.expire(offered.pk)

    outcomes = at_once(extend, expire)
    with acting(max):
        handover = Handover.objects.get()
        if outcomes["offer_expired"] or outcomes["handover_moved_on"]:
            assert handover.status == "expired"
            assert handover.terms_version == 1
        else:
            assert outcomes == {"won": 2}
            assert (handover.status, handover.terms_version) == ("assigned", 2)
