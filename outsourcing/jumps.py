"""Partners in the palette, for who manages them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from outsourcing.models import Partnership
from psa.web import palette
from psa.web.palette import Group, Hit


def partners(request: Any, words: str) -> Iterable[Group]:
    """Lead and service partners of this name."""
    if not words or not request.actor.can("outsource.partners"):
        return
    us = request.tenant.pk
    theirs = Q(lead_id=us, service_name__icontains=words) | Q(service_id=us, lead_name__icontains=words)
    found = list(Partnership.objects.filter(theirs).order_by("pk")[: palette.MOST])
    yield Group(
        _("Partners"),
        tuple(
            Hit(
                one.service_name if one.lead_id == us else one.lead_name,
                reverse("outsourcing:partner", args=[request.tenant.slug, one.key]),
                "handshake",
                _("Service partner") if one.lead_id == us else _("Lead partner"),
            )
            for one in found
        ),
    )


def register() -> None:
    """Offer them."""
    palette.source(partners)
