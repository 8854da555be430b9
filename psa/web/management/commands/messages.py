"""`python3 manage.py messages`: the translators' side of the texts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from psa.web import locale

# Faults that are listed; beyond, the number is enough.
SHOWN = 50


class Command(BaseCommand):
    help = (
        "Bring locale/*.po up to the present texts; --check only says what is missing; --compile writes the .mo files."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--check", action="store_true", help="change nothing; exit code 1 when something is missing")
        what.add_argument("--compile", action="store_true", help="write the .mo files that are older than their .po")

    def handle(self, *args: Any, check: bool, compile: bool, **options: Any) -> None:
        if compile:
            self.stdout.write(f"{len(locale.compile_catalogs())} catalogues compiled.")
        elif check:
            found = locale.faults()
            for fault in found[:SHOWN]:
                self.stdout.write(fault)
            if found:
                raise CommandError(f"{len(found)} texts are not right. Run python3 manage.py messages and translate.")
            self.stdout.write("Every text is translated.")
        else:
            for language, missing in locale.update_catalogs().items():
                self.stdout.write(f"{language}: {missing} texts to translate.")
