"""A tenant's settings of outsourcing: read, and changed with one journal entry."""

from __future__ import annotations

from django.db import transaction

from outsourcing.models import OutsourcingSettings
from psa.journal import journal
from psa.tenancy.actor import Actor


def of_tenant() -> OutsourcingSettings:
    """The settings of the tenant in scope: the row there is, else unsaved defaults."""
    return OutsourcingSettings.objects.first() or OutsourcingSettings()


@transaction.atomic
def need_second_person(needed: bool, *, by: Actor) -> OutsourcingSettings:
    """Whether sender and approver must differ (outsourcing spec §2). Raises Denied."""
    by.require("outsource.all")
    found, _ = OutsourcingSettings.objects.get_or_create()
    found = OutsourcingSettings.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk)
    if found.needs_second_person != needed:
        was, found.needs_second_person = found.needs_second_person, needed
        found.save(update_fields=["needs_second_person"])
        journal.record(found, "outsourcing.second_person_changed", by=by, old=was, new=needed)
    return found
