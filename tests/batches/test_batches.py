"""Work too long for a request goes step by step: nothing twice, and nothing for somebody who lost the right."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError

from psa import leases
from psa.batches import batches, kinds
from psa.batches.models import Batch, BatchLine, BatchPiece, BatchState, BatchTurn, LineState
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Role
from tests.conftest import acting
from tests.psa.post import later
from tests.races import race
from tests.tickets.pages import sign_in_english as sign_in

DONE: list[int] = []


class Counting(kinds.LineKind):
    """A kind that writes down which lines it did, and stumbles where a line says so."""

    code, label, icon, capability = "test.counting", "Counting", "hash", "ticket.bulk"

    def each(self, batch: Batch, line: BatchLine, by: Any) -> None:
        match line.data.get("does"):
            case "refuse":
                raise Refused("batch.has_ended")
            case "deny":
                raise Denied("ticket.assign")
            case "stumble":
                raise ValueError("nonsense")
            case "doubt":
                raise IntegrityError("twice")
            case "break":
                raise RuntimeError("the database is away")
        DONE.append(line.position)


class Listing(kinds.SheetKind):
    """A kind that writes three pieces."""

    code, label, capability, sheet = "test.listing", "Listing", "export.csv", "listing"

    def piece(self, batch: Batch, by: Any) -> tuple[str, bool]:
        batch.cursor = (batch.cursor or 0) + 1
        batch.done += 10
        return f"piece {batch.cursor} for {by.name};ā\r\n", batch.cursor < 3


@pytest.fixture(autouse=True)
def test_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", {"test.counting": Counting(), "test.listing": Listing()})
    DONE.clear()


def counting(member: Membership, *does: str) -> Batch:
    with acting(member) as by:
        lines = (BatchLine(data={"does": each}, label=f"line {each}") for each in does)
        return batches.start("test.counting", by=by, lines=lines, params={})


def fresh(batch: Batch) -> Batch:
    with scope.tenant(batch.tenant_id):
        return Batch.objects.get(pk=batch.pk)


def states(batch: Batch) -> list[tuple[str, str]]:
    with scope.tenant(batch.tenant_id):
        return list(BatchLine.objects.filter(batch=batch).order_by("position").values_list("state", "code"))


def test_each_line_has_its_turn_and_its_own_result(max: Membership) -> None:
    batch = counting(max, "", "refuse", "deny", "stumble", "doubt", "")
    assert batches.work() == 1
    assert states(batch) == [
        (LineState.DONE, ""),
        (LineState.REFUSED, "batch.has_ended"),
        (LineState.REFUSED, "denied"),
        (LineState.REFUSED, "batch.line_failed"),
        (LineState.REFUSED, "batch.line_failed"),
        (LineState.DONE, ""),
    ]
    found = fresh(batch)
    assert (found.state, found.total, found.done, found.refused) == (BatchState.DONE, 6, 6, 4)
    assert DONE == [0, 5]
    with scope.tenant(max.tenant_id):
        assert not BatchTurn.objects.exists()
    assert batches.work() == 0


def test_a_worker_that_dies_between_two_lines_leaves_the_rest_to_the_next(max: Membership) -> None:
    batch = counting(max, "", "", "")
    with scope.tenant(max.tenant_id):
        turn = leases.claim(BatchTurn, BatchTurn.objects.get().pk)
        assert batches.step(batch.pk)
    assert turn is not None and DONE == [0]
    assert batches.work() == 0, "somebody has it"
    with later(leases.LEASE.total_seconds() + 1):
        assert batches.work() == 1
    assert DONE == [0, 1, 2]


def test_trouble_of_the_database_is_tried_again_and_given_up_in_words(max: Membership) -> None:
    batch = counting(max, "", "break", "")
    for number in range(6):
        with later(number * 100):
            batches.work()
    found = fresh(batch)
    assert (found.state, found.error, found.done) == (BatchState.FAILED, "batch.gave_up", 1)
    page = sign_in(max).get(f"/nordlicht/background/{batch.pk}/").content.decode()
    assert "tried several times" in page
    assert DONE == [0]


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_a_request_at_once_do_each_line_once(max: Membership) -> None:
    batch = counting(max, *[""] * 12)

    def in_a_request() -> None:
        with scope.tenant(max.tenant_id):
            batches.go_on(batch, budget=5)

    answers = race(batches.work, batches.work, in_a_request)
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    assert sorted(DONE) == list(range(12))
    assert fresh(batch).done == 12


def test_a7_who_lost_the_right_meanwhile_does_nothing_more(max: Membership, ada: Membership) -> None:
    batch = counting(max, "", "")
    with scope.tenant(max.tenant_id):
        batches.step(batch.pk)
        Membership.objects.filter(pk=max.pk).update(role=Role.objects.get(code="read-only"))
    batches.work()
    found = fresh(batch)
    assert (found.state, found.error, found.done) == (BatchState.FAILED, "denied", 1)
    assert DONE == [0]


def test_who_left_meanwhile_does_nothing_more(max: Membership) -> None:
    batch = counting(max, "")
    with scope.tenant(max.tenant_id):
        Membership.objects.filter(pk=max.pk).update(is_active=False)
    batches.work()
    assert fresh(batch).state == BatchState.FAILED and DONE == []


def test_nobody_starts_what_he_may_not_nor_too_much_at_once(max: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    with scope.tenant(max.tenant_id):
        Membership.objects.filter(pk=max.pk).update(role=Role.objects.get(code="read-only"))
    with pytest.raises(Denied):
        counting(as_it_stands(max), "")
    with scope.tenant(max.tenant_id):
        Membership.objects.filter(pk=max.pk).update(role=Role.objects.get(code="administrator"))
    monkeypatch.setattr(batches, "MOST_LINES", 2)
    with pytest.raises(Refused, match=r"batch\.too_long"):
        counting(as_it_stands(max), "", "", "")
    for _ in range(batches.MOST_OPEN):
        counting(max, "")
    with pytest.raises(Refused, match=r"batch\.too_many"):
        counting(max, "")
    with scope.tenant(max.tenant_id):
        assert Batch.objects.count() == batches.MOST_OPEN


def as_it_stands(member: Membership) -> Membership:
    """The member as it stands now."""
    with scope.tenant(member.tenant_id):
        return Membership.objects.select_related("role", "tenant").get(pk=member.pk)


def test_stopping_leaves_what_is_done_and_does_no_more(max: Membership) -> None:
    batch = counting(max, "", "")
    with scope.tenant(max.tenant_id):
        batches.step(batch.pk)
    browser = sign_in(max)
    assert browser.post(f"/nordlicht/background/{batch.pk}/cancel/").status_code == 302
    batches.work()
    assert DONE == [0] and fresh(batch).state == BatchState.CANCELED
    assert browser.post(f"/nordlicht/background/{batch.pk}/cancel/").status_code == 409


def test_a_sheet_comes_in_pieces_and_whole(max: Membership) -> None:
    with acting(max) as by:
        batch = batches.start("test.listing", by=by, total=30, params={})
    browser = sign_in(max)
    assert browser.get(f"/nordlicht/background/{batch.pk}/sheet/").status_code == 404
    batches.work()
    answer = browser.get(f"/nordlicht/background/{batch.pk}/sheet/")
    said = b"".join(answer.streaming_content).decode()
    assert said == "".join(f"piece {n} for {max.name};ā\r\n" for n in (1, 2, 3))
    assert answer["Content-Disposition"].startswith('attachment; filename="listing-')


def test_only_its_starter_and_administrators_see_a_task(max: Membership, ada: Membership, sam: Membership) -> None:
    mine = counting(as_it_stands(ada), "")
    other = counting(max, "")
    browser = sign_in(ada)
    assert browser.get(f"/nordlicht/background/{mine.pk}/").status_code == 200
    for address in ("", "cancel/", "sheet/"):
        method = browser.post if address == "cancel/" else browser.get
        assert method(f"/nordlicht/background/{other.pk}/{address}").status_code == 404
        assert sign_in(sam).get(f"/atlas/background/{other.pk}/{address}").status_code in {404, 405}
    assert sign_in(max).get(f"/nordlicht/background/{mine.pk}/").status_code == 200
    assert fresh(other).state == BatchState.QUEUED


def test_the_head_asks_again_until_it_has_ended(max: Membership) -> None:
    batch = counting(max, "", "refuse")
    browser = sign_in(max)
    head = browser.get(f"/nordlicht/background/{batch.pk}/?part=head").content.decode()
    assert 'hx-trigger="every 2s"' in head and "<html" not in head
    batches.work()
    head = browser.get(f"/nordlicht/background/{batch.pk}/?part=head").content.decode()
    assert "hx-trigger" not in head
    page = browser.get(f"/nordlicht/background/{batch.pk}/?state=refused").content.decode()
    assert "This task has ended already." in page and "line refuse" in page


def test_o8_the_pages_cost_the_same_however_many_lines(max: Membership, django_assert_max_num_queries: Any) -> None:
    batch = counting(max, *[""] * 60)
    browser = sign_in(max)
    for address in ("", f"{batch.pk}/"):
        with django_assert_max_num_queries(12):
            browser.get(f"/nordlicht/background/{address}")


def test_what_ended_a_week_ago_is_thrown_away(max: Membership) -> None:
    with acting(max) as by:
        old = batches.start("test.listing", by=by, total=1, params={})
    batches.work()
    young = counting(max, "")
    with later(batches.KEPT.total_seconds() + 60):
        batches.tidy()
    with scope.tenant(max.tenant_id):
        assert not Batch.objects.filter(pk=old.pk).exists() and not BatchPiece.objects.exists()
        assert Batch.objects.filter(pk=young.pk).exists(), "it has not ended"
