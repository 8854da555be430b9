"""The doors for mail: a mail service's webhook and the pipe; and the way round by SMTP. Mailboxes and folders: see
test_fetching.py."""

from __future__ import annotations

import io
import json
import sys
from base64 import b64encode
from email import message_from_bytes
from email.policy import default as policy
from socket import socket
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core.mail.utils import DNS_NAME
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from psa.directory.models import Company, Contact
from psa.mail import sending
from psa.mail.inbound import addresses, taking, working
from psa.mail.models import Arrival, Delivery, DeliveryState, Door, IncomingMail, Mailbox
from psa.tenancy import scope
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting
from tests.mail.letters import CLEO, DESK, letter
from tickets.models import Note, Queue, Ticket
from tickets.services import customer_mails

SECRET = "mail:a secret of this installation"


@pytest.fixture(autouse=True)
def stage(settings: Any, nordlicht: Tenant, queue: Queue, cleo: Contact) -> None:
    """Cleo has an address; nobody is in any tenant."""
    settings.MAIL_IN = True
    with scope.tenant(nordlicht):
        Contact.objects.filter(pk=cleo.pk).update(email=CLEO)


def kept(tenant: Tenant) -> list[tuple[str, str]]:
    with scope.tenant(tenant):
        return list(IncomingMail.objects.order_by("pk").values_list("door", "at_address"))


# The pipe -------------------------------------------------------------------------------------------------------------
def piped(monkeypatch: pytest.MonkeyPatch, raw: bytes, *arguments: str) -> int:
    """What `manage.py receive_mail` exits with."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    try:
        call_command("receive_mail", *arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_the_pipe_answers_as_a_mail_server_expects(
    nordlicht: Tenant, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    assert piped(monkeypatch, letter()) == 0
    assert piped(monkeypatch, letter(), "--to", DESK) == 0  # the same again is kept once
    assert piped(monkeypatch, letter(to="nobody@elsewhere.example")) == 67
    settings.MAIL_LIMITS = {**settings.MAIL_LIMITS, "size": 100}
    assert piped(monkeypatch, letter("x" * 1000)) == 65
    monkeypatch.setattr(taking, "take", lambda *_a, **_k: (_ for _ in ()).throw(OSError("disk full")))
    assert piped(monkeypatch, letter()) == 75
    assert kept(nordlicht) == [("pipe", DESK)]


def test_what_no_address_claims_goes_to_the_company_the_operator_named(
    nordlicht: Tenant, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.MAIL_FALLBACK = "nordlicht"
    assert piped(monkeypatch, letter(to="nobody@elsewhere.example"), "--to", "nobody@elsewhere.example") == 0
    assert kept(nordlicht) == [("pipe", "nobody@elsewhere.example")]


def test_an_address_is_one_companys(nordlicht: Tenant, baltic: Tenant) -> None:
    call_command("mailbox", "nordlicht", "Help@Nordlicht.example")
    call_command("mailbox", "nordlicht", "help@nordlicht.example")
    for taken in ("help@nordlicht.example", DESK):
        with pytest.raises(CommandError):
            call_command("mailbox", "baltic", taken)
    assert addresses.owners(["help+anything@nordlicht.example"]) == {nordlicht.pk: "help+anything@nordlicht.example"}
    assert addresses.is_ours("help@nordlicht.example") and not addresses.is_ours(CLEO)
    call_command("mailbox", "nordlicht", "help@nordlicht.example", "--remove")
    with scope.tenant(nordlicht):
        assert not Mailbox.objects.exists()


def test_a_mail_to_two_companies_is_each_ones_own(nordlicht: Tenant, baltic: Tenant) -> None:
    taking.take(letter(), Door.PIPE, [DESK, "baltic@tandem.example.com"])
    assert kept(nordlicht) == [("pipe", DESK)] and kept(baltic) == [("pipe", "baltic@tandem.example.com")]


# The webhook ----------------------------------------------------------------------------------------------------------
def posted(secret: str = SECRET, to: str = DESK, service: str = "postmark") -> int:
    said = {
        "FromFull": {"Email": CLEO, "Name": "Cleo Hansen"},
        "ToFull": [{"Email": to, "Name": ""}],
        "OriginalRecipient": to,
        "Subject": "Printer",
        "TextBody": "It does not print.",
        "Headers": [{"Name": "Message-ID", "Value": "<hook@hansen.example>"}],
        "Attachments": [],
    }
    proof = f"Basic {b64encode(secret.encode()).decode()}"
    return (
        Client()
        .post(
            f"/hooks/mail/{service}/inbound/",
            json.dumps(said),
            content_type="application/json",
            headers={"authorization": proof},
        )
        .status_code
    )


def test_a_mail_service_posts_with_the_secret_of_the_installation(nordlicht: Tenant, settings: Any) -> None:
    assert posted() == 404  # without a secret there is no such page
    settings.MAIL_WEBHOOK_SECRET = SECRET
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    assert posted("mail:guessed") == 400
    assert posted(service="nobody") == 404
    assert kept(nordlicht) == []
    assert posted() == 200
    assert posted(to="nobody@elsewhere.example") == 406
    working.take_in()
    with scope.tenant(nordlicht):
        assert Ticket.objects.get().description == "It does not print."


def test_a_mail_service_tells_of_a_mail_that_did_not_arrive(ticket: Ticket, max: Membership, settings: Any) -> None:
    settings.MAIL_WEBHOOK_SECRET = SECRET
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    with acting(max) as by:
        customer_mails.send(Ticket.objects.get(pk=ticket.pk), "Hello", by=by)
        row = Delivery.objects.get()
        Delivery.objects.update(due=timezone.now())
        sending.send_due()
        sealed = sending.message(row.mail).metadata["mail"]  # type: ignore[attr-defined]
    told = {"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "Email": CLEO, "Metadata": {"mail": sealed}}
    proof = {"authorization": f"Basic {b64encode(SECRET.encode()).decode()}"}
    answer = Client().post(
        "/hooks/mail/postmark/tracking/", json.dumps(told), content_type="application/json", headers=proof
    )
    assert answer.status_code == 200
    with scope.tenant(ticket.tenant_id):
        assert Delivery.objects.get().state == DeliveryState.BOUNCED


# What is kept ---------------------------------------------------------------------------------------------------------
def test_what_cannot_be_stored_leaves_no_row_and_what_has_no_row_no_bytes(
    nordlicht: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[str] = []
    storage = taking.default_storage
    monkeypatch.setattr(type(storage), "delete", lambda self, name: removed.append(name), raising=False)
    monkeypatch.setattr(Arrival.objects, "create", lambda **_k: (_ for _ in ()).throw(RuntimeError("no database")))
    with pytest.raises(RuntimeError):
        taking.take(letter(), Door.PIPE, [DESK])
    assert kept(nordlicht) == [] and len(removed) == 1


# Round and back -------------------------------------------------------------------------------------------------------
class Postman:
    """Takes every mail and keeps it with its envelope."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.mark.django_db(transaction=True)
def test_a_mail_goes_out_by_smtp_and_its_answer_comes_back_by_smtp(
    ticket: Ticket, max: Membership, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DNS_NAME, "_fqdn", "here.example", raising=False)
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    postman = Postman()
    server = Controller(postman, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
    try:
        with acting(max) as by:
            customer_mails.send(Ticket.objects.get(pk=ticket.pk), "What does it say?", by=by)
            Delivery.objects.update(due=timezone.now())
        sending.send_due()
        sender, (to,), raw = postman.taken.pop()
        made = message_from_bytes(raw, policy=policy)
        assert to == CLEO and sender.startswith("reply+") and str(made["Reply-To"]).startswith("reply+")
        answer = letter(
            "PC LOAD LETTER", to=made["Reply-To"], subject=f"Re: {made['Subject']}", In_Reply_To=made["Message-ID"]
        )
        with sending.get_connection().__class__(host="127.0.0.1", port=port) as way:
            way.connection.sendmail(CLEO, [str(made["Reply-To"])], answer)
    finally:
        server.stop()
    _sender, recipients, came = postman.taken.pop()
    taking.take(came, Door.PIPE, recipients)
    working.take_in()
    with scope.tenant(ticket.tenant_id):
        note = Note.objects.get(author=None)
        assert (note.text, note.author_name, note.ticket_id) == ("PC LOAD LETTER", "Cleo Hansen", ticket.pk)


def test_m10_a_worker_that_dies_reads_it_again_once(nordlicht: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between reading and the commit: nothing is there, the lease runs out, and it becomes one ticket."""

    class Gone(BaseException):
        pass

    def dies(*_args: Any) -> None:
        raise Gone

    taking.take(letter(), Door.PIPE, [DESK])
    with monkeypatch.context() as patched:
        patched.setattr(working.leases, "settle", dies)
        with pytest.raises(Gone):
            working.take_in()
    with scope.tenant(nordlicht):
        assert not Ticket.objects.exists() and Arrival.objects.get().attempts == 1
        Arrival.objects.update(leased_until=None)
    working.take_in()
    working.take_in()
    with scope.tenant(nordlicht):
        assert Ticket.objects.count() == 1 and not Arrival.objects.exists()
        assert Company.objects.count() == 1
