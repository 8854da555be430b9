"""`python3 manage.py test`: everything that can be checked without a server, and a table at the end.

What reads the code goes through its parts beside the tests, which are shown; what it found is printed after them.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from psa.web import locale

PACKAGES = ["psa", "tickets", "outsourcing", "workflows", "billing", "demo"]
PYTEST = ["-m", "pytest", "-n2", "--dist=worksteal", "-m", "not stack", "--ignore=tests/e2e", "--ignore=tests/bench"]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that is checked: its name in the table, and what Python is to run for it."""

    name: str
    arguments: list[str]
    is_shown: bool = False

    def run(self) -> "Outcome":
        began = time.monotonic()
        shown = None if self.is_shown else subprocess.PIPE
        done = subprocess.run(
            [sys.executable, *self.arguments],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=shown,
            stderr=subprocess.STDOUT if shown else None,
            text=True,
            check=False,
        )
        return Outcome(self.name, done.returncode, time.monotonic() - began, done.stdout or "")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a part went; `seconds` is wall time."""

    name: str
    code: int
    seconds: float
    output: str


# What reads the code, in the order of how quickly it answers.
READING = [
    Part("ruff check", ["-m", "ruff", "check", "--output-format", "concise", "."]),
    Part("ruff format", ["-m", "ruff", "format", "--check", "."]),
    Part("import contracts", ["-c", "from importlinter.cli import lint_imports_command as run; run()"]),
    Part("templates, lint", ["-m", "djlint", "templates", "--lint", "--allow-empty-input"]),
    Part("migrations complete", ["manage.py", "makemigrations", "--check", "--dry-run"]),
    Part("migrations safe", ["-m", "tests.lint_migrations"]),
    Part("translations", ["manage.py", "messages", "--check"]),
    Part("types", ["-m", "mypy", *PACKAGES]),
]


class Command(BaseCommand):
    help = "Check everything that needs no server; further arguments go to pytest (test -k lanes)."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Everything behind `test` belongs to pytest, so Django's own parser is not asked."""
        if argv[2:] in (["-h"], ["--help"]):
            self.print_help(argv[0], argv[1])
            return
        sys.exit(self.check_all(argv[2:]))

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(self.check_all(list(args)))

    def check_all(self, pytest_arguments: list[str]) -> int:
        """Run every part, whatever the others say; gives back 0 only if all are well."""
        os.environ.setdefault("PSA_NO_BOOTSTRAP", "1")  # the parts run in this very environment
        locale.compile_catalogs()
        self.say("The tests, and beside them: " + ", ".join(part.name for part in READING))
        with ThreadPoolExecutor(max_workers=1) as beside:
            reading = [beside.submit(part.run) for part in READING]
            tests = Part("tests", [*PYTEST, *pytest_arguments], is_shown=True).run()
            outcomes = [*(one.result() for one in reading), tests]
        for outcome in outcomes:
            if outcome.code and outcome.output:
                self.say(f"\n{outcome.name}:\n{outcome.output.rstrip()}")
        self.say("\n" + table(outcomes))
        return 1 if any(outcome.code for outcome in outcomes) else 0

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def table(outcomes: list[Outcome]) -> str:
    """What was checked, how it went, and how long it took."""
    rows = [f"{one.name:<22}{'failed' if one.code else 'ok':<8}{one.seconds:6.1f} s" for one in outcomes]
    failed = sum(1 for one in outcomes if one.code)
    verdict = f"{failed} of {len(outcomes)} parts failed." if failed else f"All {len(outcomes)} parts are well."
    return "\n".join([*rows, verdict])
