"""A mail of ours came back: its delivery says so with a code, and whoever it was about is told by the journal."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from psa.fsm import can_proceed
from psa.journal import journal
from psa.mail import replies
from psa.mail.models import Delivery, OutgoingMail
from psa.mail.replies import Key, Purpose
from psa.tenancy import doors, scope
from psa.tenancy.actor import Actor

# What mail services call the mails that did not arrive.
FAILED = {"bounced", "rejected", "failed"}


def named(key: Key | None, message_ids: Sequence[str] = ()) -> OutgoingMail | None:
    """The mail of the tenant in scope a report is about: by the key it came back to, else by its Message-ID."""
    if key is not None and key.purpose == Purpose.BOUNCE and key.tenant_id == scope.tenant_id():
        return OutgoingMail.objects.filter(pk=key.subject_id).first()
    return OutgoingMail.objects.filter(message_id__in=message_ids[:20]).first() if message_ids else None


@transaction.atomic
def came_back(mail: OutgoingMail, code: str) -> bool:
    """Move its delivery to *bounced* and record `mail.came_back`; told twice, or of one that was not sent, nothing
    happens."""
    row = Delivery.objects.select_for_update(of=("self",), no_key=True).filter(mail=mail).first()
    if row is None or not can_proceed(row.bounce):
        return False
    row.bounce(code)
    row.save(update_fields=row.MOVES)
    journal.record(mail, "mail.came_back", by=Actor.system("mail"), code=code)
    return True


def told_by_service(sealed: str, event: str, reason: str) -> bool:
    """A mail service says what became of the mail this key was sent with; whether that was that it came back."""
    key = replies.read(sealed)
    if key is None or key.purpose != Purpose.BOUNCE or event not in FAILED:
        return False
    with doors.at(key.tenant_id):
        mail = named(key)
        return mail is not None and came_back(mail, f"event_{reason or event}"[:80])
