"""Getting written mails out: claim one, talk to the mail server outside every transaction, write down how that went.

A mail is sent at least once. When a worker dies between the server's "accepted" and our commit, the lease runs out and
the same mail goes out again, with the same Message-ID, by which mail systems recognise the copy (docs/operations.md).
"""

from __future__ import annotations

import logging
import smtplib
from datetime import timedelta
from functools import partial
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.utils import timezone

from psa import leases
from psa.leases import Permanent, Temporary
from psa.mail import replies
from psa.mail.headers import mailbox
from psa.mail.models import Delivery, DeliveryState, Enclosure, OutgoingMail
from psa.mail.replies import Purpose

log = logging.getLogger(__name__)

HOLD = timedelta(minutes=3)
# Answers of a mail service that speak of us or of the moment and not of the mail.
PASSING = {401, 403, 408, 425, 429}


def send_due() -> int:
    """Send what is due over one connection. The worker's task."""
    connection = get_connection()
    try:
        return leases.sweep(Delivery, partial(_deliver, connection))
    finally:
        connection.close()


def _deliver(connection: Any, delivery: Delivery) -> None:
    """One claimed mail. A mail server may take longer than a lease lasts, so the lease is prolonged first."""
    leases.hold(delivery, HOLD)
    mail = OutgoingMail.objects.get(pk=delivery.mail_id)
    try:
        transmit(mail, connection)
    except Temporary as error:
        connection.close()
        _settle(delivery, error)
    else:
        _settle(delivery, None)


def transmit(mail: OutgoingMail, connection: Any) -> None:
    """Hand the mail to the server. Raises Temporary or Permanent with a code; the server's words stay in the log."""
    try:
        if not connection.send_messages([message(mail)]):
            raise Temporary("not_taken")
    except Temporary:
        raise
    except Exception as error:
        log.warning("mail %s: %s", mail.pk, type(error).__name__)
        raise _verdict(error) from error


def message(mail: OutgoingMail) -> EmailMultiAlternatives:
    """The mail as the server gets it: text first, HTML beside it, to one recipient."""
    headers = dict(mail.headers)
    sealed = replies.seal(Purpose.BOUNCE, mail.pk, days=replies.BOUNCE_DAYS)
    made = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=replies.address(sealed) if _goes_by_smtp() else headers.pop("From"),
        to=[mailbox(mail.to_name, mail.to_address)],
        headers=headers,
    )
    made.attach_alternative(mail.html, "text/html")
    made.metadata = {"mail": sealed}  # type: ignore[attr-defined]  # anymail's: comes back with what became of it
    for one in Enclosure.objects.filter(mail=mail).order_by("pk"):
        made.attach(one.name, bytes(one.content), one.content_type)
    return made


def _goes_by_smtp() -> bool:
    """Whether what cannot be delivered comes back to the sender of the envelope, which carries a key then. A mail
    service tells by its webhook, and may refuse a sender that is not its customer's."""
    return settings.MAIL_IN and not settings.EMAIL_BACKEND.startswith("anymail.")


def _verdict(error: Exception) -> Temporary:
    """Whether another try is worth it. A server that is away or does not know us is our trouble, not the mail's."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return _by_code(next(iter(error.recipients.values()), (550, b""))[0])
        case smtplib.SMTPAuthenticationError() | smtplib.SMTPConnectError() | smtplib.SMTPHeloError():
            return Temporary(f"server_{error.smtp_code}")
        case smtplib.SMTPResponseException():
            return _by_code(error.smtp_code)
        case smtplib.SMTPNotSupportedError():
            return Permanent("not_supported")
        case AnymailRecipientsRefused():
            return Permanent("recipient_refused")
        case AnymailAPIError():
            status = error.status_code
            lasting = status is not None and 400 <= status < 500 and status not in PASSING
            return Permanent(f"service_{status}") if lasting else Temporary(f"service_{status or 'unreachable'}")
        case AnymailError():
            return Permanent("service_refused")
        case OSError():
            return Temporary("unreachable")
    return Permanent("unsendable")


def _by_code(code: int) -> Temporary:
    return Permanent(f"smtp_{code}") if 500 <= code < 600 else Temporary(f"smtp_{code}")


def _settle(delivery: Delivery, error: Temporary | None) -> None:
    """Write down how it went, unless somebody else settled the mail meanwhile."""
    with transaction.atomic():
        row = Delivery.objects.select_for_update(of=("self",), no_key=True).get(pk=delivery.pk)
        if row.state != DeliveryState.QUEUED:
            return
        if error is None:
            row.sent()
        elif isinstance(error, Permanent):
            row.fail(error.code)
        elif row.attempts >= Delivery.tries:
            row.fail("gave_up")
        else:
            row.due, row.leased_until = timezone.now() + leases.pause(row.attempts), None
            row.error = error.code
        row.save(update_fields=row.MOVES)
