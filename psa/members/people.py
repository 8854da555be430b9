"""The members of a tenant as their pages tell of them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from psa.members.history import limit_words
from psa.tenancy.models import Membership, OutsourcingLevel


def everybody() -> QuerySet[Membership]:
    """Everybody who is or was a member, with role and tenant."""
    return Membership.objects.select_related("role", "tenant")


def words(member: Membership) -> dict[str, Any]:
    """Role, level and limit in words."""
    return {
        "role_label": member.role.label,
        "level_label": OutsourcingLevel(member.level).label,
        "limit_label": limit_words(member.limit, member.tenant.currency),
    }
