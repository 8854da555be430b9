"""`python3 manage.py demo`: Tandem to look at, with four companies in it, from one command."""

import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connections

from demo import build
from psa import embedded
from psa.web import locale


class Command(BaseCommand):
    help = "Start a demo of Tandem on this machine, in files of its own; the second start takes seconds."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
        parser.add_argument("--reset", action="store_true", help="throw the demo's data away and start afresh")

    def handle(self, *args: Any, port: int, reset: bool, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo is started with python3 manage.py demo, from the project's own folder.")
        try:
            listener = embedded.listen("127.0.0.1", port)
        except embedded.CannotListen as sentence:
            sys.exit(str(sentence))
        locale.compile_catalogs()
        try:
            self.prepare(reset)
        except KeyboardInterrupt:
            raise CommandError("Stopped while preparing the demo; the next start begins afresh.") from None
        code = embedded.serve(listener, lambda: self.welcome(port))
        if code:
            raise CommandError("The worker inside the server stopped; the log says why.", returncode=code)

    def prepare(self, reset: bool) -> None:
        """An up-to-date database with the whole demo in it. The build is one transaction: there is no half of it."""
        if reset:
            self.tell("Throwing the old demo away …")
            forget_the_demo()
        self.migrate()
        if not build.is_built():
            build.build(progress=self.tell)

    def migrate(self) -> None:
        if count := embedded.unapplied_migrations():
            self.tell(f"Creating the database ({count} steps) …")
            call_command("migrate", verbosity=0)

    def welcome(self, port: int) -> None:
        self.stdout.write(self.style.SUCCESS(f"Tandem is ready: http://127.0.0.1:{port}/") + "   (stop with Ctrl-C)")

    def tell(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def forget_the_demo() -> None:
    """Delete the demo's database, with what SQLite keeps beside it, and its files."""
    connections.close_all()
    database = Path(settings.DATABASES["default"]["NAME"])
    for beside in ("", "-wal", "-shm", "-journal"):
        database.with_name(database.name + beside).unlink(missing_ok=True)
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
