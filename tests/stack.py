"""Real servers for the browser and crash tests: the embedded one, or gunicorn with a Celery worker and beat.

TANDEM_STACK chooses (embedded by default). Processes are stopped by their own handle and nobody else's.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from tests import migrated

ROOT = Path(__file__).resolve().parent.parent
KIND = os.environ.get("TANDEM_STACK", "embedded")
PASSWORD = "a-good-password"
# Two workers of pytest-xdist have a stack each: a database and a number in Redis of its own.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class Stack:
    """A running portal: its address, the environment its processes share, and the processes by name."""

    folder: Path
    port: int
    env: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        """Start one of our processes in a group of its own; what it says goes to <name>.log."""
        log = (self.folder / f"{name}.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
        )
        self.processes[name] = process
        return process

    def kill(self, name: str) -> None:
        """kill -9, the process and its children."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        """Ask every process to end, and end those that do not."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)

    def run(self, *command: str, stdin: str = "", **env: str) -> str:
        """Run a command of ours to its end and give back what it printed."""
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env={**self.env, **env}, input=stdin, text=True, capture_output=True
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
        return done.stdout

    def wait(self, path: str = "/readyz", seconds: float = 60) -> None:
        """Until the portal answers."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise TimeoutError("".join(log.read_text()[-2000:] for log in self.folder.glob("*.log")))

    def log(self) -> str:
        """Everything the processes said."""
        return "\n".join(f"== {log.name}\n{log.read_text()}" for log in sorted(self.folder.glob("*.log")))


def environment(folder: Path, port: int, **more: str) -> dict[str, str]:
    """The environment of the chosen stack, its files under `folder`."""
    kept = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "TANDEM_DEMO"}
    }
    env = kept | {
        "PSA_NO_BOOTSTRAP": "1",
        "DJANGO_SETTINGS_MODULE": "psa.settings",
        "TANDEM_VAR": str(folder),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "only-for-these-tests-and-long-enough-to-be-one-of-its-own",
        "PYTHONUNBUFFERED": "1",
    }
    if KIND == "production":
        env["DATABASE_URL"] = f"{os.environ['TANDEM_STACK_DATABASE_URL']}_{WORKER}"
        env["MIGRATE_DATABASE_URL"] = f"{os.environ['TANDEM_STACK_MIGRATE_DATABASE_URL']}_{WORKER}"
        env["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{WORKER}").geturl()
    return env | more


def fresh_database(env: dict[str, str]) -> None:
    """Give the stack an empty, migrated database. Nobody else may be at work in the last one: another test's worker
    would take rows away from this one's."""
    if KIND == "production":
        owner = env["MIGRATE_DATABASE_URL"]
        name = urlsplit(owner).path.lstrip("/")
        until = time.monotonic() + 20
        while others := migrated.connected(owner, name):
            assert time.monotonic() < until, f"Still connected: {others}"
            time.sleep(0.2)
        migrated.copy_database(owner, name, os.environ.get("TEST_DATABASE_NAME", "test_tandem"))
    else:
        migrated.copy_file(settings.VAR_DIR, Path(env["TANDEM_VAR"], "tandem.sqlite3"))


@contextmanager
def running(folder: Path, **more: str) -> Iterator[Stack]:
    """The chosen stack with an empty, migrated database; stopped at the end."""
    port = free_port()
    stack = Stack(folder, port, environment(folder, port, **more))
    fresh_database(stack.env)
    try:
        if KIND == "production":
            start_web(stack)
            start_worker(stack)
            stack.start("beat", "-m", "celery", "-A", "psa", "beat", "-l", "WARNING", "-s", str(folder / "beat"))
        else:
            stack.start("web", "manage.py", "serve", "--port", str(port))
        stack.wait()
        yield stack
    finally:
        stack.stop()


def start_web(stack: Stack) -> None:
    """gunicorn as in production, on the test's port."""
    stack.start(
        "web", "-m", "gunicorn", "-c", "psa/gunicorn.conf.py", "-b", f"127.0.0.1:{stack.port}", "psa.wsgi:application"
    )


def start_worker(stack: Stack, name: str = "worker") -> None:
    """A real Celery worker."""
    stack.start(
        name, "-m", "celery", "-A", "psa", "worker", "-P", "threads", "-c", "4", "-l", "WARNING", "-n", f"{name}@test",
        "--without-gossip", "--without-mingle",
    )  # fmt: skip
