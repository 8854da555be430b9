"""The app's place in the project, and what its refusals say."""

from django.apps import AppConfig
from django.utils.translation import gettext as _


class OperatorsConfig(AppConfig):
    name = "psa.operators"

    def ready(self) -> None:
        from psa.web.refusals import register

        register("address_is_reserved", lambda p: _("/%(address)s/ is an address of the portal itself.") % p)
        register("address_is_taken", lambda p: _("A company stands at /%(address)s/ already.") % p)
        register("tenant_is_suspended", lambda p: _("%(name)s is suspended already.") % p)
        register("tenant_is_not_suspended", lambda p: _("%(name)s is not suspended.") % p)
        register("tenant_has_the_full_plan", lambda p: _("%(name)s has the full plan already.") % p)
