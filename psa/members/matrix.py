"""The matrix of rights as its page draws it: a row for each right, a cell for each role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from psa.members.forms import read_cells
from psa.members.services import fingerprint
from psa.tenancy import capabilities
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership, Role
from psa.web import refusals


@dataclass(frozen=True, slots=True)
class Cell:
    """How far a right of a role reaches; fixed, or chosen among `options` (value, words, chosen)."""

    said: str
    words: str
    is_changed: bool
    options: tuple[tuple[str, str, bool], ...] = ()


def every_role() -> QuerySet[Role]:
    """The roles of the tenant, the built-in ones first, with how many members hold each."""
    held = Membership.objects.filter(role=OuterRef("pk")).order_by().values("role").annotate(n=Count("pk")).values("n")
    return Role.objects.annotate(held=Coalesce(Subquery(held), 0)).order_by("pk")


def cells(data: Any) -> dict[tuple[int, str], str]:
    """The cells that were posted."""
    return read_cells(data, list(every_role()))


def context(data: Any = None, refused: Refused | None = None) -> dict[str, Any]:
    """What the page needs. After a refusal what was typed stands in the cells still."""
    roles = list(every_role())
    typed = read_cells(data, roles) if data is not None else {}
    rows = [
        {
            "capability": name,
            "label": capabilities.NAMES[name],
            "also": [also for also, stands_for in capabilities.ALIASES.items() if stands_for == name],
            "cells": [_cell(role, name, typed) for role in roles],
        }
        for name in capabilities.CAPABILITIES
    ]
    return {
        "roles": roles,
        "rows": rows,
        "seen": fingerprint(roles),
        "refused": refusals.explain(refused) if refused else "",
    }


def _cell(role: Role, capability: str, typed: dict[tuple[int, str], str]) -> Cell:
    default = capabilities.DEFAULTS.get(role.code)
    kept = default if role.is_administrator else role.capabilities
    assert kept is not None
    reach = typed.get((role.pk, capability), kept.get(capability, ""))
    said = _("%(right)s, %(role)s") % {"right": capabilities.NAMES[capability], "role": role.label}
    is_changed = default is not None and reach != default.get(capability, "")
    words = str(capabilities.REACHES[reach]) if reach else "–"
    if role.is_administrator or not role.is_for_members:
        return Cell(said, words, False)
    codes = dict.fromkeys((*capabilities.reaches(capability), reach))
    options = tuple((f"{role.pk}:{code}", str(capabilities.REACHES[code]), code == reach) for code in codes)
    return Cell(said, words, is_changed, options)
