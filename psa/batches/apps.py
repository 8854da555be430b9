"""The app's place in the project, and what its refusals say."""

from functools import partial

from django.apps import AppConfig
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class BatchesConfig(AppConfig):
    name = "psa.batches"

    def ready(self) -> None:
        from psa import leases
        from psa.batches.models import BatchTurn
        from psa.tenancy import capabilities
        from psa.web import refusals, vitals

        vitals.register(
            "tasks",
            gettext_lazy("Background tasks"),
            "list-checks",
            late=partial(leases.late, BatchTurn),
            stuck=partial(leases.parked, BatchTurn),
            url_name="batches:list",
        )

        refusals.register(
            "batch.too_many",
            lambda p: _("%(most)s of your tasks are running. Wait for one of them, or stop it.") % p,
        )
        refusals.register(
            "batch.too_long",
            lambda p: _("These are more than %(most)s entries. Narrow the filter and go step by step.") % p,
        )
        refusals.register(
            "batch.rights_changed",
            lambda p: _("What you may see has changed since this sheet was begun. Make it again from the list."),
        )
        refusals.register("batch.has_ended", lambda p: _("This task has ended already."))
        refusals.register(
            "batch.line_failed", lambda p: _("This entry could not be read or changed. The others went on without it.")
        )
        refusals.register(
            "batch.gave_up",
            lambda p: _("It was tried several times and stopped. What is marked as done stays done; start it again."),
        )
        refusals.register(
            "denied",
            lambda p: _("For this you need the right to %(right)s.") % {"right": capabilities.name(p["capability"])},
        )
