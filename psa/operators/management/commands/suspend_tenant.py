"""`manage.py suspend_tenant`: close the door to a company's people, or open it again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from psa.operators import services
from psa.operators.services import Operator
from psa.tenancy import doors
from psa.tenancy.errors import Refused


class Command(BaseCommand):
    help = "Suspend a company: its people find nothing, its links open nothing, events to it wait. Nothing is lost."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="its address: /<slug>/")
        parser.add_argument("--reason", required=True, help="kept in the operators' log")
        parser.add_argument("--undo", action="store_true", help="let it in again")

    def handle(self, *args: Any, slug: str, reason: str, undo: bool, **options: Any) -> None:
        if (tenant := doors.tenant_named(slug)) is None:
            raise CommandError(f"There is no company at /{slug}/.")
        verb = services.resume if undo else services.suspend
        try:
            with doors.operating():
                verb(tenant, reason, by=Operator.shell())
        except Refused as refused:
            raise CommandError(f"{tenant.name} is {'not suspended' if undo else 'suspended already'}.") from refused
        self.stdout.write(f"{tenant.name} {'may come in again' if undo else 'is suspended'}.")
