"""What a tenant sets for its outsourcing, and the words of its invitation (outsourcing spec §3)."""

from __future__ import annotations

from django.db import transaction

from outsourcing import letters
from outsourcing.models import OutsourcingSettings
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused


def of_tenant() -> OutsourcingSettings:
    """The settings of the tenant in scope; unsaved defaults where nothing was ever changed."""
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
