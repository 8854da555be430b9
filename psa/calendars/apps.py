"""The app's place in the project, its line in the navigation and what every tenant begins with."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CalendarsConfig(AppConfig):
    name = "psa.calendars"

    def ready(self) -> None:
        from psa.calendars import refusals, services
        from psa.tenancy.services import on_created
        from psa.web import nav

        refusals.register()
        on_created(services.begin)
        nav.register(
            _("Calendars"),
            "calendar",
            "calendars:list",
            capability=services.CAPABILITY,
            group="administration",
            order=70,
        )
