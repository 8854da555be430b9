"""The app's place in the project, and what the shell itself puts on the first page."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "psa.web"

    def ready(self) -> None:
        from psa.web import home, keys, nav, palette, vitals

        nav.register(
            _("Home"),
            "house",
            "home",
            order=1,
            needs=lambda request: not request.tenant.is_portal,
            thumb=True,
            alone=True,
        )
        nav.shortcut("h", _("Home"), "home")
        keys.register("create", "c")
        palette.source(palette.pages)
        home.panel(
            "health", "web/home/health.html", vitals.readings, capability="tenant.manage", order=70, place=home.BESIDE
        )
