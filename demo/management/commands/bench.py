"""`python3 manage.py bench`: seeds companies, starts gunicorn, and prints what pages take beside the floor's."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.db import connection

from demo.bench import measure, seed

NAME = "tandem_bench"


class Command(BaseCommand):
    help = (
        "Measure list, ticket, search, counts and writing beside a bare page of Django with the same queries. Needs "
        "DATABASE_URL of a role that may create databases; makes the database tandem_bench and drops it again."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--tickets", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="a company of each of these sizes"
        )
        parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds to take the median of (3)")
        parser.add_argument("--times", type=int, default=15, help="requests of a page in a round (15)")
        parser.add_argument("--keep", action="store_true", help="leave the database there, and use it if it is there")

    def handle(self, *args: Any, tickets: list[int], rounds: int, times: int, keep: bool, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("The benchmark runs on PostgreSQL: set DATABASE_URL (docs/operations.md).")
        with measure.database(NAME, keep=keep, tell=self.tell) as is_new:
            firms = measure.firms(tickets) if not is_new else self.seed(tickets)
            with measure.server() as server:
                for line in measure.report(firms, server, rounds, times):
                    self.stdout.write(line)
                    self.stdout.flush()

    def seed(self, tickets: list[int]) -> list[seed.Firm]:
        """The companies, and the fifty beside them."""
        seed.neighbours()
        firms = []
        for number in tickets:
            self.tell(f"Seeding {number:,} tickets with {seed.NOTES} notes each …")
            firms.append(seed.firm(f"firm-{number}", number))
        seed.analyse()
        return firms

    def tell(self, text: str) -> None:
        """Say how far it is, beside the table."""
        self.stderr.write(text)
