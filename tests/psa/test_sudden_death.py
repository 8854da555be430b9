"""A worker dies after any one statement of its work; whoever comes next finishes it, once (O1)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from psa import leases
from psa.directory.models import Company
from psa.journal import journal
from psa.lanes import delivery, lanes
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.timers import timers
from tests.psa.post import later, send


class Death(BaseException):
    """kill -9: nothing in the program catches it; the database takes back what was not committed."""


@contextmanager
def dying_after(statement: int) -> Iterator[None]:
    """End the work right after its n-th statement. Savepoints are the test's own commits and do not count."""
    numbers = itertools.count(1)

    def wrapper(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        answer = execute(sql, *arguments)
        if "SAVEPOINT" not in sql and next(numbers) == statement:
            raise Death
        return answer

    with connection.execute_wrapper(wrapper):
        yield


def survive(prepare: Callable[[int], None], work: Callable[[], Any], check: Callable[[int], None]) -> None:
    """Let the work die after its first statement, its second … up to its end; finish and check each time."""
    for statement in itertools.count(1):
        prepare(statement)
        try:
            with dying_after(statement):
                work()
            died = False
        except Death:
            died = True
        with later(leases.LEASE.total_seconds() + 1):
            while work():
                pass
        check(statement)
        if not died:
            break
    assert statement > 6, "it was asked to die at every step"


def names(tenant: Any) -> list[str]:
    with scope.tenant(tenant):
        return list(Company.objects.order_by("pk").values_list("name", flat=True))


def test_o1_in_the_middle_of_a_drain(nordlicht, baltic, desk):
    expected: list[str] = []

    def prepare(step: int) -> None:
        with scope.tenant(nordlicht):
            lane = lanes.open_lane(f"{step}", nordlicht.pk, baltic.pk)
        wanted = [f"{step}-{letter}" for letter in "abc"]
        send(lane, *wanted)
        expected.extend(wanted)

    def check(step: int) -> None:
        assert names(baltic) == expected, f"after statement {step}"

    survive(prepare, delivery.drain, check)


@pytest.fixture
def quiet(monkeypatch) -> None:
    monkeypatch.setattr(timers, "_fires", {})
    for registry in ("_subscribers", "_listeners", "_listening"):
        monkeypatch.setattr(journal, registry, {})


def test_o1_in_the_middle_of_a_timer(nordlicht, quiet):
    def ring(subject_id: int) -> None:
        Company.objects.create(name=f"{subject_id}")
        timers.arm("echo", subject_id, timezone.now() - timedelta(seconds=1))

    timers.on("bell", ring)
    timers.on("echo", lambda subject_id: Company.objects.create(name=f"echo of {subject_id}"))

    def prepare(step: int) -> None:
        with scope.tenant(nordlicht):
            timers.arm("bell", step, timezone.now() - timedelta(seconds=1))

    def check(step: int) -> None:
        wanted = [name for number in range(1, step + 1) for name in (f"{number}", f"echo of {number}")]
        assert sorted(names(nordlicht)) == sorted(wanted), f"after statement {step}"

    survive(prepare, timers.sweep, check)


def write_down(entry: Any) -> None:
    Company.objects.create(name=f"heard {entry.data['step']}")


def test_o1_in_the_middle_of_a_listener(nordlicht, quiet):
    journal.afterwards("company.renamed", write_down)

    def prepare(step: int) -> None:
        with scope.tenant(nordlicht), transaction.atomic():
            company = Company.objects.create(name="renamed")
            journal.record(company, "company.renamed", by=Actor.system("test"), step=step)

    def check(step: int) -> None:
        heard = [name for name in names(nordlicht) if name != "renamed"]
        assert heard == [f"heard {number}" for number in range(1, step + 1)], f"after statement {step}"

    survive(prepare, journal.work, check)
