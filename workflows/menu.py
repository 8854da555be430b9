"""The pages of requests in the navigation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from psa.web import nav


def _has_a_full_desk(request: Any) -> bool:
    return not request.tenant.is_portal


def register() -> None:
    """Deployments stand beside the tickets."""
    nav.register(
        _("Deployments"),
        "rocket",
        "workflows:deployments",
        capability="ticket.edit",
        order=25,
        needs=_has_a_full_desk,
    )
