"""Companies in the palette, and where somebody works."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from psa.directory.lists import KINDS
from psa.directory.models import Company
from psa.tenancy import plans
from psa.web import palette
from psa.web.palette import Group, Hit


def companies(request: Any, words: str) -> Iterable[Group]:
    """Companies of this name or number that are active, by name."""
    if not words or not plans.opens(request.tenant, "directory:page"):
        return
    rows = Company.objects.visible_to(request.actor).filter(is_active=True)
    found = rows.filter(Q(name__icontains=words) | Q(number__iexact=words)).order_by("name", "pk")[: palette.MOST]
    yield Group(
        _("Companies"),
        tuple(
            Hit(
                one.name,
                reverse("directory:page", args=[request.tenant.slug, one.pk]),
                "building-2",
                KINDS.text(one.kind),
            )
            for one in found
        ),
    )
