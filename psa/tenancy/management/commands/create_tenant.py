"""`manage.py create_tenant`: the operator opens the portal for a company and its first administrator."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.core.management.base import BaseCommand

from psa.tenancy import doors, services


class Command(BaseCommand):
    help = "Create a tenant with the seven roles, and its first administrator."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the company's name")
        parser.add_argument("slug", help="its address: /<slug>/")
        parser.add_argument("email", help="the administrator's e-mail, the login")
        parser.add_argument("--person", default="", help="the administrator's name (the e-mail, if left out)")
        parser.add_argument("--language", default="en", choices=[code for code, _ in settings.LANGUAGES])
        parser.add_argument("--time-zone", default="UTC")
        parser.add_argument("--currency", default="EUR")

    def handle(self, *args: Any, name: str, slug: str, email: str, person: str, **options: Any) -> None:
        if slug in services.RESERVED:
            raise CommandError(f"/{slug}/ is an address of the portal itself; choose another.")
        if doors.tenant_named(slug):
            raise CommandError(f"There is a tenant at /{slug}/ already.")
        password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        try:
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        fields = {key: options[key] for key in ("language", "time_zone", "currency")}
        tenant = services.create_tenant(name, slug, **fields)
        services.add_member(
            tenant, email, person or email, "administrator", password=password, language=fields["language"]
        )
        self.stdout.write(f"{name} is at {settings.SITE_URL}/{slug}/ – {email} signs in there.")
