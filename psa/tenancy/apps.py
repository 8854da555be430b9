"""Starting the tenancy: checks, and the policies that follow every migrate."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from psa.tenancy import policies


class TenancyConfig(AppConfig):
    name = "psa.tenancy"

    def ready(self) -> None:
        from psa.tenancy import checks  # noqa: F401  (models must be loaded first)

        post_migrate.connect(policies.apply, sender=self)
