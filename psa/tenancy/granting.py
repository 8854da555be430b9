"""Who holds a right and who can grant it, by name: for the pages that say no, and the one that says why."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db.models import Q, QuerySet

from psa.tenancy import capabilities
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, OutsourcingLevel

ADMINISTRATORS = Q(role__code=capabilities.ADMINISTRATOR)
SHOWN = 5


def members() -> QuerySet[Membership]:
    """The people who can sign in to the tenant in scope, by name."""
    return Membership.objects.filter(is_active=True).select_related("role", "tenant").order_by("name", "pk")


def granters(capability: str) -> list[str]:
    """Who can give this right to somebody: All and administrators the levels, whoever manages roles the rest."""
    if capability.startswith("outsource."):
        who = ADMINISTRATORS | Q(outsourcing_level=OutsourcingLevel.ALL)
    else:
        who = ADMINISTRATORS | Q(role__capabilities__has_key="tenant.manage")
    return list(members().filter(who).values_list("name", flat=True)[:SHOWN])


def holders(may: Callable[[Actor], bool], people: Iterable[Membership] | None = None) -> list[Membership]:
    """The members for whom `may` says yes, with the rights they hold now."""
    return [member for member in (members() if people is None else people) if may(Actor.of(member))]
