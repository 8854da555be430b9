"""Rows of any model, made from what the model says about itself: for the tests that walk every table."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone

from psa.tenancy import doors, scope
from psa.tenancy.models import User
from psa.tenancy.rows import class_of
from psa.tenancy.same_tenant import SameTenant

_count = itertools.count(1)

# Stands for a row made for the purpose.
MADE = object()
# What a model's CHECK constraints ask for beyond its required columns.
WANTED: dict[str, dict[str, Any]] = {
    "outsourcing.Terms": {"rate_type": "hourly", "cost_rate": Decimal(40)},
    "outsourcing.PartnershipSide": {"lead_of": MADE},
    "outsourcing.FeeStatement": {"month": date(2026, 1, 1)},
    "outsourcing.Network": {"address": "pool@example.com"},
    "outsourcing.OutsourcingRule": {"company": MADE},
    "tickets.Acceptance": {"kind": "timer"},
    "workflows.ServicePolicy": {"company": MADE},
    "workflows.Estimate": {"rate": Decimal(90), "minutes": 60, "tolerance": 10},
    "billing.ReturnedEntry": {"entry": MADE},
    "billing.Surcharge": {"percent": Decimal(50)},
    "billing.StockMove": {"quantity": Decimal(1)},
    "billing.Payment": {"amount": Decimal(1)},
    "billing.ContractLine": {"starts_on": date(2026, 1, 1)},
    "billing.OrderTicket": {"nothing_beyond": True},
    "tickets.Appointment": {
        "starts_at": datetime(2100, 1, 1, 9, tzinfo=UTC),
        "ends_at": datetime(2100, 1, 1, 10, tzinfo=UTC),
    },
    "support.SupportGrant": {"ends_at": datetime(2100, 1, 1, tzinfo=UTC)},
}


def make(model: type[models.Model], *, save: bool = True, counterpart: int | None = None, **given: Any) -> Any:
    """One row of the tenant in scope with every required column filled, and whatever it has to point at.

    A row of two parties is the scope's and `counterpart`'s, by default the first other tenant's. `given` wins over
    everything; parties may be given by id. With `save=False` only what it points at is written.
    """
    row_class = class_of(model)
    parties = parties_of(model, given, counterpart)
    values: dict[str, Any] = {f"{name}_id": pk for name, pk in parties.items() if name != "id"}
    wanted = WANTED.get(model._meta.label, {})
    for field in model._meta.concrete_fields:
        if field.name in parties or field.name in given or field.attname in given:
            continue
        if field.name in wanted and wanted[field.name] is not MADE:
            values[field.name] = wanted[field.name]
        elif isinstance(field, models.ForeignKey):
            if not field.null or field.name in wanted:
                values[field.name] = target_of(model, field.name, parties)
        elif not (field.primary_key or field.has_default() or field.null or _may_be_blank(field)):
            values[field.name] = _value(field)
    row = model(**values, **{name: value for name, value in given.items() if name not in parties})
    if save:
        inserted_by = (row_class.inserted_by or row_class.parties) if row_class else ()
        with scope.tenant(parties[inserted_by[0]]) if parties else scope.platform("test: a row nobody owns"):
            row.save(force_insert=True)
    return row


def parties_of(model: type[models.Model], given: dict[str, Any], counterpart: int | None) -> dict[str, int]:
    """Which tenant each party column of a row made in this scope names."""
    names = getattr(class_of(model), "parties", ())
    if names in {(), ("id",)}:
        return {}
    found = {name: given[name] for name in names if name in given}
    left = [name for name in names if name not in found]
    if left:
        me = scope.tenant_id()
        if me not in found.values():
            found[left.pop(0)] = me
        if left:
            found[left[0]] = counterpart or next(pk for pk in doors.tenant_ids() if pk != me)
    return found


def target_of(model: type[models.Model], name: str, parties: dict[str, int]) -> Any:
    """A row `name` of a row of these parties may point at: of the same owner, or of its contract."""
    target = model._meta.get_field(name).remote_field.model
    if target is User or not getattr(class_of(target), "parties", ()):
        with scope.platform("test: somebody to point at"):
            return make(target)
    owners = next(c.owners for c in model._meta.constraints if isinstance(c, SameTenant) and c.field == name)
    theirs = {there: parties[here] for here, there in owners}
    counterpart = next((pk for pk in parties.values() if pk not in theirs.values()), None)
    with scope.tenant(next(iter(theirs.values()))):
        return make(target, counterpart=counterpart, **theirs)


def _may_be_blank(field: models.Field) -> bool:
    return field.blank and field.empty_strings_allowed and not field.unique and field.get_internal_type() != "FileField"


def _value(field: models.Field) -> Any:
    if field.choices:
        return next(code for code, _ in field.flatchoices if code not in ("", None))
    number = next(_count)
    for kind, value in VALUES.items():
        if isinstance(field, kind):
            made = value(number)
            return made[: field.max_length] if isinstance(made, str) and field.max_length else made
    raise LookupError(f"{field} is of a kind no row was ever made with: add it to VALUES.")


VALUES: dict[type[models.Field], Callable[[int], Any]] = {
    models.EmailField: lambda n: f"person{n}@example.com",
    models.SlugField: lambda n: f"slug-{n}",
    models.URLField: lambda n: f"https://example.com/{n}",
    models.FileField: lambda n: ContentFile(b"content", f"file{n}.txt"),
    models.CharField: lambda n: f"{n} text",
    models.TextField: lambda n: f"{n} text",
    models.UUIDField: lambda n: uuid.uuid4(),
    models.JSONField: lambda n: {},
    models.DecimalField: lambda n: Decimal(1),
    models.BooleanField: lambda n: True,
    models.DateTimeField: lambda n: timezone.now(),
    models.DateField: lambda n: date(2026, 1, 1),
    models.DurationField: lambda n: timezone.timedelta(minutes=1),
    models.IntegerField: lambda n: n,
    models.FloatField: lambda n: 1.0,
    models.BinaryField: lambda n: b"",
}
