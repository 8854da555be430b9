"""Timers: due once, fired once in effect, moved and disarmed up to the last moment (O1, O2)."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from psa import leases
from psa.directory.models import Company
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.timers import timers
from psa.timers.models import Timer
from tests.races import race

REAL = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def bell(monkeypatch):
    """A timer of the kind "bell" leaves a company named after its subject in the tenant's scope."""
    monkeypatch.setattr(timers, "_fires", {})

    def ring(subject_id: int) -> None:
        Company.objects.create(name=str(subject_id))

    timers.on("bell", ring)
    return ring


def rung(tenant) -> list[str]:
    with scope.tenant(tenant):
        return list(Company.objects.order_by("pk").values_list("name", flat=True))


def arm(tenant, subject_id: int = 1, seconds: float = -1, kind: str = "bell") -> None:
    with scope.tenant(tenant):
        timers.arm(kind, subject_id, timezone.now() + timedelta(seconds=seconds))


def row(tenant) -> Timer | None:
    with scope.tenant(tenant):
        return Timer.objects.first()


@time_machine.travel("2026-12-31T22:30:00Z", tick=False)
def test_a_timer_fires_on_its_tenants_own_day(nordlicht, baltic):
    timers.on("day", lambda _subject: Company.objects.create(name=str(timezone.localdate())))
    for tenant in (nordlicht, baltic):
        arm(tenant, kind="day")
    assert timers.sweep() == 2
    assert (rung(nordlicht), rung(baltic)) == (["2026-12-31"], ["2027-01-01"])


def test_a_timer_fires_when_it_is_due_and_not_before(nordlicht):
    arm(nordlicht, seconds=100)
    assert timers.sweep() == 0
    with time_machine.travel(timezone.now() + timedelta(seconds=101), tick=True):
        assert timers.sweep() == 1
        assert timers.sweep() == 0
    assert rung(nordlicht) == ["1"]
    assert row(nordlicht) is None


def test_o2_after_three_days_without_a_worker_it_fires_once(nordlicht):
    arm(nordlicht, seconds=1)
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=True):
        assert timers.sweep() == 1
        assert timers.sweep() == 0
    assert rung(nordlicht) == ["1"]


def test_arming_again_moves_it(nordlicht):
    arm(nordlicht, seconds=-1)
    arm(nordlicht, seconds=100)
    assert timers.sweep() == 0
    with scope.tenant(nordlicht):
        assert Timer.objects.count() == 1


def test_a_disarmed_timer_does_not_fire(nordlicht):
    arm(nordlicht)
    with scope.tenant(nordlicht):
        timers.disarm(1, "bell", "other")
    assert timers.sweep() == 0
    assert rung(nordlicht) == []


def test_a_timer_belongs_to_its_tenant(nordlicht, baltic):
    arm(nordlicht)
    arm(baltic, seconds=100)
    with scope.tenant(baltic):
        timers.disarm(1, "bell")
    assert timers.sweep() == 1
    assert (rung(nordlicht), rung(baltic)) == (["1"], [])


def test_what_is_rolled_back_was_not_armed(nordlicht):
    with pytest.raises(KeyError), transaction.atomic():
        arm(nordlicht)
        raise KeyError
    assert timers.sweep() == 0


def test_a_handler_may_arm_its_own_timer_anew(nordlicht, bell):
    def daily(subject_id: int) -> None:
        bell(subject_id)
        timers.arm("bell", subject_id, timezone.now() + timedelta(days=1))

    timers.on("bell", daily)
    arm(nordlicht)
    assert timers.sweep() == 1
    assert (row(nordlicht).leased_until, row(nordlicht).attempts) == (None, 0)
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1), tick=True):
        assert timers.sweep() == 1
    assert rung(nordlicht) == ["1", "1"]


def test_a_handler_may_disarm_its_own_timer(nordlicht, bell):
    def last(subject_id: int) -> None:
        bell(subject_id)
        timers.disarm(subject_id, "bell")

    timers.on("bell", last)
    arm(nordlicht)
    assert timers.sweep() == 1
    assert (rung(nordlicht), row(nordlicht)) == (["1"], None)


def test_a_handler_that_takes_its_arming_back_has_fired_once(nordlicht, bell):
    def wavering(subject_id: int) -> None:
        bell(subject_id)
        try:
            with transaction.atomic():
                timers.arm("bell", subject_id, timezone.now() + timedelta(days=1))
                raise Refused("after_all_not")
        except Refused:
            pass

    timers.on("bell", wavering)
    arm(nordlicht)
    assert timers.sweep() == 1
    assert row(nordlicht) is None


def test_a_failing_handler_leaves_nothing_backs_off_and_is_parked(nordlicht, bell):
    def broken(subject_id: int) -> None:
        bell(subject_id)
        raise leases.Temporary("not_now")

    timers.on("bell", broken)
    arm(nordlicht)
    pauses = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(20):
            timers.sweep()
            if (timer := row(nordlicht)).is_parked:
                break
            pauses.append(round((timer.due - timezone.now()).total_seconds()))
            clock.move_to(timer.due)
    assert pauses == [1, 2, 4, 8, 16, 32, 64]
    assert (timer.is_parked, timer.due, timer.error) == (True, None, "not_now")
    assert rung(nordlicht) == []
    arm(nordlicht)
    assert not row(nordlicht).is_parked


def test_one_tenants_failure_does_not_delay_another(nordlicht, baltic, bell):
    def picky(subject_id: int) -> None:
        if scope.tenant_id() == nordlicht.pk:
            raise KeyError("broken")
        bell(subject_id)

    timers.on("bell", picky)
    for subject in range(60):
        arm(nordlicht, subject, seconds=-100)
    arm(baltic)
    for _ in range(5):  # a sweep has five seconds, however slow the machine is
        timers.sweep()
    assert rung(baltic) == ["1"]


def test_o3_a_kind_from_tomorrow_waits_without_an_attempt(nordlicht, bell):
    arm(nordlicht, kind="tomorrow")
    for _ in range(leases.Leased.tries + 1):
        with scope.tenant(nordlicht):
            Timer.objects.update(due=timezone.now())
        timers.sweep()
    timer = row(nordlicht)
    assert (timer.is_parked, timer.attempts, timer.error) == (False, 0, "not_yet")
    timers.on("tomorrow", bell)
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=True):
        assert timers.sweep() == 1


@pytest.mark.parametrize("meanwhile", ["moved", "disarmed", "fired by another", "taken by another"])
def test_o1_a_stalled_sweep_leaves_nothing(nordlicht, meanwhile):
    arm(nordlicht)
    stalled = leases.claim(Timer, row(nordlicht).pk)
    with time_machine.travel(timezone.now() + leases.LEASE * 2, tick=True):
        if meanwhile == "moved":
            arm(nordlicht, seconds=100)
        elif meanwhile == "disarmed":
            with scope.tenant(nordlicht):
                timers.disarm(1, "bell")
        elif meanwhile == "fired by another":
            assert timers.sweep() == 1
        else:
            assert leases.claim(Timer, stalled.pk) is not None
        before, heard = row(nordlicht), rung(nordlicht)
        with scope.tenant(nordlicht), pytest.raises(leases.Overtaken):
            timers._fire(stalled)
        with scope.tenant(nordlicht):
            leases.postpone(stalled, KeyError())
    assert rung(nordlicht) == heard
    after = row(nordlicht)
    assert before == after and (after is None or (before.due, before.leased_until) == (after.due, after.leased_until))


@REAL
def test_o2_four_sweepers_fire_each_timer_once(nordlicht, baltic):
    for subject in range(40):
        arm(nordlicht, subject)
        arm(baltic, subject)
    race(*[timers.sweep] * 4)
    assert sorted(rung(nordlicht), key=int) == sorted(rung(baltic), key=int) == [str(i) for i in range(40)]


@REAL
def test_moving_the_subject_and_firing_do_not_deadlock(nordlicht, bell):
    """A mover locks the subject and then its timer; so does the handler."""
    with scope.tenant(nordlicht):
        subject = Company.objects.create(name="subject")

    def lock_subject() -> None:
        Company.objects.select_for_update(of=("self",), no_key=True).get(pk=subject.pk)

    def fire(subject_id: int) -> None:
        lock_subject()
        bell(subject_id)

    timers.on("bell", fire)
    stop = threading.Event()

    def mover() -> int:
        moves = 0
        with scope.tenant(nordlicht):
            while not stop.is_set():
                with transaction.atomic():
                    lock_subject()
                    timers.arm("bell", subject.pk, timezone.now() - timedelta(seconds=moves % 2))
                moves += 1
        return moves

    def sweeper() -> int:
        fired, end = 0, time.monotonic() + 2
        while time.monotonic() < end:
            fired += timers.sweep()
        stop.set()
        return fired

    moves, fired = race(mover, sweeper)
    assert isinstance(moves, int) and isinstance(fired, int)
    assert len(rung(nordlicht)) - 1 == fired <= moves
    assert connection.vendor == "sqlite" or fired > 0
