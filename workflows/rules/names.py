"""The names of the rows rules speak of, each table read once for a page, however many rules and rows stand on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from outsourcing.models import Partnership, PartnershipStatus
from psa.directory.models import Company
from psa.mail.models import MailTemplate
from psa.tenancy import scope
from tickets.models import Ticket

Choices = list[tuple[str, Any]]


def field_name(name: str) -> Any:
    """What pages call a field of a ticket."""
    field: Any = Ticket._meta.get_field(name)
    return field.verbose_name


class Names:
    """A page's names. `rules` are those it shows: the customers their conditions name are read together."""

    def __init__(self, rules: Iterable[Any] = ()) -> None:
        self._tables: dict[Any, dict[int, tuple[str, bool]]] = {}
        self._wanted = {pk for rule in rules for pk in _companies(rule.conditions)}
        self._companies: dict[int, str] = {}
        self._partnerships: list[Partnership] | None = None

    def choices(self, model: Any) -> Choices:
        """What can be chosen: the rows in use, by id."""
        return [(str(pk), name) for pk, (name, is_active) in self._table(model).items() if is_active]

    def name(self, model: Any, pk: Any) -> str:
        """What a row is called, retired or not; a dash where it is gone."""
        found = self._table(model).get(int(pk)) if str(pk).isdecimal() else None
        return found[0] if found else "–"

    def companies(self, pks: Iterable[Any]) -> list[str]:
        """The names of customers."""
        wanted = {int(pk) for pk in pks if str(pk).isdecimal()}
        if missing := (wanted | self._wanted) - self._companies.keys():
            found = dict(Company.objects.filter(pk__in=missing).values_list("pk", "name"))
            self._companies |= {pk: found.get(pk, "–") for pk in missing}
        return sorted(self._companies[pk] for pk in wanted)

    def partners(self, is_lead: bool, active_only: bool = False) -> Choices:
        """The companies we are in a partnership with, as lead or as service partner; by the partnership's id."""
        if self._partnerships is None:
            self._partnerships = list(Partnership.objects.order_by("pk"))
        me = scope.tenant_id()
        return [
            (str(one.pk), one.service_name if is_lead else one.lead_name)
            for one in self._partnerships
            if (one.lead_id if is_lead else one.service_id) == me
            and (not active_only or one.status == PartnershipStatus.ACTIVE)
        ]

    def _table(self, model: Any) -> dict[int, tuple[str, bool]]:
        if model not in self._tables:
            if model is MailTemplate:
                rows = model.objects.exclude(name="").order_by("name").values_list("pk", "name", "deleted_at")
                self._tables[model] = {pk: (name, gone is None) for pk, name, gone in rows}
            else:
                rows = model.objects.order_by("name").values_list("pk", "name", "is_active")
                self._tables[model] = {pk: (name, is_active) for pk, name, is_active in rows}
        return self._tables[model]


def _companies(group: Mapping[str, Any]) -> Iterable[int]:
    for row in group.get("rows") or []:
        if "rows" in row:
            yield from _companies(row)
        elif row.get("field") == "company":
            yield from (int(one) for one in row.get("value") or [] if str(one).isdecimal())
