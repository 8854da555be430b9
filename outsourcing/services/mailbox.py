"""Proving the mailbox an invitation went to: the link does, and for somebody signed in under another address a one-time
code sent there (outsourcing spec §3, hostile test B3).

The code is kept as a keyed hash bound to the invitation and to the person who asked for it. Five tries, fifteen
minutes, one mail a minute, five mails an invitation.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from outsourcing.models import Invitation, InvitationStatus, Partnership
from outsourcing.services import partners
from psa.journal import journal
from psa.mail import mail
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused

GOOD_FOR = timedelta(minutes=15)
PAUSE = timedelta(minutes=1)
TRIES = 5
CODES = 5


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is signed in and holds the link: the person's id and the address they sign in with."""

    id: int
    email: str


def needs_code(to_email: str, reader: Reader) -> bool:
    """Whether this reader has to prove the mailbox: the address they sign in with is another one."""
    return reader.email.strip().casefold() != to_email.strip().casefold()


def send_code(raw: str, reader: Reader) -> None:
    """Mail a code to the invited address; an older one is void. Raises Refused("invitation_is_void"),
    ("code_sent_just_now"), ("too_many_codes")."""
    opened = _look(raw)
    with transaction.atomic(), doors.inside(opened):
        invitation = _lock(opened.subject_id)
        now = timezone.now()
        if invitation.code_sent_at and now < invitation.code_sent_at + PAUSE:
            raise Refused("code_sent_just_now")
        if invitation.codes_sent >= CODES:
            raise Refused("too_many_codes")
        code = f"{secrets.randbelow(10**6):06d}"
        invitation.code_hash, invitation.code_sent_at = _hash(invitation, reader, code), now
        invitation.code_tries, invitation.codes_sent = 0, invitation.codes_sent + 1
        invitation.save(update_fields=["code_hash", "code_sent_at", "code_tries", "codes_sent"])
        mail.post(
            "invitation_code",
            [mail.Recipient(invitation.to_name, invitation.to_email, invitation.company.language)],
            about=invitation,
            lead=doors.tenant_name(opened.tenant_id),
            proof=code,
            minutes=int(GOOD_FOR.total_seconds() // 60),
        )
        journal.record(invitation, "partner.code_sent", by=Actor.system("web"))


def accept(raw: str, reader: Reader, code: str, *, by: Actor) -> Partnership:
    """Accept an invitation once the mailbox is proven: `by` acts in the company that becomes the service partner.

    Raises Refused("code_needed"), ("code_is_wrong"), ("code_is_void") beside what partners.accept raises. A wrong code
    counts even though the acceptance does not happen.
    """
    by.require("outsource.partners")
    opened = _look(raw)
    with transaction.atomic(), doors.inside(opened):
        refusal = _proof(_lock(opened.subject_id), reader, code.strip().replace(" ", ""))
    if refusal:
        raise Refused(refusal)
    return partners.accept(raw, by=by)


def _proof(invitation: Invitation, reader: Reader, code: str) -> str:
    """What stands against it: "" where the mailbox is proven. Counts a wrong try."""
    if not needs_code(invitation.to_email, reader):
        return ""
    if not code:
        return "code_needed"
    sent = invitation.code_sent_at
    if not invitation.code_hash or sent is None or timezone.now() >= sent + GOOD_FOR or invitation.code_tries >= TRIES:
        return "code_is_void"
    if constant_time_compare(invitation.code_hash, _hash(invitation, reader, code)):
        return ""
    invitation.code_tries += 1
    invitation.save(update_fields=["code_tries"])
    return "code_is_wrong"


def _look(raw: str) -> doors.Opened:
    opened = doors.look(partners.PURPOSE, raw)
    if opened is None or opened.used_at is not None:
        raise Refused("invitation_is_void")
    return opened


def _lock(pk: int) -> Invitation:
    found = Invitation.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if found.status != InvitationStatus.SENT:
        raise Refused("invitation_is_void")
    return found


def _hash(invitation: Invitation, reader: Reader, code: str) -> str:
    said = f"{invitation.pk}:{reader.id}:{code}"
    return salted_hmac("outsourcing.mailbox", said, algorithm="sha256").hexdigest()
