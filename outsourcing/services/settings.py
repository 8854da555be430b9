"""What a tenant sets for its outsourcing: sender and approver, and the words of its invitation (spec §2, §3)."""

from __future__ import annotations

from django.db import transaction

from outsourcing import letters
from outsourcing.models import OutsourcingSettings
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused


def of_tenant() -> OutsourcingSettings:
    """The settings of the tenant in scope: the row there is, else unsaved defaults."""
    return OutsourcingSettings.objects.first() or OutsourcingSettings()


@transaction.atomic
def word_invitation(subject: str, body: str, *, by: Actor) -> OutsourcingSettings:
    """The tenant's own subject and text. Raises Refused("unknown_placeholders"), ("invitation_lacks_links"), Denied."""
    by.require("outsource.partners")
    unknown = [*letters.unknown(subject, letters.IN_A_SUBJECT), *letters.unknown(body)]
    if unknown:
        raise Refused("unknown_placeholders", names=", ".join(dict.fromkeys(unknown)))
    if missing := letters.missing(body):
        raise Refused("invitation_lacks_links", names=", ".join(missing))
    return _keep(subject, body, by)


@transaction.atomic
def restore_invitation(*, by: Actor) -> OutsourcingSettings:
    """The default words again."""
    by.require("outsource.partners")
    return _keep("", "", by)


def _keep(subject: str, body: str, by: Actor) -> OutsourcingSettings:
    OutsourcingSettings.objects.get_or_create()
    row = OutsourcingSettings.objects.select_for_update(of=("self",), no_key=True).get()
    old = {"subject": row.invitation_subject, "body": row.invitation_body}
    row.invitation_subject, row.invitation_body = subject, body
    row.save(update_fields=["invitation_subject", "invitation_body"])
    journal.record(row, "invitation.worded", by=by, old=old, new={"subject": subject, "body": body})
    return row


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
