"""Keeping the work types: added, changed, retired, and the one that the minutes of call notes become."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext, override

from psa.directory.models import WorkType
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Tenant

CAPABILITY = "tenant.settings"


@transaction.atomic
def add(*, by: Actor, **fields: Any) -> WorkType:
    """A new work type, behind the others. Raises Denied, Refused("work_type_name_taken")."""
    by.require(CAPABILITY)
    last = WorkType.objects.order_by("-position").values_list("position", flat=True).first()
    kind = WorkType(**{"position": (last or 0) + 1, **fields})
    _save(kind)
    journal.record(kind, "worktype.added", by=by, new=_plain(kind, fields))
    return kind


@transaction.atomic
def edit(kind: WorkType, *, by: Actor, **changes: Any) -> WorkType:
    """Change a work type for what comes; entries keep what they say. Raises Denied, Refused."""
    by.require(CAPABILITY)
    kind = WorkType.objects.select_for_update(of=("self",), no_key=True).get(pk=kind.pk)
    changed = [name for name, value in changes.items() if getattr(kind, name) != value]
    if not changed:
        return kind
    old = _plain(kind, changed)
    for name in changed:
        setattr(kind, name, changes[name])
    if kind.is_for_calls and not kind.is_active:
        raise Refused("work_type_is_for_calls", name=kind.name)
    _save(kind)
    journal.record(kind, "worktype.edited", by=by, old=old, new=_plain(kind, changed))
    return kind


def retire(kind: WorkType, *, by: Actor) -> WorkType:
    """Offer it for nothing new; what was logged under it stays. Raises Denied, Refused("work_type_is_for_calls")."""
    return edit(kind, by=by, is_active=False)


def restore(kind: WorkType, *, by: Actor) -> WorkType:
    """Offer it again. Raises Denied."""
    return edit(kind, by=by, is_active=True)


@transaction.atomic
def for_calls(*, by: Actor) -> WorkType:
    """The work type of a call's minutes; made, in the tenant's language, by the first call where there is none."""
    if found := WorkType.objects.filter(is_for_calls=True).first():
        return found
    with override(Tenant.objects.get(pk=by.tenant_id).language):
        name = gettext("Phone")
    kind = WorkType.objects.filter(name=name).first() or WorkType(name=name, position=100)
    kind.is_for_calls = kind.is_active = True
    try:
        with transaction.atomic():
            kind.save()
    except IntegrityError:  # another call was the first, at the same moment
        return WorkType.objects.get(is_for_calls=True)
    journal.record(kind, "worktype.used_for_calls", by=by, name=name)
    return kind


def _save(kind: WorkType) -> None:
    """Save it; of those for calls there is one, so the one before steps back."""
    if kind.is_for_calls:
        WorkType.objects.filter(is_for_calls=True).exclude(pk=kind.pk).update(is_for_calls=False)
    try:
        with transaction.atomic():
            kind.save()
    except IntegrityError:
        raise Refused("work_type_name_taken", name=kind.name) from None


def _plain(kind: WorkType, names: Any) -> dict[str, Any]:
    return {name: getattr(kind, name) for name in names}
