"""The app's place in the project: who may look in, the banner, and the lines of the navigation."""

from django.apps import AppConfig
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class SupportConfig(AppConfig):
    name = "psa.support"

    def ready(self) -> None:
        from psa.members import audit
        from psa.support import middleware, sentences
        from psa.tenancy import entrance
        from psa.web import nav, refusals

        entrance.receive(entrance.Host(middleware.guest, middleware.watch))
        audit.teller(sentences.told)
        nav.strip("support/_banner.html")  # noqa: B005  (no string's strip)
        nav.register(
            gettext_lazy("Support access"),
            "life-buoy",
            "support:page",
            capability="tenant.settings",
            group="administration",
            order=45,
            needs=lambda request: not request.tenant.is_portal,
        )
        refusals.register("support_ends_within_a_day", lambda p: _("Support can look in for a day at most."))
        refusals.register("support_is_over", lambda p: _("This access has ended already."))
        refusals.register("support_is_nobody", lambda p: _("This person does not work for the support any more."))
