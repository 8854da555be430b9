"""`python3 manage.py serve`: the embedded server, for a firm and its trial partners on one machine."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from psa import embedded
from psa.web import locale


class Command(BaseCommand):
    help = "Run portal, worker and clock in one process on SQLite, without demo data."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        try:
            listener = embedded.listen(host, port)
        except embedded.CannotListen as sentence:
            sys.exit(str(sentence))
        locale.compile_catalogs()
        if embedded.unapplied_migrations():
            if settings.DATABASE_URL:
                raise CommandError("The database is not up to date. Run python3 manage.py migrate as its owner first.")
            self.stdout.write("Bringing the database up to date …")
            call_command("migrate", verbosity=0)
        code = embedded.serve(
            listener,
            lambda: self.stdout.write(f"Tandem listens on http://{host}:{port}/   (stop with Ctrl-C)"),
        )
        if code:
            raise CommandError("The worker inside the server stopped; the log says why.", returncode=code)
