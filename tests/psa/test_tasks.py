"""Jobs: each inside its tenant, one after another in one worker, none leaving anything behind (A11, O2)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
import time_machine
from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.utils import timezone
from kombu.exceptions import OperationalError

from psa import nudge as nudging
from psa.directory.models import Company
from psa.nudge import Nudge
from psa.tenancy import scope
from psa.tenancy.tasks import TenantTask
from tests.conftest import needs_postgres

seen: list[object] = []


@pytest.fixture
def app() -> Celery:
    seen.clear()
    app = Celery("test", set_as_current=False)
    app.conf.update(
        broker_url="memory://", task_ignore_result=True, broker_transport_options={"polling_interval": 0.01}
    )

    @app.task(name="count", base=TenantTask)
    def count(word: str) -> None:
        seen.append((word, scope.current(), list(Company.objects.values_list("name", flat=True))))

    @app.task(name="fail", base=TenantTask)
    def fail() -> None:
        seen.append(scope.current())
        raise KeyError

    @app.task(name="outside")
    def outside() -> None:
        seen.append(scope.current())

    return app


@pytest.fixture
def worker(app, transactional_db) -> Iterator[Celery]:
    """A real worker with one thread, so that its jobs run in the same one."""
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=20):
        yield app


def wait_for(number: int) -> None:
    end = time.monotonic() + 20
    while len(seen) < number:
        assert time.monotonic() < end, seen
        time.sleep(0.02)


@needs_postgres
def test_a11_a_worker_running_as_job_then_bs_leaks_no_scope(worker, nordlicht, baltic):
    for tenant in (nordlicht, baltic):
        with scope.tenant(tenant):
            Company.objects.create(name=f"customer of {tenant.slug}")
    jobs = worker.tasks
    jobs["count"].delay("a", tenant_id=nordlicht.pk)
    jobs["count"].delay("b", tenant_id=baltic.pk)
    jobs["fail"].delay(tenant_id=nordlicht.pk)
    jobs["outside"].delay()
    jobs["count"].delay("c", tenant_id=baltic.pk)
    wait_for(5)
    assert seen == [
        ("a", nordlicht.pk, ["customer of nordlicht"]),
        ("b", baltic.pk, ["customer of baltic"]),
        nordlicht.pk,
        None,
        ("c", baltic.pk, ["customer of baltic"]),
    ]


def test_a_tenants_job_cannot_run_without_one(app, nordlicht):
    with pytest.raises(TypeError):
        app.tasks["count"]("a")
    assert seen == []
    with scope.tenant(nordlicht):
        Company.objects.create(name="ours")
    app.tasks["count"]("a", tenant_id=nordlicht.pk)
    assert seen == [("a", nordlicht.pk, ["ours"])]
    assert scope.current() is None


@time_machine.travel("2026-12-31T22:30:00Z", tick=False)
def test_a_job_works_on_its_tenants_own_day(app, nordlicht, baltic):
    @app.task(base=TenantTask)
    def day() -> None:
        seen.append(str(timezone.localdate()))

    for tenant in (nordlicht, baltic):
        day(tenant_id=tenant.pk)
    assert seen == ["2026-12-31", "2027-01-01"], "in Berlin the year lasts an hour longer than in Riga"
    assert timezone.get_current_timezone_name() == "UTC"


# Nudges -----------------------------------------------------------------------------------------------------------


class Broker:
    """Stands for Celery: counts what is sent, or does not answer until it is let go. What the product's own nudges of
    an earlier test still send is not counted."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.tries = 0
        self.is_down = False
        self.hangs = threading.Event()
        self.hangs.set()

    def send_task(self, name: str, **options: object) -> None:
        if name != "nudged":
            return
        self.tries += 1
        assert options["retry"] is False
        self.hangs.wait(10)
        if self.is_down:
            raise OperationalError("refused")
        self.sent.append(name)


@pytest.fixture
def broker(monkeypatch) -> Broker:
    broker = Broker()
    monkeypatch.setattr(nudging, "current_app", broker)
    return broker


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_nudge_goes_out_at_once(broker):
    Nudge("nudged").now()
    until(lambda: broker.sent == ["nudged"])


def test_many_nudges_at_once_are_few(broker):
    nudge = Nudge("nudged")
    threads = [threading.Thread(target=lambda: [nudge.now() for _ in range(50)]) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(nudging.WINDOW * 3)
    assert 1 <= len(broker.sent) <= 4


def test_what_comes_within_the_window_is_nudged_at_its_end(broker):
    nudge = Nudge("nudged")
    nudge.now()
    until(lambda: len(broker.sent) == 1)
    nudge.now()
    assert len(broker.sent) == 1
    until(lambda: len(broker.sent) == 2)


def test_nobody_waits_for_a_broker_that_hangs(broker):
    broker.hangs.clear()
    nudge = Nudge("nudged")
    begun = time.monotonic()
    for _ in range(20):
        nudge.now()
    assert time.monotonic() - begun < 0.2
    until(lambda: broker.tries == 1)
    broker.hangs.set()
    until(lambda: len(broker.sent) >= 1)


def test_a_broker_that_is_down_is_left_alone_for_a_while(broker, monkeypatch):
    pauses, five_seconds = [], threading.Event()

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if seconds == nudging.BREAK:
            five_seconds.wait(10)

    monkeypatch.setattr(nudging, "time", SimpleNamespace(sleep=sleep))
    broker.is_down = True
    nudge = Nudge("nudged")
    nudge.now()
    until(lambda: pauses == [nudging.BREAK])
    for _ in range(20):
        nudge.now()
    assert broker.tries == 1
    broker.is_down = False
    five_seconds.set()
    until(lambda: broker.sent == ["nudged"])


def test_no_nudge_before_the_commit(broker, django_capture_on_commit_callbacks, db):
    nudge = Nudge("nudged")
    with django_capture_on_commit_callbacks(execute=True):
        nudge.on_commit()
        time.sleep(nudging.WINDOW)
        assert broker.sent == []
    until(lambda: broker.sent == ["nudged"])
