"""`manage.py operator`: make somebody an operator of the installation, or no longer."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.core.management.base import BaseCommand

from psa.tenancy import doors
from psa.tenancy.models import User


class Command(BaseCommand):
    help = "Make the person with this e-mail an operator; who has no account yet gets one, with the password given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--person", default="", help="the name, for a new account (the e-mail, if left out)")
        parser.add_argument("--remove", action="store_true", help="an operator no longer")

    def handle(self, *args: Any, email: str, person: str, remove: bool, **options: Any) -> None:
        email = email.strip().lower()
        with doors.operating():
            user = User.objects.filter(email=email).first()
            if user is None:
                if remove:
                    raise CommandError(f"Nobody signs in with {email}.")
                user = User.objects.create_user(email, _password(), name=person or email)
            user.is_operator = not remove
            user.save(update_fields=["is_operator"])
        self.stdout.write(f"{email} is {'no operator any more' if remove else 'an operator: /operator/'}.")


def _password() -> str:
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        validate_password(password)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    return password
