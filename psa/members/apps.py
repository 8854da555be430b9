"""The app's place in the project, its lines in the navigation and what its refusals say."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "psa.members"

    def ready(self) -> None:
        from psa.members import audit, history, refusals
        from psa.web import nav

        refusals.register()
        history.register()
        audit.register()
        nav.group("administration", _("Administration"), order=80)
        for label, icon, name, order in (
            (_("People"), "users", "members:people", 10),
            (_("Roles"), "shield", "members:roles", 20),
            (_("Audit"), "history", "members:audit", 30),
        ):
            nav.register(label, icon, name, capability="tenant.manage", group="administration", order=order)
