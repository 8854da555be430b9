"""A lease is committed before the work and worth nothing after it ran out (O1)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from psa import leases
from psa.lanes import delivery
from psa.lanes.models import Lane
from psa.tenancy import scope
from tests.psa.post import later, send, state
from tests.races import race


def test_a_leased_lane_is_left_alone_until_the_lease_runs_out(lane, desk):
    send(lane, "a")
    assert leases.claim(Lane, lane.pk) is not None
    assert leases.claim(Lane, lane.pk) is None
    assert delivery.drain() == 0
    with later(leases.LEASE.total_seconds() + 1):
        assert delivery.drain() == 1
    assert desk.names(lane.target_id) == ["a"]


@pytest.mark.parametrize("the_other", ["has taken it", "has done it", "failed and parked it"])
def test_o1_a_stalled_workers_late_transaction_leaves_nothing(lane, desk, the_other):
    send(lane, "a")
    stalled = leases.claim(Lane, lane.pk)
    with later(leases.LEASE.total_seconds() + 1):
        second = leases.claim(Lane, lane.pk)
        with scope.tenant(lane.target_id):
            if the_other == "has done it":
                assert delivery._run(second) == 1
            elif the_other == "failed and parked it":
                leases.postpone(second, leases.Permanent("broken"))
            before, arrived = state(lane), desk.names(lane.target_id)
            assert delivery._run(stalled) == 0
            leases.postpone(stalled, KeyError())
            delivery._release(stalled)
        for name in ("due", "leased_until", "attempts", "parked_at", "error", "applied_seq"):
            assert getattr(state(lane), name) == getattr(before, name), name
        assert desk.names(lane.target_id) == arrived


def test_a_worker_that_was_only_slow_finishes_if_nobody_came(lane, desk):
    send(lane, "a")
    slow = leases.claim(Lane, lane.pk)
    with later(leases.LEASE.total_seconds() + 5), scope.tenant(lane.target_id):
        assert delivery._run(slow) == 1
    assert state(lane).leased_until is None


@pytest.mark.django_db(transaction=True)
def test_o1_overtaken_in_the_middle_of_an_effect(lane, desk):
    """The stalled worker sits inside its transaction while another does the work: one effect remains."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer: nobody can come in between.")
    send(lane, "a")
    inside, go_on = threading.Event(), threading.Event()

    def effect(event):
        desk(event)
        if threading.current_thread().name == "stalled":
            inside.set()
            assert go_on.wait(20)

    delivery.on("note", effect)
    claimed = leases.claim(Lane, lane.pk)

    def stalled():
        threading.current_thread().name = "stalled"
        with scope.tenant(lane.target_id):
            return delivery._run(claimed)

    def other():
        assert inside.wait(20)
        with scope.tenant(lane.target_id):
            Lane.objects.filter(pk=lane.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
        try:
            return delivery.drain()
        finally:
            go_on.set()

    assert race(stalled, other) == [0, 1]
    assert desk.names(lane.target_id) == ["a"]
    assert desk.calls["a"] == 2


def test_a_lane_whose_workers_die_is_parked_in_the_end(lane, desk):
    send(lane, "killer")
    for _ in range(leases.Leased.tries):
        assert leases.claim(Lane, lane.pk) is not None, "and then the worker is gone"
        with scope.tenant(lane.target_id):
            Lane.objects.filter(pk=lane.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert delivery.drain() == 0
    assert state(lane).is_parked and state(lane).error == "worker_lost"
    assert not desk.calls


def test_a_lease_is_prolonged_by_its_holder_only(lane, desk):
    send(lane, "a")
    holder = leases.claim(Lane, lane.pk)
    with scope.tenant(lane.target_id):
        leases.hold(holder, timedelta(minutes=5))
        assert state(lane).leased_until == holder.leased_until > timezone.now() + timedelta(minutes=4)
        Lane.objects.filter(pk=lane.pk).update(leased_until=timezone.now() + timedelta(seconds=5))
        with pytest.raises(leases.Overtaken):
            leases.hold(holder)


def test_an_unexpected_errors_words_are_not_stored(lane, desk):
    desk.trouble["a"] = KeyError("customer's secret")
    send(lane, "a")
    delivery.drain()
    assert state(lane).error == "KeyError"


@pytest.mark.django_db(transaction=True)
def test_of_eight_claims_at_once_one_wins(lane, desk):
    send(lane, "a")
    claimed = race(*[lambda: leases.claim(Lane, lane.pk)] * 8)
    assert len([one for one in claimed if one is not None]) == 1
    assert state(lane).attempts == 1
