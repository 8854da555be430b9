"""The same over a wire: a real mail server on this machine that accepts, refuses for now and refuses for good."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default as policy
from socket import socket

import pytest
from aiosmtpd.controller import Controller
from django.core.mail.utils import DNS_NAME
from django.db import transaction
from django.utils import timezone

from psa.mail import mail, sending
from psa.mail.catalogue import MAILS
from psa.mail.mail import Recipient
from psa.mail.models import Delivery, DeliveryState

ANSWERS = {"busy@kunde.example": "450 busy", "gone@kunde.example": "550 no such user"}


class Postman:
    """Takes everything but what ANSWERS names."""

    def __init__(self) -> None:
        self.taken: list = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if answer := ANSWERS.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.taken.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy)))
        return "250 OK"


@pytest.fixture
def postman(settings, monkeypatch):
    monkeypatch.setattr(DNS_NAME, "_fqdn", "here.example", raising=False)  # nobody is asked for our name
    found = Postman()
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(found, hostname="127.0.0.1", port=port, server_hostname="here.example")
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
    yield found
    controller.stop()


@pytest.mark.django_db(transaction=True)
def test_m10_each_recipient_fares_on_their_own(inside, postman):
    names = ("busy", "gone", "cleo", "ina")
    with transaction.atomic():
        mail.post(
            "rejected",
            [Recipient(f"Bērziņa {name}", f"{name}@kunde.example", "en") for name in names],
            **MAILS["rejected"].example | {"reason": "Ports 12 – 14 are dead: „Rīga“.\n.\nQUIT"},
        )
    assert sending.send_due() == 4
    found = {one.mail.to_address.partition("@")[0]: one for one in Delivery.objects.select_related("mail")}
    assert {name: (one.state, one.error) for name, one in found.items()} == {
        "busy": (DeliveryState.QUEUED, "smtp_450"),
        "gone": (DeliveryState.FAILED, "smtp_550"),
        "cleo": (DeliveryState.SENT, ""),
        "ina": (DeliveryState.SENT, ""),
    }
    assert found["busy"].due > timezone.now() and found["busy"].attempts == 1
    assert sorted(to for to, _ in postman.taken) == [["cleo@kunde.example"], ["ina@kunde.example"]]
    for _, message in postman.taken:
        text = message.get_body(("plain",)).get_content()
        assert "Ports 12 – 14 are dead: „Rīga“.\n.\nQUIT" in text.replace("\r\n", "\n")
        assert "<blockquote" in message.get_body(("html",)).get_content()
        assert message["From"].addresses[0].display_name == "Nordlicht IT"


@pytest.mark.django_db(transaction=True)
def test_m10_a_server_that_is_away_costs_nothing_but_time(inside, postman, settings):
    settings.EMAIL_PORT = 9
    with transaction.atomic():
        (one,) = mail.post("recalled", [Recipient("Cleo", "cleo@kunde.example")], **MAILS["recalled"].example)
    sending.send_due()
    waiting = Delivery.objects.get(mail=one)
    assert (waiting.state, waiting.error) == (DeliveryState.QUEUED, "unreachable")
    assert postman.taken == []
