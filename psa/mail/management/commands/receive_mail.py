"""`manage.py receive_mail`: the pipe of a mail server. Reads one mail from standard input and keeps it."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from psa.mail.inbound import taking
from psa.mail.inbound.taking import NotTaken
from psa.mail.models import Door

# What a mail server makes of them (sysexits.h): bounce it, bounce it, keep it and try again.
NO_SUCH_ADDRESS, BROKEN, LATER = 67, 65, 75


class Command(BaseCommand):
    help = "Take in one mail from standard input. Exits with 0, 67 (nobody's), 65 (too large), 75 (try again later)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", action="append", default=[], help="recipient of the envelope; may be repeated")
        parser.add_argument("--from", dest="sender", default="", help="accepted and not used: the mail itself says")

    def handle(self, *args: Any, to: list[str], **options: Any) -> None:
        try:
            raw = sys.stdin.buffer.read(taking.most() + 1)
            taking.take(raw, Door.PIPE, to)
        except NotTaken as error:
            self.stderr.write(error.code)
            sys.exit(NO_SUCH_ADDRESS if error.code == "no_such_address" else BROKEN)
        except Exception as error:  # whatever it is, the mail server keeps the mail and brings it again
            self.stderr.write(type(error).__name__)
            sys.exit(LATER)
