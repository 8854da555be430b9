"""The app's place in the project, its lines in the navigation and what its refusals say."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantSettingsConfig(AppConfig):
    name = "psa.tenant_settings"

    def ready(self) -> None:
        from psa.tenant_settings import refusals, steps
        from psa.web import home, nav

        refusals.register()
        steps.register()
        home.panel(
            "setup", "tenant_settings/_home.html", steps.still_open, capability="tenant.settings", order=60,
            place=home.BESIDE,
        )  # fmt: skip
        for label, icon, name, order in (
            (_("Setup"), "list-checks", "settings:setup", 5),
            (_("Company settings"), "settings", "settings:company", 90),
        ):
            nav.register(label, icon, name, capability="tenant.settings", group="administration", order=order)
