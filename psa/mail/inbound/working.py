"""Reading what was taken in: claim a row, take its bytes apart, and let the desk say what it becomes – or quarantine.

Nothing is lost: whatever cannot be read, attributed or allowed is a row in the quarantine, with its bytes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from psa import leases
from psa.leases import Temporary
from psa.mail import replies
from psa.mail.headers import one_line
from psa.mail.inbound import addresses, bounces, parsing
from psa.mail.inbound.parsing import Letter
from psa.mail.inbound.signs import Machine
from psa.mail.models import Arrival, ArrivalState, BlockedSender, IncomingMail
from psa.tenancy.errors import Denied, Refused

log = logging.getLogger(__name__)

HOLD = timedelta(minutes=5)


class ToQuarantine(Exception):
    """A person has to look at this mail; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NeedsNobody(Exception):
    """There is nothing to do about this mail; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


Reader = Callable[[IncomingMail, Letter], None]
_readers: list[Reader] = []


def on_message(reader: Reader) -> Reader:
    """Let `reader` make something of a mail: it moves it to *taken*, or raises ToQuarantine, NeedsNobody, Refused or
    Denied, and then nothing it did is there."""
    _readers.append(reader)
    return reader


def take_in() -> int:
    """Read what waits. The body of the worker's task."""
    return leases.sweep(Arrival, _work)


def reading() -> parsing.Reading:
    """How this installation reads."""
    return parsing.Reading(
        limits=parsing.Limits(**settings.MAIL_LIMITS),
        own_domain=settings.MAIL_DOMAIN,
        authority=settings.MAIL_AUTHORITY,
        own_mark=replies.own_mark(),
    )


def original(mail: IncomingMail) -> bytes:
    """The bytes as they came. Raises OSError where the storage has them not."""
    with default_storage.open(mail.path) as file:
        return bytes(file.read())


def _work(arrival: Arrival) -> None:
    leases.hold(arrival, HOLD)
    mail = IncomingMail.objects.get(pk=arrival.mail_id)
    try:
        letter = parsing.parse(original(mail), reading())
    except OSError as error:
        raise Temporary("storage_unreachable") from error
    with transaction.atomic():
        mail = IncomingMail.objects.select_for_update(of=("self",), no_key=True).get(pk=mail.pk)
        if mail.state == ArrivalState.WAITING:
            describe(mail, letter)
            _decide(mail, letter)
            mail.save()
        leases.settle(arrival)


def describe(mail: IncomingMail, letter: Letter) -> None:
    """Write down what was understood."""
    mail.message_id, mail.title = letter.message_id[:250], letter.subject[:250]
    mail.from_address, mail.from_name = letter.sender.email[:254], one_line(letter.sender.name, 200)
    mail.text, mail.quoted, mail.html = letter.text, letter.quoted, letter.html
    mail.pictures, mail.files_left = letter.pictures, letter.files_left
    mail.files = [{"name": one.name, "type": one.content_type[:100], "size": len(one.content)} for one in letter.files]
    mail.is_automatic = letter.machine != Machine.NO
    mail.verdict = letter.verdict


def _decide(mail: IncomingMail, letter: Letter) -> None:
    try:
        with transaction.atomic():
            _route(mail, letter)
    except NeedsNobody as error:
        mail.ignore(error.code)
    except ToQuarantine as error:
        mail.quarantine(error.code)
    except Refused as refused:
        mail.quarantine(f"refused:{refused.code}")
    except Denied:
        mail.quarantine("without_right")


def _route(mail: IncomingMail, letter: Letter) -> None:
    if letter.machine == Machine.OURS:
        raise NeedsNobody("ours")
    if letter.report is not None:
        _note_report(mail, letter)
        return
    if letter.trouble:
        raise ToQuarantine(letter.trouble)
    if BlockedSender.objects.filter(address=mail.from_address).exists():
        mail.discard()
        mail.reason = "blocked"
        return
    if addresses.is_ours(mail.from_address):
        raise ToQuarantine("own_address")
    if _is_here_already(mail):
        raise NeedsNobody("same_mail")
    for reader in _readers:
        reader(mail, letter)
    if mail.state == ArrivalState.WAITING:
        raise ToQuarantine("nobody_knows")


def _is_here_already(mail: IncomingMail) -> bool:
    """Whether the same mail came in at another address of ours, and is on a ticket."""
    same = {"message_id": mail.message_id, "from_address": mail.from_address, "title": mail.title, "text": mail.text}
    return bool(mail.message_id) and IncomingMail.objects.filter(**same, state=ArrivalState.TAKEN).exists()


def _note_report(mail: IncomingMail, letter: Letter) -> None:
    """A mail server tells what became of a mail of ours."""
    assert letter.report is not None
    key = replies.read(replies.key_in(mail.at_address))
    found = bounces.named(key, letter.report.about)
    if found is None:
        raise ToQuarantine("report_of_unknown")
    if not letter.report.code:
        raise NeedsNobody("report")
    bounces.came_back(found, letter.report.code)
    mail.ignore("bounced")


def is_too_often(mail: IncomingMail, subject_type: str, subject_id: int | None) -> bool:
    """Whether this address has written too often in the last hour, on this subject or to open new ones: what carries no
    mark at all ends here (hostile test M6)."""
    since = timezone.now() - timedelta(hours=1)
    rows = IncomingMail.objects.filter(from_address=mail.from_address, received_at__gte=since, state=ArrivalState.TAKEN)
    if subject_id is None:
        rows = rows.filter(item_type="")
    else:
        rows = rows.filter(subject_type=subject_type, subject_id=subject_id)
    return rows.exclude(pk=mail.pk).count() >= settings.MAIL_PER_SENDER
