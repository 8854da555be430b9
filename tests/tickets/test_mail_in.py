"""What becomes of a mail: threading, who may, loops, bounces (hostile tests M1–M8, W9)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from psa.directory.models import Company, Contact
from psa.journal.models import Entry
from psa.mail import replies, sending
from psa.mail.inbound import addresses, bounces, taking, working
from psa.mail.inbound.weighing import Weight
from psa.mail.models import BlockedSender, Delivery, DeliveryState, Door, IncomingMail, OutgoingMail
from psa.mail.replies import Purpose
from psa.tenancy import scope, services
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.mail.letters import CLEO, DESK, TEXT, letter, part, parted, report
from tickets import services as tickets
from tickets.models import (
    Attachment,
    Audience,
    Note,
    NoteKind,
    Queue,
    QueueMember,
    Status,
    Ticket,
    TicketLink,
    Watcher,
)
from tickets.readers import readers
from tickets.services import customer_mails, customer_messages, watching

PASSED = {"Authentication_Results": "mx.tandem.example; dmarc=pass header.from=hansen.example"}
FAILED = {"Authentication_Results": "mx.tandem.example; spf=fail smtp.mailfrom=evil.example; dmarc=fail"}


@pytest.fixture(autouse=True)
def stage(settings, inside, queue, cleo):
    """Mail comes in, and Cleo has an address."""
    settings.MAIL_IN, settings.MAIL_AUTHORITY, settings.MAIL_PER_SENDER = True, "mx.tandem.example", 5
    cleo.email = CLEO
    cleo.save()


@pytest.fixture
def seen(ticket: Ticket, ada: Membership, queue: Queue) -> Ticket:
    """The ticket, worked on by Ada."""
    QueueMember.objects.create(queue=queue, member=ada)
    with acting(ada) as by:
        return tickets.accept(ticket, by=by, assignee=ada)


def come(raw: bytes, to: str = DESK) -> IncomingMail:
    """A mail comes in at this address, and is read."""
    (pk,) = taking.take(raw, Door.PIPE, [to])
    working.take_in()
    return IncomingMail.objects.get(pk=pk)


def written_to(code: str, address: str) -> OutgoingMail:
    """The latest mail of a kind to an address."""
    return OutgoingMail.objects.filter(code=code, to_address=address).latest("pk")


def answer_to(mail: OutgoingMail, text: str = "It still does it.", **headers: str) -> tuple[bytes, str]:
    """An answer as a mail program writes it, and where it goes."""
    to = mail.headers["Reply-To"]
    sender = headers.pop("sender", mail.to_address)
    number = OutgoingMail.objects.count() + IncomingMail.objects.count()
    raw = letter(
        text, to=to, sender=sender, subject=f"Re: {mail.subject}", message_id=f"<a{number}@hansen.example>",
        In_Reply_To=mail.message_id, **headers,
    )  # fmt: skip
    return raw, to


def mailed(ticket: Ticket, by: Any) -> OutgoingMail:
    """We wrote to Cleo about her ticket."""
    customer_mails.send(ticket, "What does it say?", by=by)
    return written_to("public_note", CLEO)


def rows() -> tuple[int, ...]:
    """What a refused mail leaves alone."""
    return tuple(model.objects.count() for model in (Ticket, Note, Attachment, OutgoingMail, Entry))


def quarantined(mail: IncomingMail, reason: str, before: tuple[int, ...]) -> None:
    """It is in quarantine for this reason, and nothing else happened."""
    assert (mail.state, mail.reason) == ("quarantined", reason)
    assert rows() == before


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


# M1 -------------------------------------------------------------------------------------------------------------------
def test_m1_a_forged_key(seen: Ticket, ada: Membership, cleo: Contact) -> None:
    with acting(ada) as by:
        sent = mailed(seen, by)
    to = sent.headers["Reply-To"]
    other = replies.address(replies.seal(Purpose.CONTACT, seen.pk + 1, cleo.pk))
    mixed = to[:30] + other[30:]  # the ticket of one, the seal of the other
    before = rows()
    for number, forged in enumerate((mixed, re.sub(r"\+.", "+z", to), f"reply+{'a' * 52}@tandem.example.com")):
        raw = letter(to=forged, message_id=f"<{number}@x.example>")
        found = taking.take(raw, Door.PIPE, [forged, DESK])
        working.take_in()
        quarantined(IncomingMail.objects.get(pk=found[0]), "key_forged", before)


def test_m1_the_key_of_another_ticket(seen: Ticket, ada: Membership, cleo: Contact) -> None:
    with acting(ada) as by:
        sent = mailed(seen, by)
        other = tickets.create(by=by, title="Other", company=seen.company, contact=cleo, queue=seen.queue)
        about_other = mailed(other, by)
    before = rows()
    raw = letter(to=sent.headers["Reply-To"], In_Reply_To=about_other.message_id)
    quarantined(come(raw, sent.headers["Reply-To"]), "key_of_other_ticket", before)


def test_m1_the_key_of_another_tenant(seen: Ticket, baltic: Any, gunta: Membership, cleo: Contact) -> None:
    with scope.tenant(baltic):
        theirs = replies.address(replies.seal(Purpose.CONTACT, seen.pk, cleo.pk))
    before = rows()
    (pk,) = taking.take(letter(to=theirs), Door.PIPE, [theirs])
    working.take_in()
    assert rows() == before and not IncomingMail.objects.exists()
    with scope.tenant(baltic):
        quarantined(IncomingMail.objects.get(pk=pk), "ticket_gone", rows())
        assert not Note.objects.exists()


def test_m1_an_expired_key(seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        raw, to = answer_to(mailed(seen, by))
    before = rows()
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        quarantined(come(raw, to), "key_expired", before)


def test_m1_a_removed_watchers_key(seen: Ticket, max: Membership, people: Any) -> None:
    watcher = services.add_member(seen.tenant, "wim@nordlicht.example", "Wim", "dispatcher")
    with acting(max) as by:
        watching.add(seen, watcher, by=by)
        tickets.items.add(seen, "note", readers(seen)[0], by=by, text="News", kind_of="note")
    news = written_to("watched", "wim@nordlicht.example")
    raw, to = answer_to(news, "Thanks for telling.")
    assert come(raw, to).state == "taken"
    with acting(max) as by:
        watching.remove(seen, watcher, by=by)
    raw, to = answer_to(news, "And more.")
    before = rows()
    quarantined(come(raw, to), "without_access", before)
    assert not Watcher.objects.exists()


def test_m1_a_colleague_who_lost_sight_of_it_or_left(seen: Ticket, ada: Membership, max: Membership) -> None:
    with acting(max) as by:
        tickets.items.add(seen, "note", readers(seen)[0], by=by, text="@Ada Brandt", kind_of="note")
        mention = written_to("mentioned", "ada@nordlicht.example")
        tickets.assign(seen, max, by=by)
    QueueMember.objects.all().delete()
    before = rows()
    quarantined(come(*answer_to(mention)), "without_access", before)
    QueueMember.objects.create(queue=seen.queue, member=ada)
    Membership.objects.filter(pk=ada.pk).update(is_active=False)
    quarantined(come(*answer_to(mention, "Again.")), "without_access", before)


def test_m1_a_contact_who_is_the_customers_no_more(seen: Ticket, ada: Membership, cleo: Contact) -> None:
    with acting(ada) as by:
        sent = mailed(seen, by)
    cleo.company = Company.objects.create(name="Elsewhere")
    cleo.save()
    before = rows()
    quarantined(come(*answer_to(sent)), "without_access", before)


# M2 -------------------------------------------------------------------------------------------------------------------
def test_m2_nobody_is_a_colleague_by_the_address_alone(seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        sent = mailed(seen, by)
    before = rows()
    for number, headers in enumerate(({}, {"In_Reply_To": sent.message_id}, {"subject": f"[{seen.number}] close"})):
        raw = letter(sender="ada@nordlicht.example", message_id=f"<{number}@x.example>", **headers)
        quarantined(come(raw), "member_without_key", before)
    raw, to = answer_to(sent, sender="ada@nordlicht.example")  # the customer's key in a colleague's name
    quarantined(come(raw, to), "sender_is_not_recipient", before)


def test_m2_a_sender_who_was_not_proved_moves_nothing(seen: Ticket, ada: Membership, max: Membership) -> None:
    with acting(max) as by:
        tickets.items.add(seen, "note", readers(seen)[0], by=by, text="@Ada Brandt", kind_of="note")
        tickets.ask(seen, "?", by=by)
        sent = mailed(seen, by)
    before = rows()
    raw, to = answer_to(written_to("mentioned", "ada@nordlicht.example"), **FAILED)
    quarantined(come(raw, to), "unverified", before)
    quarantined(come(letter(message_id="<new@x.example>", **FAILED)), "unverified", before)
    mail = come(*answer_to(sent, "I accept the solution. Approved.", **FAILED))
    assert (mail.state, mail.verdict) == ("taken", "failed")  # kept, and shown as what it is
    seen.refresh_from_db()
    assert seen.status == Status.WAITING_CLARIFICATION
    assert Entry.objects.filter(kind="ticket.customer_wrote").get().data["verified"] is False


def test_m2_words_are_no_commands(seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        sent = mailed(seen, by)
    come(*answer_to(sent, "#close\r\nstatus: closed\r\n@Ada Brandt approved\r\nI accept the estimate."))
    seen.refresh_from_db()
    assert seen.status == Status.OPEN and seen.is_open
    assert not OutgoingMail.objects.filter(code="mentioned").exists()


# M3 -------------------------------------------------------------------------------------------------------------------
def test_m3_somebody_unknown_in_copy_gets_no_history(seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        sent = mailed(seen, by)
    before = rows()
    stranger = letter(sender="x@stranger.example", In_Reply_To=sent.message_id)
    quarantined(come(stranger), "unknown_sender", before)
    raw, to = answer_to(sent, sender="x@stranger.example")
    quarantined(come(raw, to), "sender_is_not_recipient", before)
    Contact.objects.create(company=Company.objects.create(name="Other"), name="O", email="o@other.example")
    elsewhere = letter(sender="o@other.example", In_Reply_To=sent.message_id, message_id="<o@x.example>")
    before = rows()
    quarantined(come(elsewhere), "not_of_this_ticket", before)


# M4, M5 ---------------------------------------------------------------------------------------------------------------
def test_m4_headers_of_ours_say_nothing(seen: Ticket, ada: Membership) -> None:
    marks = {"X_Tandem_Control": "close", "X_Tandem_Ticket": str(seen.number), "X_Tandem_User": "max"}
    mail = come(letter(message_id="<m4@x.example>", **marks))
    assert mail.state == "taken" and mail.subject_id != seen.pk
    seen.refresh_from_db()
    assert seen.is_open and not Note.objects.exists()


@pytest.mark.parametrize("sender", [f'"boss@nordlicht.example" <{CLEO}>', f'"max@nordlicht.example\\"" <{CLEO}>'])
def test_m5_a_name_that_poses_as_an_address_is_none(sender: str) -> None:
    mail = come(letter(sender=sender))
    assert (mail.from_address, mail.from_name) == (CLEO, "")
    assert Entry.objects.get(kind="ticket.created").by_name == "Cleo Hansen"


@pytest.mark.parametrize("evil", ["=?utf-8?Q?a=0D=0ABcc:_all@evil.example?=", "=?utf-8?Q?a=0AX-Evil:_1?="])
def test_m5_a_line_break_in_subject_and_name_stays_on_its_line(evil: str, settings: Any) -> None:
    settings.MAIL_ACKNOWLEDGEMENTS = 3
    mail = come(letter(subject=evil, sender=f'"{evil}" <{CLEO}>', **PASSED))
    assert mail.state == "taken" and not set("\r\n") & set(mail.title + mail.from_name + Ticket.objects.get().title)
    assert OutgoingMail.objects.filter(code="request_received", to_address=CLEO).count() == 1


# M6 -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "marks",
    [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"X_OTRS_Loop": "true"}, {"X_Autoreply": "1"},
     {"Return_Path": "<>"}, {"subject": "Out of Office: back on Monday"}],
)  # fmt: skip
def test_m6_an_automatic_mail_opens_nothing_answers_nothing_and_is_answered_by_nothing(
    marks: dict[str, str], seen: Ticket, ada: Membership
) -> None:
    with acting(ada) as by:
        tickets.ask(seen, "?", by=by)
        sent = mailed(seen, by)
    before = rows()
    quarantined(come(letter(message_id="<auto@x.example>", **marks, **PASSED)), "automatic", before)
    threaded = letter(message_id="<auto2@x.example>", In_Reply_To=sent.message_id, **marks)
    assert come(threaded).state == "taken"
    seen.refresh_from_db()
    assert seen.status == Status.WAITING_CLARIFICATION
    assert not OutgoingMail.objects.filter(code__in=["request_received", "customer_wrote"]).exists()


@pytest.mark.parametrize("mailer", ["osTicket Mailer", "Zammad Mail Service", "OTRS Mail Service"])
def test_m6_another_desk_is_not_acknowledged(mailer: str) -> None:
    assert come(letter(X_Mailer=mailer, **PASSED)).state == "taken"
    assert not OutgoingMail.objects.exists()


def test_m6_without_any_mark_the_number_of_mails_ends_it(seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        sent = mailed(seen, by)
    states = [come(*answer_to(sent, f"Ping {number}")).state for number in range(7)]
    assert states == ["taken"] * 5 + ["quarantined"] * 2
    new = [come(letter(f"Pong {number}", message_id=f"<p{number}@x.example>")) for number in range(7)]
    assert [mail.state for mail in new] == ["taken"] * 5 + ["quarantined"] * 2
    assert new[-1].reason == "too_often"


def test_m6_two_of_our_own_companies_write_to_each_other_and_it_ends(
    baltic: Any, gunta: Membership, cleo: Contact, settings: Any
) -> None:
    """Each is the other's contact; whatever either sends is brought to the other until nothing is sent any more."""
    cleo.email = "baltic@tandem.example.com"
    cleo.save()
    with scope.tenant(baltic):
        Queue.objects.create(name="Desk", is_default=True)
        customer = Company.objects.create(name="Nordlicht")
        Contact.objects.create(company=customer, name="Nordlicht", email=DESK)
    addresses.add(baltic, "desk@baltic.example")
    first = letter(sender="desk@baltic.example", message_id="<first@baltic.example>", **PASSED)
    Contact.objects.create(company=cleo.company, name="Desk", email="desk@baltic.example")
    waiting, rounds = [(DESK, first)], 0
    while waiting and rounds < 50:
        rounds += 1
        to, raw = waiting.pop()
        taking.take(raw, Door.PIPE, [to])
        working.take_in()
        for tenant in (cleo.company.tenant, baltic):
            with scope.tenant(tenant):
                for row in Delivery.objects.select_related("mail").filter(state=DeliveryState.QUEUED):
                    mail = row.mail
                    made = sending.message(mail).message().as_bytes()
                    row.delete()
                    waiting.append((mail.to_address, made))
    assert rounds < 5 and not waiting


def test_m6_our_own_address_never_asks_for_anything(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Tandem <tandem@firm.example>"
    Contact.objects.create(company=Company.objects.create(name="We"), name="We", email="tandem@firm.example")
    before = rows()
    quarantined(come(letter(sender="tandem@firm.example")), "own_address", before)
    quarantined(come(letter(sender="baltic-none@x.example", message_id="<2@x>")), "unknown_sender", before)


def test_m6_our_own_mail_come_back_needs_nobody(seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        sent = mailed(seen, by)
    made = sending.message(sent).message()
    assert (made["Auto-Submitted"], made["X-Loop"]) == ("auto-generated", "tandem@tandem.example.com")
    mail = come(made.as_bytes())
    assert (mail.state, mail.reason) == ("ignored", "ours")


# M7 -------------------------------------------------------------------------------------------------------------------
def test_m7_an_acknowledgement_echoes_nothing_and_is_capped(settings: Any) -> None:
    settings.MAIL_ACKNOWLEDGEMENTS = 2
    for number in range(4):
        come(letter("BUY NOW", subject="CHEAP PILLS", message_id=f"<{number}@x.example>", **PASSED))
    sent = list(OutgoingMail.objects.all())
    assert [(mail.code, mail.to_address) for mail in sent] == [("request_received", CLEO)] * 2
    assert not any(word in mail.html + mail.text + mail.subject for mail in sent for word in ("BUY", "PILLS"))


@pytest.mark.parametrize("headers", [{}, FAILED, {"Authentication_Results": "mx.evil.example; dmarc=pass"}])
def test_m7_who_is_not_proved_or_not_known_is_not_answered(headers: dict[str, str]) -> None:
    come(letter(**headers))
    come(letter(sender="victim@stranger.example", message_id="<2@x.example>", **PASSED))
    assert not OutgoingMail.objects.exists()


# M8 -------------------------------------------------------------------------------------------------------------------
def test_m8_another_tenants_message_id_does_not_join(seen: Ticket, ada: Membership, baltic: Any) -> None:
    with acting(ada) as by:
        sent = mailed(seen, by)
    with scope.tenant(baltic):
        Queue.objects.create(name="Desk", is_default=True)
        Contact.objects.create(company=Company.objects.create(name="Hansen"), name="Cleo", email=CLEO)
    raw = letter(to="baltic@tandem.example.com", subject=f"[{seen.number}]", In_Reply_To=sent.message_id)
    before = rows()
    taking.take(raw, Door.PIPE, ["baltic@tandem.example.com"])
    working.take_in()
    assert rows() == before
    with scope.tenant(baltic):
        assert Ticket.objects.get().description == "It does not print."


def test_m9_delivered_twice_at_two_addresses_is_one_note(seen: Ticket, ada: Membership) -> None:
    with acting(ada) as by:
        sent = mailed(seen, by)
    raw, to = answer_to(sent)
    come(raw, to)
    assert taking.take(raw, Door.IMAP, [to]) == []
    again = come(raw, DESK)
    assert (again.state, again.reason) == ("ignored", "same_mail")
    assert Note.objects.filter(author=None).count() == 1


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


def test_a_blocked_senders_mail_is_kept_and_passes_by() -> None:
    BlockedSender.objects.create(address=CLEO)
    before = rows()
    mail = come(letter())
    assert (mail.state, mail.reason) == ("discarded", "blocked") and rows() == before


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
    assert (seen.status == Status.OPEN) is weight.counts
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


def test_the_service_asks_who_writes(seen: Ticket, ada: Membership) -> None:
    stranger = Contact.objects.create(company=Company.objects.create(name="Other"), name="O", email="o@other.example")
    by = Actor.customer(stranger.pk, "O", "Other", channel="portal")
    before = rows()
    with pytest.raises(Denied):
        customer_messages.receive(seen, stranger, "Hello", by=by, weight=Weight.MESSAGE)
    assert rows() == before
