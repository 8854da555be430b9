"""One process that is everything: waitress in the main thread, a Celery worker and beat beside it, a broker in memory.

For a firm and its trial partners, and for the demo. What is queued and lost with the process stands in the database
and is found again by the next sweep.
"""

import logging
import os
import signal
import socket
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from celery.beat import Scheduler, Service
from celery.exceptions import SecurityWarning
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from waitress.server import create_server

from psa import checks
from psa.celery import app

WEB_THREADS = 8
WORKER_THREADS = 4
SECONDS_TO_STOP = 10

logger = logging.getLogger(__name__)


class CannotListen(Exception):
    """The address is taken or not allowed; the text is the sentence to show."""


def listen(host: str, port: int) -> socket.socket:
    """Take the address before any work is done; visitors who come early wait. Raises CannotListen."""
    if not 0 < port < 65536:
        raise CannotListen(f"{port} is no port number; choose one between 1024 and 65535.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except PermissionError as problem:
        raise CannotListen(f"Port {port} may not be opened by this user; choose one with --port 8001.") from problem
    except OSError as problem:
        raise CannotListen(
            f"Port {port} on {host} is in use already, or not to be had; choose another with --port {port + 1}."
        ) from problem
    return listener


def unapplied_migrations() -> int:
    """How many migrations `migrate` would run; asking is much quicker than running it for nothing."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def serve(listener: socket.socket, announce: Callable[[], None]) -> int:
    """Serve until SIGTERM or SIGINT, then stop worker and beat; gives back the exit code.

    Worker and beat are threads: if one of them dies, so does the process, since a portal that accepts work and does
    none of it is worse than one that is down.
    """
    checks.refuse_unsafe_role()
    _stop_on_signals()
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # WhiteNoise warns of a missing folder
    warnings.simplefilter("ignore", SecurityWarning)  # Celery's to root, about pickled jobs; ours are JSON
    server = create_server(
        get_wsgi_application(),
        sockets=[listener],
        threads=WEB_THREADS,
        ident="",
        clear_untrusted_proxy_headers=not settings.SECURE_PROXY_SSL_HEADER,
    )
    worker = app.Worker(
        pool="threads",
        concurrency=WORKER_THREADS,
        hostname="embedded@localhost",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    clock = Service(app, max_interval=1, scheduler_cls=Scheduler)  # a clock without a file
    beside = [_Beside("celery-worker", worker.start), _Beside("celery-beat", clock.start)]
    try:
        for thread in beside:
            thread.start()
        announce()
        server.run()
    finally:
        deadline = time.monotonic() + SECONDS_TO_STOP
        clock.stop()
        worker.stop()
        for thread in beside:
            thread.join(max(0.0, deadline - time.monotonic()))
        server.close()
    return 1 if any(thread.has_failed for thread in beside) else 0


class _Beside(threading.Thread):
    """A part of the process that runs beside the web server, and takes it along if it fails."""

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        super().__init__(name=name, daemon=True)
        self.part = run
        self.has_failed = False

    def run(self) -> None:
        try:
            self.part()
        except Exception:
            logger.exception("%s stopped", self.name)
            self.has_failed = True
            os.kill(os.getpid(), signal.SIGTERM)


def _stop_on_signals() -> None:
    """Both signals end the main thread's loop; a shell's background process would ignore SIGINT otherwise."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
