"""Erasing a person takes them out of the stored mails as well (hostile tests O10)."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail as sent
from django.core.files.storage import default_storage
from django.utils import timezone

from psa.directory import erasing
from psa.directory.models import Contact
from psa.journal.models import Entry
from psa.mail import sending
from psa.mail.inbound import taking, working
from psa.mail.models import Delivery, Door, IncomingMail, Notice, OutgoingMail
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.mail.letters import letter
from tests.tickets.conftest import internal
from tickets.models import Draft, Note, Ticket
from tickets.services import calls, customer_mails, items

NAME, ADDRESS = "Conan O'Brien-Hansen", "conan@hansen.example"


@pytest.fixture
def written(ticket: Ticket, max: Membership, ada: Membership) -> Contact:
    """Conan, to whom and about whom mails were written: sent, waiting, kept for a mail of the day, half typed."""
    with acting(max) as by:
        conan = Contact.objects.create(company=ticket.company, name=NAME, email=ADDRESS, phone="+49 431 555 77")
        Ticket.objects.filter(pk=ticket.pk).update(contact=conan, assignee=ada)
        ticket.refresh_from_db()
        customer_mails.send(ticket, f"Good day {NAME}, we call you at {conan.phone}.", by=by)
        Delivery.objects.update(due=timezone.now())  # the time to take it back is over
    sending.send_due()
    with acting(max) as by:
        customer_mails.send(ticket, "One more thing.", by=by)
        told = {"caller": NAME, "direction": "in", "text": "Said, as Conan\nO'Brien-Hansen does, that it rattles."}
        calls.note(ticket, internal(ticket), by=by, **told)
        items.add(ticket, "note", internal(ticket), by=by, text=f"{NAME} again. " * 9)
        digest = OutgoingMail.objects.create(
            code="digest", to_address="ada@x.example", language="en", html="Conan O&#x27;Brien-Hansen waits",
            text=f"{NAME} waits", message_id="<d@x>",
        )  # fmt: skip
        assert digest.subject_id is None
        about = {"subject_type": "ticket", "subject_id": ticket.pk}
        Notice.objects.create(member=ada, kind="watched", subject=f"News of {NAME}", **about)
        Draft.objects.create(member=ada, ticket=ticket, place="note", fields={"text": f"Ask {NAME}"})
    return conan


def kept() -> str:
    models: tuple[Any, ...] = (OutgoingMail, Notice, Draft, Note)
    return " ".join(str(list(model.objects.values())) for model in models)


def test_o10_erasing_a_person_takes_them_out_of_stored_mails(written: Contact, max: Membership) -> None:
    words = ("O'Brien", "O&#x27;Brien", ADDRESS, "555 77")
    with acting(max) as by:
        count = OutgoingMail.objects.count()
        before = kept()
        assert all(word in before for word in words)
        erasing.anonymise(written, by=by)
        after = kept()
        assert [word for word in words if word in after] == []
        assert OutgoingMail.objects.count() == count and "it rattles" in after
        assert set(Delivery.objects.filter(mail__to_address="–").values_list("state", "error")) == {
            ("sent", ""),
            ("failed", "address_invalid"),
        }
        waiting = Delivery.objects.get(state="failed")
        with pytest.raises(Refused, match="mail.is_empty"):
            customer_mails.send_again(Note.objects.get(pk=waiting.mail.subject_id), by=by)
    sending.send_due()
    assert [one for one in sent.outbox if "One more thing" in one.body] == [], "what waited is not sent"


def test_o10_what_a_person_sent_to_us_is_emptied_and_its_bytes_removed(
    written: Contact, ticket: Ticket, max: Membership, django_capture_on_commit_callbacks: Any
) -> None:
    raw = letter(f"It rattles, says {NAME}.", sender=f"{NAME} <{ADDRESS}>", subject=f"[{ticket.number}]")
    with acting(max) as by:
        (pk,) = taking.take(raw, Door.PIPE, ["nordlicht@tandem.example.com"])
        working.take_in()
        mail = IncomingMail.objects.get(pk=pk)
        assert mail.state == "taken" and default_storage.exists(mail.path)
        with django_capture_on_commit_callbacks(execute=True):
            erasing.anonymise(written, by=by)
        left = f"{list(IncomingMail.objects.values())}{list(Note.objects.values())}{list(Entry.objects.values())}"
        assert [word for word in ("O'Brien", ADDRESS) if word in left] == []
        assert Note.objects.filter(author=None, text="It rattles, says –.").exists()
    assert not default_storage.exists(mail.path)


def test_o10_a_colleague_with_the_same_address_keeps_their_mails(
    written: Contact, ticket: Ticket, max: Membership
) -> None:
    with acting(max) as by:
        other = Contact.objects.create(company=ticket.company, name="Reception", email=ADDRESS)
        Ticket.objects.filter(pk=ticket.pk).update(contact=other)
        ticket.refresh_from_db()
        customer_mails.send(ticket, "For the reception.", by=by)
        erasing.anonymise(written, by=by)
        theirs = OutgoingMail.objects.get(to_name="Reception")
        assert theirs.to_address == ADDRESS and Delivery.objects.get(mail=theirs).state == "queued"
