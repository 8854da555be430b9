"""`manage.py tenants`: the companies of the installation."""

from typing import Any

from django.core.management.base import BaseCommand

from psa.operators import lists
from psa.tenancy import doors


class Command(BaseCommand):
    help = "List the companies: address, name, plan, people, since when, and whether they are suspended."

    def handle(self, *args: Any, **options: Any) -> None:
        with doors.operating():
            for tenant in lists.every_tenant():
                plan = "portal" if tenant.is_portal else "full"
                state = f"suspended {tenant.suspended_at:%Y-%m-%d}" if tenant.suspended_at else "active"
                line = (
                    f"/{tenant.slug}/",
                    tenant.name,
                    plan,
                    f"{tenant.members}",
                    f"{tenant.created_at:%Y-%m-%d}",
                    state,
                )
                self.stdout.write("\t".join(line))
