"""Questions (outsourcing spec §5): a thread on the offer, copied on acceptance; afterwards open until answered."""

from __future__ import annotations

from typing import Any

import pytest

from outsourcing.models import Handover, Question
from outsourcing.services import answering, ending, questions
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import services
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.test_path import for_partner
from tickets import readers
from tickets.models import Note
from tickets.services import items


def ask(member: Membership, desk: str, handover: Handover, text: str) -> Question:
    made = sign_in(member).post(f"/{desk}/handovers/{handover.key}/ask/", {"text": text})
    assert made.status_code == 302, made.content.decode()[:1000]
    drain()
    with acting(member):
        return Question.objects.latest("pk")


def answer(member: Membership, desk: str, question: Question, text: str) -> Any:
    with acting(member):
        key = Question.objects.select_related("handover").get(pk=question.pk).handover.key
    done = sign_in(member).post(f"/{desk}/handovers/{key}/questions/{question.key}/answer/", {"text": text})
    drain()
    return done


def test_while_assigned_both_sides_ask_and_answer_in_a_thread(
    max: Membership, gunta: Membership, offered: Handover
) -> None:
    asked = ask(gunta, "baltic", offered, "Is there a lift?")
    page = sign_in(max).get(f"/nordlicht/handovers/{offered.key}/").content.decode()
    assert "Is there a lift?" in page
    with acting(max):
        assert "Is there a lift?" in OutgoingMail.objects.get(code="question_asked").text
        assert Entry.objects.get(kind="handover.question_asked").data["text"] == "Is there a lift?"
    assert answer(max, "nordlicht", asked, "Yes, at gate 3.").status_code == 302
    assert "Yes, at gate 3." in sign_in(gunta).get(f"/baltic/handovers/{offered.key}/").content.decode()
    with acting(gunta):
        assert OutgoingMail.objects.filter(code="question_answered").count() == 1
    mine = ask(max, "nordlicht", offered, "Who will come?")
    assert answer(gunta, "baltic", mine, "Ilze.").status_code == 302
    with acting(max):
        assert Question.objects.filter(answered_at=None).count() == 0
        assert not Note.objects.exists(), "while assigned it is a thread on the offer, not an item"


def test_t5_the_thread_is_copied_into_the_insourced_ticket(
    max: Membership, gunta: Membership, offered: Handover, desk_of_baltic: Any
) -> None:
    first = ask(gunta, "baltic", offered, "Is there a lift?")
    answer(max, "nordlicht", first, "Yes, at gate 3.")
    ask(gunta, "baltic", offered, "Who has the key?")
    with acting(gunta) as by:
        answering.accept(Handover.objects.get(), desk_of_baltic, by=by, title="Slēdzis")
    drain()
    with acting(gunta):
        notes = list(Note.objects.order_by("made_at").values_list("author_name", "text", "kind_of"))
        assert notes == [
            ("Gunta Bērziņa (Baltic Service)", "Is there a lift?", "question"),
            ("Max Petersen (Nordlicht IT)", "Yes, at gate 3.", "note"),
            ("Gunta Bērziņa (Baltic Service)", "Who has the key?", "question"),
        ]
        assert all(note.is_copy for note in Note.objects.all())
        assert Note.objects.get(text="Is there a lift?").made_at == Question.objects.get(pk=first.pk).asked_at
    with acting(max):
        assert not Note.objects.exists(), "a copy never goes back"


def test_running_a_question_is_a_note_open_until_answered(pair: Pair) -> None:
    asked = ask(pair.gunta, "baltic", pair.handover, "Ports 17 and 18?")
    lead, ticket = sign_in(pair.max), f"/nordlicht/tickets/{pair.ticket.number}/"
    with pair.lead():
        note = Note.objects.get()
        assert (note.kind_of, note.text, note.key) == ("question", "Ports 17 and 18?", asked.key)
        assert OutgoingMail.objects.filter(code="question_asked").count() == 1
    assert f"questions/{asked.key}/answer/" in lead.get(ticket).content.decode()
    assert answer(pair.max, "nordlicht", asked, "Leave them free.").status_code == 302
    with pair.service():
        assert Note.objects.filter(text="Leave them free.", received_at__isnull=False).count() == 1
        assert Question.objects.get().answered_by_name == "Max Petersen"
    assert f"questions/{asked.key}/answer/" not in lead.get(ticket).content.decode()


def test_a_note_of_kind_question_is_a_question(pair: Pair) -> None:
    with pair.lead() as by:
        note = items.add(
            pair.ticket, "note", for_partner(pair.ticket), by=by, kind_of="question", text="When will you come?"
        )
        assert Question.objects.get().text == "When will you come?"
        items.edit(note, by=by, text="When exactly?")
        assert Question.objects.get().text == "When exactly?"
    drain()
    with pair.service():
        assert Question.objects.get().side == "lead"
    with pair.lead() as by:
        items.remove(note, by=by)
        assert not Question.objects.exists(), "what was taken back is no longer asked"


def test_a_note_that_stays_inside_is_no_question(pair: Pair) -> None:
    with pair.lead() as by:
        inside = next(one for one in readers.readers(pair.ticket) if one.audience == "internal")
        items.add(pair.ticket, "note", inside, by=by, kind_of="question", text="CANARY")
        assert not Question.objects.exists()


def test_waiting_approval_a_question_passes_although_items_are_held(pair: Pair) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()
    ask(pair.gunta, "baltic", pair.handover, "Anything missing?")
    with pair.lead():
        assert Question.objects.get().text == "Anything missing?"
        assert not Note.objects.exists(), "the note itself is held"
        assert Entry.objects.get(kind="handover.question_asked").data["text"] == "Anything missing?"


def test_an_answer_is_given_once_and_by_the_other_side(pair: Pair) -> None:
    asked = ask(pair.gunta, "baltic", pair.handover, "Ports 17 and 18?")
    assert answer(pair.gunta, "baltic", asked, "I know it myself.").status_code == 409
    with pair.lead():
        assert Question.objects.get().is_open
    assert answer(pair.max, "nordlicht", asked, "Leave them free.").status_code == 302
    assert answer(pair.max, "nordlicht", asked, "Take them.").status_code == 409
    with pair.lead():
        assert Question.objects.get().answer == "Leave them free."


def test_after_the_end_nobody_asks(pair: Pair) -> None:
    with pair.lead() as by:
        ending.complete(pair.ticket, by=by)
        with pytest.raises(Refused, match="handover_moved_on"):
            questions.ask(Handover.objects.get(), "Still there?", by=by)
        assert not Question.objects.exists()


def test_who_may_ask(pair: Pair, baltic: Any, nordlicht: Any) -> None:
    """Running: whoever may edit the ticket; a reader is told which right is missing, and nothing is asked."""
    ruta = services.add_member(baltic, "ruta@baltic.example", "Rūta", "read-only")
    refused = sign_in(ruta).post(f"/baltic/handovers/{pair.handover.key}/ask/", {"text": "May I?"})
    assert refused.status_code == 403
    assert "ticket.edit" in refused.content.decode()
    with pair.service():
        assert not Question.objects.exists()
    assert sign_in(pair.gunta).get(f"/baltic/handovers/{pair.handover.key}/ask/").status_code == 200


def test_while_assigned_only_those_who_may_answer_the_offer_ask(offered: Handover, baltic: Any) -> None:
    andris = services.add_member(baltic, "andris@baltic.example", "Andris", "technician")
    refused = sign_in(andris).get(f"/baltic/handovers/{offered.key}/ask/")
    assert refused.status_code == 403
    assert "outsource.partners" in refused.content.decode()


def test_open_questions_are_listed_on_the_leads_dashboard(pair: Pair) -> None:
    client = sign_in(pair.max)
    address = "/nordlicht/outsourcing/?folder=running&question=1"
    assert "Replace the switch" not in client.get(address).content.decode()
    asked = ask(pair.gunta, "baltic", pair.handover, "Ports 17 and 18?")
    page = client.get(address).content.decode()
    assert "Replace the switch" in page
    assert "Offene Frage" in page or "Open question" in page.partition("ink-amber")[2]
    answer(pair.max, "nordlicht", asked, "Leave them free.")
    assert "Replace the switch" not in client.get(address).content.decode()
