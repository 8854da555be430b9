"""The menu Outsource in the navigation: one entry before the agreement, all of it at once afterwards (§1)."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from outsourcing import stuck
from outsourcing.dashboards.folders import named
from outsourcing.services import agreement
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from psa.web import nav

KEPT = 300


def is_sender(request: Any) -> bool:
    """Whether the tenant accepted any version that stands. Asked on every page, so kept for a while."""
    if request.tenant.is_portal:
        return False
    known = request.__dict__
    if "_is_sender" not in known:
        key = _key(request)
        if (kept := cache.get(key)) is None:
            kept = _accepted(request) is not None
            cache.set(key, kept, KEPT)
        known["_is_sender"] = kept
    return known["_is_sender"]


def is_agreed(request: Any) -> bool:
    """Whether the acceptance that stands is of the newest version: only then a next offer may leave."""
    found = _accepted(request)
    return found is not None and found.is_newest


def _accepted(request: Any) -> Any:
    """Read once a request."""
    known = request.__dict__
    if "_acceptance" not in known:
        known["_acceptance"] = agreement.ever_accepted()
    return known["_acceptance"]


def forget(request: Any) -> None:
    """The agreement was accepted or withdrawn just now."""
    cache.delete(_key(request))
    for name in ("_acceptance", "_is_sender"):
        request.__dict__.pop(name, None)


def _key(request: Any) -> str:
    return f"outsourcing.is_sender:{request.tenant.pk}"


def administrators() -> list[str]:
    """Who can accept the agreement, by name."""
    found = Membership.objects.filter(is_active=True, role__code="administrator").order_by("name")
    return list(found.values_list("name", flat=True)[:10])


def waiting(by: Actor) -> int:
    """What waits for us: offers to answer, work to approve, requests to release."""
    return sum(nav.capped(named(code, True).rows(by)) for code in ("offers", "approval", "release"))


def hanging(by: Actor) -> int:
    """Links that wait for somebody."""
    return nav.capped(stuck.lanes_of(by).filter(parked_at__isnull=False))


def register() -> None:
    """Put the pages into the navigation."""
    nav.group("outsource", _("Outsource"), order=20)
    nav.register(
        _("Dashboard"),
        "layout-dashboard",
        "outsourcing:dashboard",
        capability="outsource.partners",
        group="outsource",
        order=10,
        count="outsourcing",
        needs=lambda request: not request.tenant.is_portal,
        thumb=True,
    )
    nav.register(
        _("Invite & manage partners"),
        "handshake",
        "outsourcing:partners",
        capability="outsource.partners",
        group="outsource",
        order=20,
        needs=is_sender,
    )
    nav.register(
        _("Edit invitation"),
        "mail",
        "outsourcing:edit_invitation",
        capability="outsource.partners",
        group="outsource",
        order=30,
        needs=is_sender,
    )
    nav.register(
        _("Networks and vendors"),
        "network",
        "outsourcing:networks",
        capability="outsource.partners",
        group="outsource",
        order=40,
        needs=is_sender,
    )
    nav.register(
        _("Reports and scorecards"),
        "chart-column",
        "outsourcing:scorecards",
        capability="outsource.all",
        group="outsource",
        order=60,
    )
    nav.register(
        _("Configure user permissions"),
        "key",
        "outsourcing:permissions",
        capability="outsource.all",
        group="outsource",
        order=95,
        needs=is_sender,
    )
    nav.register(
        _("Link trouble"),
        "unlink",
        "outsourcing:stuck",
        capability="outsource.partners",
        group="outsource",
        order=60,
        needs=is_sender,
        count="outsourcing-stuck",
    )
    nav.register(
        _("Ledger"),
        "book-open",
        "outsourcing:ledger",
        capability="outsource.partners",
        group="outsource",
        order=61,
        needs=is_sender,
    )
    nav.count("outsourcing-stuck", hanging)
    nav.register(
        _("Outsourcing agreement"), "file-check", "outsourcing:agreement", group="outsource", order=90, needs=is_sender
    )
    nav.count("outsourcing", waiting)
    nav.shortcut("o", _("Outsourcing"), "outsourcing:dashboard", "outsource.partners")
