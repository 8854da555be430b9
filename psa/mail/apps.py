"""The app's place in the project, its line in the navigation and what its refusals say."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


def shows_outbox(request: Any) -> bool:
    """Administrators see what was sent; in the demo everybody does."""
    return settings.DEMO or bool(request.actor.can("tenant.manage"))


class MailConfig(AppConfig):
    name = "psa.mail"

    def ready(self) -> None:
        from psa.directory import erasing as persons
        from psa.mail import condition, digests, erasing
        from psa.timers import timers
        from psa.web import nav, refusals, vitals

        vitals.register(
            "mail",
            gettext_lazy("Outgoing mail"),
            "mail",
            late=condition.late,
            stuck=condition.stuck,
            repair=condition.repair,
            url_name="mail:outbox",
            query="state=failed",
        )

        vitals.register(
            "mail_in",
            gettext_lazy("Incoming mail"),
            "mail-open",
            late=condition.late_in,
            stuck=condition.stuck_in,
            repair=condition.repair_in,
        )
        persons.follow(erasing.on_erased)
        timers.on(digests.DIGEST, digests.send)
        nav.register(gettext_lazy("Outbox"), "mail", "mail:outbox", group="desk", order=90, needs=shows_outbox)
        refusals.register("mail.is_empty", lambda p: _("This mail has no text or no address and cannot be sent."))
        refusals.register("mail.is_on_its_way", lambda p: _("This mail is on its way already."))
