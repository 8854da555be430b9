"""The app's place in the project, and how its queue is doing."""

from functools import partial

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TimersConfig(AppConfig):
    name = "psa.timers"

    def ready(self) -> None:
        from psa import leases
        from psa.journal import repairs
        from psa.timers.models import Timer
        from psa.web import vitals

        vitals.register(
            "timers",
            _("Timers and deadlines"),
            "timer",
            late=partial(leases.late, Timer),
            stuck=partial(leases.parked, Timer),
            repair=repairs.of("timers", Timer),
        )
