"""Mails that come back: the delivery says so, and so does the ticket."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from psa.journal.models import Entry
from psa.mail import replies, sending
from psa.mail.inbound import bounces
from psa.mail.models import Delivery, DeliveryState, OutgoingMail
from psa.mail.replies import Purpose
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.mail.letters import DESK, report
from tests.tickets.mail_in.mailroom import come, mailed
from tickets.models import (
    Ticket,
)


# Bounces --------------------------------------------------------------------------------------------------------------
def sent_out(ticket: Ticket, by: Any) -> OutgoingMail:
    mail = mailed(ticket, by)
    row = Delivery.objects.get(mail=mail)
    row.due = timezone.now()
    row.save()
    sending.send_due()
    return mail


def test_a_report_moves_the_delivery_and_is_told_on_the_ticket(seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        mail = sent_out(seen, by)
    back = sending.message(mail).from_email
    assert replies.read(replies.key_in(back)).purpose == Purpose.BOUNCE  # type: ignore[union-attr]
    late = come(report(mail.message_id, "4.4.1", "delayed"), back)
    assert (late.state, late.reason) == ("ignored", "report")
    came = come(report(mail.message_id), back)
    assert (came.state, came.reason) == ("ignored", "bounced")
    delivery = Delivery.objects.get(mail=mail)
    assert (delivery.state, delivery.error) == (DeliveryState.BOUNCED, "dsn_5.1.1")
    told = Entry.objects.get(kind="mail.bounced")
    assert (told.subject_type, told.subject_id, told.data["note"]) == ("ticket", seen.pk, mail.subject_id)
    come(report(mail.message_id, "5.1.2"), DESK)  # found by its Message-ID, and told once
    assert Entry.objects.filter(kind="mail.bounced").count() == 1


def test_a_service_tells_what_came_back(seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        mail = sent_out(seen, by)
    sealed = sending.message(mail).metadata["mail"]  # type: ignore[attr-defined]
    assert not bounces.told_by_service(sealed, "delivered", "")
    assert not bounces.told_by_service("a" * 52, "bounced", "")
    assert bounces.told_by_service(sealed, "bounced", "bounced")
    assert Delivery.objects.get(mail=mail).error == "event_bounced"
