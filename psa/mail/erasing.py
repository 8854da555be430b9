"""A person is erased: their name, address and number are taken out of the mails that were written (hostile tests O10).

When a mail was written, what it is about and how far it got stays. What waits for the person's address is not sent.
What they sent to us is emptied, and its bytes are removed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils.html import escape

from psa.directory import erasing
from psa.directory.models import Contact
from psa.mail.models import Delivery, DeliveryState, Enclosure, IncomingMail, Notice, OutgoingMail
from psa.tenancy.actor import Actor

COLUMNS = ("to_name", "subject", "text", "html", "reason", "headers")
# The code of a delivery that nobody can send: there is no address.
NO_ADDRESS = "address_invalid"


def take_out(subject_type: str, ids: Collection[int], words: Sequence[str]) -> None:
    """Take these words out of the mails about these rows, and out of the news that waits for somebody's next mail."""
    if ids and words:
        about = Q(subject_type=subject_type, subject_id__in=ids)
        _throw_away(OutgoingMail.objects.filter(about))
        _take_out(OutgoingMail.objects.filter(about), COLUMNS, words)
        _take_out(Notice.objects.filter(about), ("subject",), words)


def on_erased(contact: Contact, words: Sequence[str], by: Actor) -> None:
    """What was written to the person, and mails of the day, which are about many rows at once, where they name them."""
    to_them = _to(contact, words)
    for delivery in Delivery.objects.select_for_update(of=("self",), no_key=True).filter(mail__in=to_them):
        if delivery.state == DeliveryState.QUEUED:
            delivery.fail(NO_ADDRESS)
        elif delivery.state != DeliveryState.SENT:
            delivery.error = NO_ADDRESS
        delivery.save(update_fields=delivery.MOVES)
    _throw_away(OutgoingMail.objects.filter(pk__in=to_them))
    _take_out(OutgoingMail.objects.filter(pk__in=to_them), COLUMNS, words)
    OutgoingMail.objects.filter(pk__in=to_them).update(to_address=erasing.ERASED)
    _forget_theirs(contact, words)
    named = Q()
    for word in words:
        named |= Q(html__icontains=escape(word))
    if words:
        _take_out(OutgoingMail.objects.filter(named, subject_id=None), COLUMNS, words)


def _forget_theirs(contact: Contact, words: Sequence[str]) -> None:
    """What came in from the person: their words stay on the ticket without their name, the mail as it came does not."""
    theirs = Q(contact=contact)
    for address in (word for word in words if "@" in word):
        if not Contact.objects.filter(email__iexact=address).exclude(pk=contact.pk).exists():
            theirs |= Q(from_address__iexact=address)
    for pk, path in IncomingMail.objects.filter(theirs).values_list("pk", "path"):
        erasing.take_out_of_journal("incomingmail", pk, words)
        transaction.on_commit(partial(default_storage.delete, path))
    gone = dict.fromkeys(("from_name", "title", "text", "quoted", "html", "message_id"), "")
    IncomingMail.objects.filter(theirs).update(**gone, from_address=erasing.ERASED, files=[], contact=None)


def _to(contact: Contact, words: Sequence[str]) -> list[int]:
    """The mails to this person: to their address, and by name where a colleague of theirs has the same address."""
    rows = OutgoingMail.objects.none()
    for address in (word for word in words if "@" in word):
        found = OutgoingMail.objects.filter(to_address__iexact=address)
        if Contact.objects.filter(email__iexact=address).exclude(pk=contact.pk).exists():
            found = found.filter(to_name__in=words)
        rows |= found
    return list(rows.values_list("pk", flat=True))


def _throw_away(rows: Any) -> None:
    """What went along with these mails: a document cannot lose a name and stay what it is."""
    Enclosure.objects.filter(mail__in=list(rows.values_list("pk", flat=True))).delete()


def _take_out(rows: Any, columns: Sequence[str], words: Sequence[str]) -> None:
    in_markup = list(dict.fromkeys([*map(str, map(escape, words)), *words]))
    for row in rows:
        kept = {name: erasing.without(getattr(row, name), in_markup) for name in columns}
        if kept != {name: getattr(row, name) for name in columns}:
            type(row)._default_manager.filter(pk=row.pk).update(**kept)
