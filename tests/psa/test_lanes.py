"""Lanes: in the order of the commits, each once in effect, and no lane's trouble is another's (S1, S3, S8, O1, O3)."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from psa import leases
from psa.directory.models import Company, Contact
from psa.lanes import delivery, lanes
from psa.lanes.models import Event, Lane
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Tenant
from tests.psa.post import later, send, state
from tests.races import race

REAL = pytest.mark.django_db(transaction=True)


def ledger(lane: Lane) -> list[tuple[int, str, str]]:
    with scope.tenant(lane.source_id):
        return list(Event.objects.filter(lane=lane).order_by("seq").values_list("seq", "outcome", "reason"))


# Sending ----------------------------------------------------------------------------------------------------------


@REAL
def test_an_event_leaves_in_a_transaction_only(lane):
    with scope.tenant(lane.source_id), pytest.raises(RuntimeError):
        lanes.emit(lane, "note", {})


def test_what_is_rolled_back_leaves_no_gap(lane, desk):
    send(lane, "a")
    with scope.tenant(lane.source_id), pytest.raises(KeyError), transaction.atomic():
        lanes.emit(lane, "note", {"name": "never"})
        raise KeyError
    send(lane, "b")
    assert [seq for seq, *_ in ledger(lane)] == [1, 2]
    assert delivery.drain() == 2
    assert desk.names(lane.target_id) == ["a", "b"]


def test_an_unused_lane_is_not_due(lane, desk):
    assert delivery.drain() == 0
    send(lane, "a")
    delivery.drain()
    assert state(lane).due is None


@REAL
def test_the_order_of_numbers_is_the_order_of_commits(lane, desk):
    """The second author has to wait for the first one's commit, so it gets the later number."""
    first_has_number, done = threading.Event(), threading.Event()

    def slow():
        with scope.tenant(lane.source_id), transaction.atomic():
            lanes.emit(lane, "note", {"name": "slow"})
            first_has_number.set()
            assert not done.wait(0.3), "The second author did not wait."

    def quick():
        assert first_has_number.wait(10)
        send(lane, "quick")
        done.set()

    assert race(slow, quick) == [None, None]
    delivery.drain()
    assert desk.names(lane.target_id) == ["slow", "quick"]


@REAL
def test_eight_authors_leave_no_gap_and_no_double(lane, desk):
    def author(number):
        return lambda: send(lane, *(f"{number}-{i}" for i in range(10)))

    race(*(author(number) for number in range(8)))
    assert [seq for seq, *_ in ledger(lane)] == list(range(1, 81))
    assert delivery.drain() == 80
    names = desk.names(lane.target_id)
    assert sorted(names) == sorted(f"{number}-{i}" for number in range(8) for i in range(10))
    for number in range(8):
        assert [name for name in names if name.startswith(f"{number}-")] == [f"{number}-{i}" for i in range(10)]


def test_a_closed_tap_lets_moves_through_and_items_not(lane, desk):
    with scope.tenant(lane.source_id):
        lanes.close_tap(lane)
    with pytest.raises(lanes.LaneClosed):
        send(lane, "held")
    send(lane, "submitted", move=True)
    delivery.drain()
    assert desk.names(lane.target_id) == ["submitted"]
    with scope.tenant(lane.source_id):
        lanes.open_tap(lane)
    send(lane, "after")
    delivery.drain()
    assert desk.names(lane.target_id) == ["submitted", "after"]
    assert state(lane).last_seq == 2


def test_what_is_in_the_pipe_when_the_tap_closes_still_arrives(lane, desk):
    send(lane, "a", "b")
    with scope.tenant(lane.source_id):
        lanes.close_tap(lane)
    assert not state(lane).has_arrived
    assert delivery.drain() == 2
    assert state(lane).has_arrived


@pytest.mark.parametrize("who", ["baltic", "atlas"])
def test_s1_only_the_source_sends(lane, who, request):
    other = request.getfixturevalue(who)
    with scope.tenant(other), pytest.raises(scope.WrongScope):
        lanes.emit(lane, "note", {"name": "forged"})
    with scope.tenant(other), pytest.raises((scope.WrongScope, IntegrityError)), transaction.atomic():
        Event.objects.create(lane=lane, source_id=lane.source_id, target_id=lane.target_id, seq=1, kind="note")
    assert ledger(lane) == []


def test_s1_a_forged_event_cannot_name_other_parties_than_its_lane(lane, atlas):
    with scope.tenant(atlas), pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.create(lane=lane, source_id=atlas.pk, target_id=lane.target_id, seq=1, kind="note")
        with connection.cursor() as cursor:
            check_references(cursor)
    assert ledger(lane) == []


def check_references(cursor) -> None:
    """Have the database look at deferred references now."""
    if connection.vendor == "postgresql":
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    else:
        connection.check_constraints()


# Arriving ---------------------------------------------------------------------------------------------------------


def test_s1_an_event_takes_effect_once_however_often_it_is_drained(lane, desk):
    send(lane, *"abc")
    assert delivery.drain() == 3
    assert delivery.drain() == 0
    with scope.tenant(lane.target_id):
        Lane.objects.filter(pk=lane.pk).update(due=timezone.now())
    assert delivery.drain() == 0
    assert desk.names(lane.target_id) == ["a", "b", "c"]
    assert desk.calls == {"a": 1, "b": 1, "c": 1}


@time_machine.travel("2026-12-31T22:30:00Z", tick=False)
def test_an_event_arrives_on_its_receivers_own_day(lane, desk):
    delivery.on("day", lambda _event: Company.objects.create(name=str(timezone.localdate())))
    send(lane, "in Berlin it is still the old year", kind="day")
    assert delivery.drain() == 1
    with scope.tenant(lane.target_id):
        assert Company.objects.get().name == "2027-01-01", "Riga's"


def test_ten_share_a_commit_and_after_an_error_each_has_its_own(lane, desk, django_assert_max_num_queries):
    send(lane, *(f"{i:02}" for i in range(10)))
    desk.trouble["07"] = KeyError("poison")
    assert delivery.drain() == 7
    assert desk.names(lane.target_id) == [f"{i:02}" for i in range(7)]
    assert desk.calls["00"] == 2, "first together, then alone"
    assert desk.calls["09"] == 0


def test_s3_a_poison_event_holds_its_own_lane_only(lane, desk, nordlicht, baltic, atlas):
    with scope.tenant(nordlicht):
        others = [lanes.open_lane(f"handover:{i}", nordlicht.pk, t.pk) for i, t in ((2, baltic), (3, atlas))]
    desk.trouble["poison"] = KeyError()
    send(lane, "poison", "behind")
    for other in others:
        send(other, f"lane {other.pk}")
    delivery.drain()
    assert desk.names(baltic) == [f"lane {others[0].pk}"]
    assert desk.names(atlas) == [f"lane {others[1].pk}"]
    assert state(lane).applied_seq == 0


def test_a_failing_event_is_tried_again_after_growing_pauses_and_then_parked(lane, desk):
    desk.trouble["bad"] = leases.Temporary("no_such_queue")
    send(lane, "good", "bad")
    pauses = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(20):
            delivery.drain()
            if (row := state(lane)).is_parked:
                break
            assert row.error == "no_such_queue"
            pauses.append(round((row.due - timezone.now()).total_seconds()))
            clock.move_to(row.due)
    assert pauses == [1, 2, 4, 8, 16, 32, 64]
    assert (row.is_parked, row.due, row.attempts) == (True, None, 8)
    assert desk.names(lane.target_id) == ["good"]


def test_a_parked_lane_takes_more_but_moves_only_after_a_retry(lane, desk):
    desk.trouble["bad"] = leases.Permanent("payload_broken")
    send(lane, "bad")
    delivery.drain()
    assert state(lane).is_parked and state(lane).error == "payload_broken"
    send(lane, "more")
    assert delivery.drain() == 0
    del desk.trouble["bad"]
    with scope.tenant(lane.target_id):
        lanes.retry(lane)
    assert delivery.drain() == 2
    assert desk.names(lane.target_id) == ["bad", "more"]
    assert (state(lane).error, state(lane).parked_at) == ("", None)


def test_a_stranger_retries_nothing(lane, desk, atlas):
    desk.trouble["bad"] = leases.Permanent("payload_broken")
    send(lane, "bad")
    delivery.drain()
    with scope.tenant(atlas):
        lanes.retry(lane)
    assert state(lane).is_parked


def test_the_sender_skips_with_a_reason_and_the_rest_arrives(lane, desk):
    desk.trouble["bad"] = leases.Permanent("payload_broken")
    send(lane, "bad", "behind")
    with scope.tenant(lane.source_id):
        assert lanes.skip(lane, "not hanging") is None
    delivery.drain()
    with scope.tenant(lane.target_id), pytest.raises(scope.WrongScope):
        lanes.skip(lane, "the receiver may not")
    with scope.tenant(lane.source_id):
        assert lanes.skip(lane, "sent by mistake").outcome == "skipped"
    assert delivery.drain() == 1
    assert desk.names(lane.target_id) == ["behind"]
    assert ledger(lane) == [(1, "skipped", "sent by mistake"), (2, "applied", "")]
    assert state(lane).has_arrived


def test_s9_a_refusal_is_a_receipt_and_leaves_nothing(lane, desk):
    desk.trouble["no"] = Refused("ticket_closed")
    send(lane, "a", "no", "b")
    assert delivery.drain() == 3
    assert desk.names(lane.target_id) == ["a", "b"]
    assert ledger(lane)[1] == (2, "refused", "ticket_closed")


@pytest.mark.parametrize("unknown", [{"kind": "invented.tomorrow"}, {"version": 2}])
def test_o3_what_this_worker_does_not_know_waits_without_an_attempt(lane, desk, unknown):
    send(lane, "before")
    send(lane, "from tomorrow", **unknown)
    send(lane, "behind")
    assert delivery.drain() == 1, "what stands before it arrives"
    row = state(lane)
    assert (row.attempts, row.error, row.is_parked, row.leased_until) == (0, "not_yet", False, None)
    assert timedelta(seconds=20) < row.due - timezone.now() < timedelta(seconds=40)
    for _ in range(leases.Leased.tries * 2):
        with scope.tenant(lane.source_id):
            Lane.objects.filter(pk=lane.pk).update(due=timezone.now())
        delivery.drain()
    assert not state(lane).is_parked
    delivery.on("note", desk, version=2, upcast=lambda payload, version: payload)
    delivery.on("invented.tomorrow", desk)
    with later(60):
        assert delivery.drain() == 2
    assert desk.names(lane.target_id) == ["before", "from tomorrow", "behind"]


def test_o3_a_new_worker_reads_the_version_before(lane, desk):
    send(lane, "old")
    delivery.on("note", desk, version=2, upcast=lambda payload, version: {"name": f"{payload['name']} v{version}"})
    delivery.drain()
    assert desk.names(lane.target_id) == ["old v1"]
    with scope.tenant(lane.source_id):
        assert Event.objects.get().payload == {"name": "old"}, "the ledger keeps what was sent"


def test_a_version_without_an_upcast_parks(lane, desk):
    send(lane, "old")
    delivery.on("note", desk, version=2)
    delivery.drain()
    assert state(lane).is_parked and state(lane).error == "no_upcast"


def test_a_withdrawn_item_arrives_empty_and_without_effect(lane, desk):
    item = uuid.uuid4()
    send(lane, "secret", item=item)
    send(lane, "kept", item=uuid.uuid4())
    with scope.tenant(lane.target_id):
        assert lanes.empty(lane, item) == 0, "the receiver withdraws nothing"
    with scope.tenant(lane.source_id):
        assert lanes.empty(lane, item) == 1
    assert delivery.drain() == 2
    assert desk.names(lane.target_id) == ["kept"]
    with scope.tenant(lane.source_id):
        assert Event.objects.get(item=item).payload == {}
        assert lanes.empty(lane, item) == 0, "what has arrived is not emptied"


def test_an_effect_runs_in_the_receivers_scope(lane, monkeypatch):
    seen = []
    monkeypatch.setattr(delivery, "_handlers", {})
    delivery.on("note", lambda event: seen.append(scope.current()))
    send(lane, "a")
    delivery.drain()
    assert seen == [lane.target_id]
    assert scope.current() is None


def test_an_effect_that_breaks_the_tenants_border_is_undone_whole(lane, desk, nordlicht):
    """The reference is checked at the commit, after every effect of the batch went well."""
    with scope.tenant(nordlicht):
        foreign = Company.objects.create(name="ours")

    def smuggle(event):
        desk(event)
        if event.payload["name"] == "bad":
            Contact.objects.create(name="x", company_id=foreign.pk)
            with connection.cursor() as cursor:
                check_references(cursor)

    delivery.on("note", smuggle)
    send(lane, "good", "bad")
    delivery.drain()
    assert desk.names(lane.target_id) == ["good"]
    assert state(lane).error == "IntegrityError"


def test_nothing_is_brought_to_a_suspended_tenant(lane, desk, baltic):
    send(lane, "a")
    with scope.platform("test: suspend"):
        Tenant.objects.filter(pk=baltic.pk).update(suspended_at=timezone.now())
    assert delivery.drain() == 0
    assert state(lane).attempts == 0
    with scope.platform("test: resume"):
        Tenant.objects.filter(pk=baltic.pk).update(suspended_at=None)
    assert delivery.drain() == 1


def test_an_event_sent_while_the_lane_is_drained_is_due_at_once(lane, desk):
    send(lane, "a")
    claimed = leases.claim(Lane, lane.pk)
    with scope.tenant(lane.target_id):
        delivery._apply_next(claimed, 10)
    send(lane, "b")
    with scope.tenant(lane.target_id):
        delivery._release(claimed)
    assert delivery.drain() == 1
    assert desk.names(lane.target_id) == ["a", "b"]


@REAL
def test_four_drains_at_once_apply_everything_once_and_in_order(lane, desk, nordlicht, baltic):
    with scope.tenant(nordlicht):
        all_lanes = [lane, *(lanes.open_lane(f"h:{i}", nordlicht.pk, baltic.pk) for i in range(5))]
    for i in range(30):
        for each in all_lanes:
            send(each, f"{each.pk}-{i}")
    settled = race(*[delivery.drain] * 4)
    while more := delivery.drain():
        settled.append(more)
    assert sum(settled) == 180
    names = desk.names(baltic)
    for each in all_lanes:
        assert [name for name in names if name.startswith(f"{each.pk}-")] == [f"{each.pk}-{i}" for i in range(30)]


def test_s8_a_thousand_lanes_share_the_worker_fairly(desk, nordlicht, baltic, atlas):
    """One tenant's backlog of ten thousand does not delay a thousand others by more than its turn."""
    with scope.tenant(nordlicht):
        full = lanes.open_lane("full", nordlicht.pk, baltic.pk)
        Event.objects.bulk_create(
            Event(lane=full, source_id=nordlicht.pk, target_id=baltic.pk, seq=i, kind="note", payload={"name": f"x{i}"})
            for i in range(1, 1001)
        )
        Lane.objects.filter(pk=full.pk).update(last_seq=1000, due=timezone.now() - timedelta(hours=1))
    with scope.tenant(atlas):
        few = [lanes.open_lane(f"few:{i}", atlas.pk, baltic.pk) for i in range(100)]
        for each in few:
            with transaction.atomic():
                lanes.emit(each, "note", {"name": f"few {each.pk}"})
    order = []
    delivery.on("note", lambda event: order.append(event.lane_id))
    while delivery.drain(budget=60):
        pass
    assert len(order) == 1100
    last_of_the_few = max(order.index(each.pk) for each in few)
    assert order[: last_of_the_few + 1].count(full.pk) <= 2 * delivery.PER_CLAIM
    assert state(full).has_arrived
