"""The app's place in the project."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "psa.accounts"

    def ready(self) -> None:
        from psa.accounts import middleware, refusals, signins
        from psa.tenancy import doors, entrance
        from psa.web import nav

        refusals.register()
        entrance.register(middleware.ask)
        doors.on_sign_in(signins.begin)
        for label, icon, name, capability, order in (
            (_("Sign-ins"), "log-in", "accounts:sign_ins", "audit.view", 35),
            (_("Sign-in rules"), "lock", "accounts:rules", "tenant.settings", 40),
        ):
            nav.register(label, icon, name, capability=capability, group="administration", order=order)
