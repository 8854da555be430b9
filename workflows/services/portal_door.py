"""Letting a customer's contact in: a one-time code to their own mailbox, and the session it begins (hostile tests B2,
B4–B6, W4).

Contacts are not members: they have no password, no account, and no session of ours but the portal's, which belongs to
one company of ours and one contact. The code is kept as a keyed hash; five tries, fifteen minutes, one use.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from psa.journal import journal
from psa.mail import mail
from psa.tenancy.actor import Actor
from workflows.models import PortalAccess, PortalCode, PortalSession

GOOD_FOR = timedelta(minutes=15)
TRIES = 5
# So long a session lasts at the most, however often it is used.
LONGEST = timedelta(seconds=settings.SESSION_COOKIE_AGE)
# "Somebody is there" is written again after this part of the idle time.
STEPS = 12


def named(email: str) -> PortalAccess | None:
    """Whose mailbox this is, if they may come in; never anybody for an empty address."""
    if not (email := email.strip()):
        return None
    rows = PortalAccess.objects.filter(contact__email__iexact=email)
    rows = rows.filter(is_active=True, contact__is_active=True, contact__company__is_active=True)
    return rows.select_related("contact__company").order_by("pk").first()


def send_code(access: PortalAccess) -> None:
    """Mail a code to the contact's own address; the one before is void."""
    code = f"{secrets.randbelow(10**6):06d}"
    now = timezone.now()
    with transaction.atomic():
        PortalCode.objects.filter(access=access).delete()
        PortalCode.objects.create(
            access=access, round=access.round, hash=_code_hash(access, code), sent_at=now, expires_at=now + GOOD_FOR
        )
        to = mail.Recipient.of(access.contact)
        mail.post("portal_code", [to], access, proof=code, minutes=int(GOOD_FOR.total_seconds() // 60))


def proves(access: PortalAccess | None, code: str) -> bool:
    """Whether this is the code in the contact's mailbox; it is used up by that, and a wrong one counts."""
    code = "".join(code.split())
    if access is None or not code:
        return False
    with transaction.atomic():
        rows = PortalCode.objects.select_for_update(of=("self",), no_key=True)
        row = rows.filter(access=access, round=access.round).first()
        if row is None or row.expires_at <= timezone.now() or row.tries >= TRIES:
            return False
        if constant_time_compare(row.hash, _code_hash(access, code)):
            row.delete()
            return True
        row.tries += 1
        row.save(update_fields=["tries"])
        return False


def begin(access: PortalAccess, address: str, browser: str, method: str = "code") -> str:
    """A new session with a key of its own, whatever the browser brought along; gives back the key for its cookie."""
    raw = secrets.token_urlsafe(32)
    contact = access.contact
    with transaction.atomic():
        PortalSession.objects.filter(access=access, began_at__lt=timezone.now() - LONGEST).delete()
        PortalSession.objects.create(
            access=access, round=access.round, hash=_hash(raw), address=address, browser=browser
        )
        by = Actor.customer(contact.pk, contact.name, contact.company.name, channel="portal")
        journal.record(contact, "contact.signed_in", by=by, method=method, address=address)
    return raw


def who(raw: str, idle_minutes: int) -> PortalSession | None:
    """The session of a cookie, with its contact and company; None once it, the access or its round has ended, or nobody
    was there for `idle_minutes` (0 for never)."""
    if not raw:
        return None
    rows = PortalSession.objects.select_related("access__contact__company").filter(hash=_hash(raw))
    session = rows.filter(access__is_active=True, access__contact__is_active=True).first()
    now = timezone.now()
    if session is None or session.round != session.access.round or not session.access.contact.company.is_active:
        return None
    if session.began_at < now - LONGEST:
        return None
    idle = timedelta(minutes=idle_minutes) if idle_minutes else LONGEST
    if session.seen_at < now - idle * (1 + 1 / STEPS):
        return None
    if session.seen_at < now - idle / STEPS:
        PortalSession.objects.filter(pk=session.pk).update(seen_at=now)
    return session


def end(raw: str) -> None:
    """Sign out in this browser."""
    PortalSession.objects.filter(hash=_hash(raw)).delete()


def _code_hash(access: PortalAccess, code: str) -> str:
    said = f"{access.pk}:{access.round}:{code}"
    return salted_hmac("workflows.portal", said, algorithm="sha256").hexdigest()


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
