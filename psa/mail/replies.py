"""The address a mail is answered at: a signed key says whose answer it will be, to what, and until when.

`reply+<key>@…`, in small letters and digits, because mail servers fold case. The key names tenant, purpose, subject and
person; it opens nothing by itself: whoever reads it asks once more whether that person may (hostile test M1).
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from psa.tenancy import scope

SALT = "psa.mail.replies"
_FIELDS = struct.Struct(">BIQIH")
_SEALED = 13
LENGTH = 52
EPOCH = date(2020, 1, 1)
BOUNCE_DAYS = 30


class Purpose(IntEnum):
    """Whose answer it is and what becomes of it."""

    CONTACT = 1
    COLLEAGUE = 2
    WATCHER = 3
    COLLEAGUE_TO_CUSTOMER = 4
    BOUNCE = 5


@dataclass(frozen=True, slots=True)
class Key:
    """What a key says. `subject_id` is a ticket, of a BOUNCE a mail; `person_id` a contact or a member."""

    tenant_id: int
    purpose: Purpose
    subject_id: int
    person_id: int
    expires_on: date

    @property
    def is_expired(self) -> bool:
        return datetime.now(UTC).date() > self.expires_on


def seal(purpose: Purpose, subject_id: int, person_id: int = 0, *, days: int = 0) -> str:
    """A key of the tenant in scope."""
    expires = (datetime.now(UTC).date() - EPOCH + timedelta(days=days or settings.MAIL_REPLY_DAYS)).days
    body = _FIELDS.pack(purpose, scope.tenant_id(), subject_id, person_id, max(0, min(expires, 0xFFFF)))
    return base64.b32encode(body + _seal(body)).decode().rstrip("=").lower()


def read(key: str) -> Key | None:
    """What a key says, expired or not; None for one that was not made here."""
    raw = _raw(key)
    if raw is None or not constant_time_compare(raw[_FIELDS.size :], _seal(raw[: _FIELDS.size])):
        return None
    purpose, tenant, subject, person, days = _FIELDS.unpack_from(raw)
    return Key(tenant, Purpose(purpose), subject, person, EPOCH + timedelta(days=days))


def claimed_tenant(key: str) -> int | None:
    """Whose key a forged one poses as: in their quarantine somebody can look at it."""
    raw = _raw(key)
    return _FIELDS.unpack_from(raw)[1] if raw else None


def key_in(address: str) -> str:
    """The key in an address, "" where it is not one for answers."""
    local, _at, domain = address.strip().lower().rpartition("@")
    mailbox, _at, own_domain = settings.MAIL_REPLY_TO.lower().rpartition("@")
    name, plus, key = local.partition("+")
    return key if plus and name == mailbox and domain == own_domain else ""


def address(key: str) -> str:
    """Where a mail with this key goes."""
    mailbox, _at, domain = settings.MAIL_REPLY_TO.rpartition("@")
    return f"{mailbox}+{key}@{domain}"


def own_mark() -> str:
    """What our mails carry in X-Loop, and a mail of ours that comes back is known by."""
    return f"tandem@{settings.MAIL_DOMAIN}"


def _raw(key: str) -> bytes | None:
    if len(key) != LENGTH:
        return None
    try:
        return base64.b32decode(key.upper() + "====")
    except (binascii.Error, ValueError):
        return None


def _seal(body: bytes) -> bytes:
    return salted_hmac(SALT, body, algorithm="sha256").digest()[:_SEALED]
