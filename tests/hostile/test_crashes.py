"""kill -9, three times over, and a broker that goes away: changes = effects, none twice, none out of order (O1, O2).

Runs against the chosen stack (TANDEM_STACK); prints its figures.
"""

from __future__ import annotations

import ast
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import stack
from tests.hostile.produce import EFFECTS

pytestmark = pytest.mark.stack

# At least so many; more are made until the last process was killed.
CHANGES = int(os.environ.get("TANDEM_CRASH_CHANGES", "800"))
KILLS = 3


class Redis:
    """A broker of our own, on a port of its own, that keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, stack.free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


@contextmanager
def prepared(folder: Path, **more: str) -> Iterator[stack.Stack]:
    """The chosen stack's database, empty and migrated, with two tenants and their lanes; nothing runs yet."""
    port = stack.free_port()
    env = stack.environment(folder, port, DJANGO_SETTINGS_MODULE="tests.hostile.settings", LOG_LEVEL="ERROR", **more)
    portal = stack.Stack(folder, port, env)
    stack.fresh_database(portal.env)
    portal.run(*inside("prepare()"))
    try:
        yield portal
    finally:
        portal.stop()


def inside(call: str) -> tuple[str, ...]:
    """The command that calls a function of tests/hostile/produce.py inside Django."""
    return ("manage.py", "shell", "-v", "0", "-c", f"from tests.hostile import produce; produce.{call}")


def kill_at_work(portal: stack.Stack, name: str) -> None:
    """kill -9 a process in the middle of its work: not before it was seen to do some."""
    working = portal.folder / f"working-{portal.processes[name].pid}"
    end = time.monotonic() + 60
    while not working.exists():
        assert time.monotonic() < end, f"{name} does nothing: {portal.log()}"
        time.sleep(0.05)
    time.sleep(random.uniform(0.5, 1.5))
    portal.kill(name)


def figures(portal: stack.Stack, seconds: int = 150) -> dict[str, float]:
    """What is there once everything has settled."""
    said = portal.run(*inside(f"settle({seconds})")).strip()
    print(said)
    found: dict[str, float] = ast.literal_eval(said.splitlines()[-1])
    if found["waiting"]:
        print(portal.log()[-20000:])
    return found


def check(found: dict[str, float]) -> None:
    assert found["change"] >= CHANGES
    assert found["processes"] > KILLS, "each that was killed had done something, and somebody went on"
    for kind in ("entries", "events", *EFFECTS):
        assert found[kind] == found["change"], kind
    for wrong in ("waiting", "parked", "twice", "out_of_order", "gaps"):
        assert found[wrong] == 0, wrong


@pytest.mark.skipif(stack.KIND != "production", reason="needs PostgreSQL and real workers: TANDEM_STACK=production")
def test_o1_workers_and_broker_die_and_nothing_is_lost_or_doubled(tmp_path):
    """Two producers, two workers killed three times and started again, Redis away for some seconds."""
    redis = Redis(tmp_path)
    redis.start()
    with prepared(tmp_path, REDIS_URL=f"redis://127.0.0.1:{redis.port}/0") as portal:
        try:
            for name in ("worker1", "worker2"):
                stack.start_worker(portal, name)
            beat = ("-m", "celery", "-A", "psa", "beat", "-l", "ERROR", "-s", str(tmp_path / "beat"))
            portal.start("beat", *beat)
            producers = [portal.start(f"producer{i}", *inside(f"main({CHANGES // 2})")) for i in (1, 2)]
            for kill in range(KILLS):
                name = f"worker{kill % 2 + 1}"
                kill_at_work(portal, name)
                stack.start_worker(portal, name)
                if kill == 0:
                    redis.kill()
                    time.sleep(4)
                    redis.start()
            (tmp_path / "enough").touch()
            assert [producer.wait(240) for producer in producers] == [0, 0], portal.log()
            print((tmp_path / "producer1.log").read_text(), (tmp_path / "producer2.log").read_text())
            check(figures(portal))
        finally:
            portal.stop()
            redis.kill()


@pytest.mark.skipif(stack.KIND != "embedded", reason="the embedded server is not this stack's")
def test_o1_the_one_process_dies_and_nothing_is_lost_or_doubled(tmp_path):
    """Server, producers, worker, beat and broker in one process, which is killed three times and started again."""
    with prepared(tmp_path) as portal:
        command = inside(f"beside_the_server({portal.port}, {CHANGES})")
        for _ in range(KILLS):
            portal.start("web", *command)
            portal.wait()
            kill_at_work(portal, "web")
        portal.start("web", *command)
        portal.wait()
        (tmp_path / "enough").touch()
        check(figures(portal))
