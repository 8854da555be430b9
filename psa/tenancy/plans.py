"""What a tenant's plan opens. A portal tenant has the pages the apps declare for it, everybody else has all of them.

It is asked in one place, where an address becomes a scope; the navigation asks it too, so that no line leads nowhere.
An address nobody declared is closed to portal tenants (outsourcing spec §10).
"""

from __future__ import annotations

from collections.abc import Iterable

from psa.tenancy.models import Tenant

_for_portals: set[str] = set()


def open_to_portals(url_names: Iterable[str]) -> None:
    """Declare the pages of the small plan, by URL name. Called once, when the app that has them starts."""
    _for_portals.update(url_names)


def opens(tenant: Tenant, url_name: str) -> bool:
    """Whether this tenant's plan has the page."""
    return not tenant.is_portal or url_name in _for_portals


def pages() -> frozenset[str]:
    """Every page of the small plan."""
    return frozenset(_for_portals)
