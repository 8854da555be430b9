"""The app's place in the project, and how its queue is doing."""

from functools import partial

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JournalConfig(AppConfig):
    name = "psa.journal"

    def ready(self) -> None:
        from psa import leases
        from psa.journal import repairs
        from psa.journal.models import Job
        from psa.web import vitals

        vitals.register(
            "jobs",
            _("Follow-up work"),
            "activity",
            late=partial(leases.late, Job),
            stuck=partial(leases.parked, Job),
            repair=repairs.of("jobs", Job),
        )
