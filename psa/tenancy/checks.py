"""What must hold of every model: its class is declared, its managers are scoped, its references stay in the tenant."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.checks import Error, register
from django.db import models

from psa.tenancy.models import ScopedManager, ScopedModel, ScopedQuerySet, Tenant, User
from psa.tenancy.rows import RowClass, class_of
from psa.tenancy.same_tenant import OwnKey, SameTenant


@register("tenancy")
def rows_are_classified(app_configs: Any, **kwargs: Any) -> list[Error]:
    found: list[Error] = []
    for model in apps.get_models(include_auto_created=True):
        if (row_class := class_of(model)) is None:
            found.append(Error(f"{model._meta.label} declares no row class.", obj=model, id="tenancy.E001"))
        elif hasattr(model, "row_class") and row_class.is_scoped:
            found += _scoped(model, row_class)
    return found


def _scoped(model: type[models.Model], row_class: RowClass) -> list[Error]:
    found: list[Error] = []
    managers = [model._meta.base_manager, *model._meta.managers]
    scoped = all(isinstance(one, ScopedManager) and issubclass(one._queryset_class, ScopedQuerySet) for one in managers)
    if model._meta.base_manager_name != "objects" or not scoped:
        found.append(Error(f"{model._meta.label} has an unscoped manager.", obj=model, id="tenancy.E002"))
    if not issubclass(model, ScopedModel):
        found.append(Error(f"{model._meta.label} is no ScopedModel.", obj=model, id="tenancy.E005"))
    guarded = {c.field for c in model._meta.constraints if isinstance(c, SameTenant)}
    for field in model._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey) or field.remote_field.model is Tenant:
            continue
        target = class_of(field.remote_field.model)
        label = f"{model._meta.label}.{field.name}"
        if field.remote_field.model is User:
            if row_class.name != "identity":
                found.append(Error(f"{label} points at a person; name a member.", obj=model, id="tenancy.E003"))
        elif target is not None and target.is_scoped and (field.name not in guarded or not isinstance(field, OwnKey)):
            found.append(Error(f"{label} may leave its tenant: OwnKey and SameTenant.", obj=model, id="tenancy.E004"))
    return found
