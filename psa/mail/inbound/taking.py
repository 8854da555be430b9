"""What every door does with a mail: find whose it is, keep its bytes, leave a row. Nothing is read or decided here."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from psa.mail.inbound import addresses, headers, parsing
from psa.mail.models import Arrival, Door, IncomingMail
from psa.nudge import Nudge
from psa.tenancy import doors, scope

nudge = Nudge("mail.take_in")
# What is larger than the limit is kept whole and looked at by a person; what is this many times larger is not taken.
FAR_TOO_LARGE = 4


class NotTaken(Exception):
    """This mail is nobody's here; the server that brought it says so to its sender."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def most() -> int:
    """So many bytes of one mail are taken in."""
    return int(settings.MAIL_LIMITS["size"]) * FAR_TOO_LARGE


def take(raw: bytes, door: Door, recipients: Sequence[str] = (), otherwise: str = "") -> list[int]:
    """Keep a mail for each tenant it is for, and give back the ids of the new rows. Brought twice it is kept once.

    `recipients` are those of the envelope, where the door knows them; else the mail's own headers are asked, and last
    `otherwise`. Raises NotTaken("no_such_address"), ("too_large"); what the database or the storage raises: later.
    """
    if len(raw) > most():
        raise NotTaken("too_large")
    found = parsing.first_lines(raw)
    owners = addresses.owners(recipients) if recipients else {}
    owners = owners or addresses.owners(parsing.recipients(found)) or addresses.owners([otherwise] if otherwise else [])
    if not owners and (last := addresses.fallback()) is not None:
        owners = {last: next(iter(recipients), otherwise)}
    if not owners:
        raise NotTaken("no_such_address")
    made = []
    for tenant_id, address in owners.items():
        with doors.at(tenant_id):
            if (pk := _keep(raw, door, address, _fingerprint(raw, found, address))) is not None:
                made.append(pk)
    return made


def _fingerprint(raw: bytes, found: Mapping[str, Sequence[str]], address: str) -> str:
    """The same for the same mail at the same address. Some devices number all their mails alike: the date and the
    sender count as well."""
    message_id = next(iter(headers.message_ids(next(iter(found.get("message-id", ())), ""))), "")
    said = [message_id, *found.get("date", ())[:1], *found.get("from", ())[:1]]
    body = "\n".join(said).encode("utf-8", "replace") if message_id else raw
    return hashlib.sha256(body + b"\n" + address.encode()).hexdigest()


def _keep(raw: bytes, door: Door, address: str, fingerprint: str) -> int | None:
    """The bytes first, under a name nobody can guess; then the rows, or the bytes go again."""
    if IncomingMail.objects.filter(fingerprint=fingerprint).exists():
        return None
    key = uuid.uuid4().hex
    path = default_storage.save(f"mail/{scope.tenant_id()}/{key[:2]}/{key}.eml", ContentFile(raw))
    try:
        with transaction.atomic():
            mail = IncomingMail.objects.create(
                door=door,
                at_address=address[:320],
                fingerprint=fingerprint,
                path=path,
                size=len(raw),
                sha256=hashlib.sha256(raw).hexdigest(),
            )
            Arrival.objects.create(mail=mail)
            nudge.on_commit()
    except IntegrityError:  # brought by two doors in the same moment
        default_storage.delete(path)
        return None
    except BaseException:
        default_storage.delete(path)
        raise
    return mail.pk
