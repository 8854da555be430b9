"""What becomes of a mail: a ticket, an answer, a follow-up; who may write, and what bare words weigh (W9)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.mail.inbound.weighing import Weight
from psa.mail.models import BlockedSender
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.mail.letters import CLEO, TEXT, letter, part, parted
from tests.tickets.mail_in.mailroom import answer_to, come, mailed, rows, written_to
from tickets import services as tickets
from tickets.models import (
    Attachment,
    Audience,
    Note,
    NoteKind,
    Status,
    Ticket,
    TicketLink,
)
from tickets.readers import readers
from tickets.services import customer_messages


# What it becomes ------------------------------------------------------------------------------------------------------
def test_a_known_contacts_mail_is_a_ticket_with_its_files(cleo: Contact) -> None:
    mail = come(parted(TEXT, part("application/pdf; name=plan.pdf", b"%PDF-1.4")))
    ticket = Ticket.objects.get()
    assert (mail.state, mail.subject_id, mail.contact) == ("taken", ticket.pk, cleo)
    assert (ticket.title, ticket.description) == ("Printer", "Es druckt nicht.")
    assert (ticket.contact, ticket.company, ticket.source, ticket.created_by) == (cleo, cleo.company, "email", None)
    file = Attachment.objects.get()
    assert (file.name, file.audience, file.author_name) == ("plan.pdf", Audience.CUSTOMER, "Cleo Hansen")
    created = Entry.objects.get(kind="ticket.created")
    assert (created.by_kind, created.by_name, created.channel) == ("contact", "Cleo Hansen", "mail")


def test_her_answer_is_a_note_of_hers_and_answers_the_question(seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        tickets.ask(seen, "What does it say?", by=by)
        sent = mailed(seen, by)
    raw, to = answer_to(sent, "It says PC LOAD LETTER.\r\n\r\n##- Please write your answer above this line -##\r\nOld")
    mail = come(raw, to.upper())  # a server folds the case, and the key survives
    note = Note.objects.get(pk=mail.item_id)
    assert (note.text, note.audience, note.kind_of) == ("It says PC LOAD LETTER.", Audience.CUSTOMER, NoteKind.MAIL)
    assert (note.author_name, note.author) == ("Cleo Hansen", None)
    assert "Old" in mail.quoted
    seen.refresh_from_db()
    assert seen.status == Status.OPEN
    wrote = Entry.objects.get(kind="ticket.customer_wrote")
    assert wrote.data == {"note": note.pk, "weight": "message", "channel": "mail", "verified": True}
    answered = Entry.objects.get(kind="ticket.answered")
    assert (answered.by_kind, answered.cause_id) == ("system", wrote.pk)
    assert written_to("customer_wrote", "ada@nordlicht.example").text.count("PC LOAD LETTER") == 1


def test_it_is_found_by_message_id_and_by_its_number_for_its_own_contact(seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        sent = mailed(seen, by)
    threaded = come(letter("By thread.", subject="Re: VPN", message_id="<b@x.example>", References=sent.message_id))
    again = come(letter("By our own.", subject="Re: VPN", message_id="<c@x.example>", In_Reply_To="<b@x.example>"))
    tagged = come(letter("By number.", subject=f"VPN [{seen.number}]", message_id="<d@x.example>"))
    assert {threaded.subject_id, again.subject_id, tagged.subject_id} == {seen.pk}
    Contact.objects.create(company=seen.company, name="Ole", email="ole@hansen.example")
    other = come(letter(subject=f"VPN [{seen.number}]", sender="ole@hansen.example", message_id="<e@x.example>"))
    assert other.state == "taken" and other.subject_id != seen.pk  # a number is no secret: a ticket of his own


def test_a_closed_ticket_gets_a_linked_follow_up_that_carries_the_message(seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        sent = mailed(seen, by)
        tickets.close(seen, "Done.", by=by)
        Ticket.objects.filter(pk=seen.pk).update(closed_at=timezone.now() - timedelta(days=60))  # its window is over
    mail = come(*answer_to(sent, "It is back."))
    follow_up = Ticket.objects.exclude(pk=seen.pk).get()
    assert (mail.subject_id, follow_up.description, follow_up.title) == (follow_up.pk, "It is back.", seen.title)
    link = TicketLink.objects.get()
    assert {link.first_id, link.second_id} == {seen.pk, follow_up.pk}
    note = Note.objects.get(ticket=follow_up)
    assert (mail.item_id, note.text, note.kind_of, note.audience) == (note.pk, "It is back.", "mail", "customer")
    thanks = come(*answer_to(sent, "Danke!"))
    assert (thanks.subject_id, Ticket.objects.count()) == (seen.pk, 2)  # a note, and nothing more


def test_a_mail_that_opens_a_closed_ticket_again_is_a_note_on_it(seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        tickets.assign(seen, ada, by=by)
        sent = mailed(seen, by)
        tickets.close(seen, "Done.", by=by)
    mail = come(*answer_to(sent, "It is back."))
    seen.refresh_from_db()
    note = Note.objects.get(ticket=seen, text="It is back.")
    assert (seen.status, Ticket.objects.count()) == ("reopened_defect", 1)
    assert (mail.subject_id, mail.item_id, note.kind_of, note.author_name) == (seen.pk, note.pk, "mail", "Cleo Hansen")
    assert "It is back." in written_to("customer_wrote", "ada@nordlicht.example").text


def test_a_colleagues_answer_is_an_internal_note_or_goes_to_the_customer_as_the_mail_said(
    seen: Ticket, ada: Membership, max: Membership
) -> None:
    with acting(max) as by:
        tickets.items.add(seen, "note", readers(seen)[0], by=by, text="@Ada Brandt look", kind_of="note")
    mention = written_to("mentioned", "ada@nordlicht.example")
    assert "becomes an internal note" in mention.text or "interne Notiz" in mention.text
    raw, to = answer_to(mention, "I will.")
    internal = Note.objects.get(pk=come(raw, to).item_id)
    assert (internal.audience, internal.author, internal.text) == (Audience.INTERNAL, ada, "I will.")
    come(letter("It does it again.", subject=f"[{seen.number}]", message_id="<w@x.example>"))
    raw, to = answer_to(written_to("customer_wrote", "ada@nordlicht.example"), "We come on Friday.")
    public = Note.objects.get(pk=come(raw, to).item_id)
    assert (public.audience, public.author, public.kind_of) == (Audience.CUSTOMER, ada, NoteKind.MAIL)
    assert "We come on Friday." in written_to("public_note", CLEO).text


def test_a_blocked_senders_mail_is_kept_and_passes_by() -> None:
    BlockedSender.objects.create(address=CLEO)
    before = rows()
    mail = come(letter())
    assert (mail.state, mail.reason) == ("discarded", "blocked") and rows() == before


def test_the_service_asks_who_writes(seen: Ticket, ada: Membership) -> None:
    stranger = Contact.objects.create(company=Company.objects.create(name="Other"), name="O", email="o@other.example")
    by = Actor.customer(stranger.pk, "O", "Other", channel="portal")
    before = rows()
    with pytest.raises(Denied):
        customer_messages.receive(seen, stranger, "Hello", by=by, weight=Weight.MESSAGE)
    assert rows() == before


# W9 -------------------------------------------------------------------------------------------------------------------
WEIGHTS = [
    ("Danke!", Weight.THANKS), ("Paldies", Weight.THANKS), ("thanks", Weight.THANKS), ("Liels paldies!", Weight.THANKS),
    ("Vielen Dank für die schnelle Hilfe.\n\nViele Grüße\nCleo", Weight.THANKS),
    ("no", Weight.NO), ("Nein.", Weight.NO), ("nē", Weight.NO), ("Ne!", Weight.NO), ("Nein danke", Weight.NO),
    ("Danke, aber es geht nicht.", Weight.MESSAGE), ("Thanks, when do you come?", Weight.MESSAGE),
]  # fmt: skip


@pytest.mark.parametrize(("text", "weight"), WEIGHTS)
def test_w9_thanks_answers_nothing_and_a_bare_no_does(text: str, weight: Weight, seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        tickets.ask(seen, "Does it work?", by=by)
        sent = mailed(seen, by)
    come(*answer_to(sent, f"{text}\r\n\r\nAm 2.3.2026 um 9:00 schrieb Nordlicht:\r\n> Does it work?"))
    seen.refresh_from_db()
    assert (seen.status == Status.OPEN) is (weight in {Weight.MESSAGE, Weight.NO})
    assert Entry.objects.get(kind="ticket.customer_wrote").data["weight"] == weight
    assert Note.objects.filter(author=None).count() == 1


@pytest.mark.parametrize(
    "subject", ["Automatic reply: VPN", "Abwesenheitsnotiz", "=?utf-8?Q?Autom=C4=81tisk=C4=81_atbilde?="]
)
def test_w9_an_out_of_office_answers_nothing(subject: str, seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        tickets.ask(seen, "?", by=by)
        sent = mailed(seen, by)
    mail = come(letter("Nein, ich bin nicht da.", subject=subject, In_Reply_To=sent.message_id))
    seen.refresh_from_db()
    assert (mail.state, seen.status) == ("taken", Status.WAITING_CLARIFICATION)
    assert Entry.objects.get(kind="ticket.customer_wrote").data["weight"] == Weight.AUTOMATIC
