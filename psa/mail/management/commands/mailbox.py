"""`manage.py mailbox`: whose mail an address is, beside <company>@MAIL_DOMAIN."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.core.validators import validate_email

from psa.mail.inbound import addresses
from psa.tenancy import doors


class Command(BaseCommand):
    help = "Give a company the mail of an address whose server brings it here, or take it away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("company", help="its address in the portal")
        parser.add_argument("address")
        parser.add_argument("--remove", action="store_true")

    def handle(self, *args: Any, company: str, address: str, remove: bool, **options: Any) -> None:
        tenant = doors.tenant_named(company)
        if tenant is None:
            raise CommandError(f"There is no company at /{company}/.")
        try:
            validate_email(address)
            if remove:
                addresses.remove(tenant, address)
            else:
                addresses.add(tenant, address)
        except (ValidationError, ValueError) as error:
            raise CommandError(str(getattr(error, "message", error))) from error
        self.stdout.write(f"{address} {'is nobody’s' if remove else f'is {tenant.name}’s'} now.")
