"""Hostile tests M1–M9: forged keys, strangers in copy, headers of ours, loops, relays, and other companies' threads."""

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
from psa.mail.inbound import addresses, taking, working
from psa.mail.models import Delivery, DeliveryState, Door, IncomingMail, OutgoingMail
from psa.mail.replies import Purpose
from psa.tenancy import scope, services
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.mail.letters import CLEO, DESK, letter
from tests.tickets.mail_in.mailroom import FAILED, PASSED, answer_to, come, mailed, quarantined, rows, written_to
from tickets import services as tickets
from tickets.models import (
    Note,
    Queue,
    QueueMember,
    Status,
    Ticket,
    Watcher,
)
from tickets.readers import readers
from tickets.services import watching


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
