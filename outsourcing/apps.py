"""The app's place in the project, and where it joins the desk, the lanes, the clock and the pages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutsourcingConfig(AppConfig):
    name = "outsourcing"

    def ready(self) -> None:
        from outsourcing import (  # noqa: F401
            columns,
            composing,
            guards,
            home,
            inbox,
            jumps,
            leaving,
            menu,
            notifications,
            outbox,
            parts,
            portal,
            readers,
            refusals,
            sentences,
            stuck,
            words,
        )
        from outsourcing.services import (  # noqa: F401
            announcing,
            cancelling,
            deleting,
            erasing,
            merging,
            releases,
        )
        from psa.web import vitals

        releases.connect()
        outbox.connect()
        announcing.connect()
        inbox.connect()
        notifications.connect()
        refusals.register()
        sentences.register()
        columns.register()
        menu.register()
        home.register()
        jumps.register()
        vitals.register(
            "links",
            _("Links to partners"),
            "unlink",
            late=stuck.late,
            stuck=stuck.parked,
            url_name="outsourcing:stuck",
        )
        portal.register()
        leaving.register()
        composing.register()
        erasing.connect()
