"""What both sides see of the exchange: receipts at each item, the held tray, link trouble, the ledger (§6)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from outsourcing import inbox, notifications, receipts
from outsourcing.labels import LANE_ERRORS, lane_error
from outsourcing.models import Share
from outsourcing.services import answering, ending, partners, passing, questions, sync
from psa import leases
from psa.directory.models import Contact
from psa.journal.models import Entry
from psa.lanes import delivery, lanes
from psa.lanes.lanes import weigh
from psa.lanes.models import Event, Lane
from psa.mail.models import OutgoingMail
from psa.tenancy import services
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from psa.web import sheets
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.test_path import for_partner
from tests.outsourcing.test_sharing import for_internal
from tests.tickets.pages import sign_in_english
from tickets import readers
from tickets.models import Item, Note, Ticket, TimeEntry
from tickets.services import items


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


def write(pair: Pair, text: str, kind: str = "note", **fields: Any) -> Item:
    """Something of Baltic's for Nordlicht."""
    fields = {**fields, "text": text}
    with pair.service() as by:
        return items.add(pair.insourced, kind, for_partner(pair.insourced), by=by, **fields)


def page(pair: Pair, member: Membership) -> str:
    desk, ticket = ("nordlicht", pair.ticket) if member is pair.max else ("baltic", pair.insourced)
    answer = sign_in(member).get(f"/{desk}/tickets/{ticket.number}/", headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def badge(pair: Pair, item: Item) -> str:
    """What stands at an item of Baltic's, in English."""
    with pair.service() as by:
        ticket = Ticket.objects.get(pk=pair.insourced.pk)
        found = receipts.badges(ticket, [type(item)._default_manager.get(pk=item.pk)], by).get(item.key, [])
        return " ".join(str(one.label) for one in found)


def hang(pair: Pair, monkeypatch: Any, code: str = "no_upcast") -> None:
    """Nordlicht cannot take over what Baltic sends."""

    def fail(event: Event) -> None:
        raise leases.Permanent(code)

    monkeypatch.setitem(delivery._handlers, "item.put", delivery.Handler(fail, 1, None))
    drain()


def mend(monkeypatch: Any) -> None:
    monkeypatch.setitem(delivery._handlers, "item.put", delivery.Handler(inbox.on_put, 1, None))


# Receipts at each item ------------------------------------------------------------------------------------------------
def test_an_item_says_on_its_way_then_arrived(pair: Pair) -> None:
    note = write(pair, "On my way.")
    assert badge(pair, note) == "On its way to Nordlicht IT"
    drain()
    assert badge(pair, note) == "Arrived at Nordlicht IT"


def test_s9_a_refusal_shows_at_the_source_with_its_reason(pair: Pair, monkeypatch: Any) -> None:
    note = write(pair, "Too big.")

    def refuse(event: Event) -> None:
        raise Refused("file_too_large", limit=1)

    monkeypatch.setitem(delivery._handlers, "item.put", delivery.Handler(refuse, 1, None))
    drain()
    assert badge(pair, note).startswith("Refused: ")
    assert "not possible" not in badge(pair, note)
    with pair.lead():
        assert not Note.objects.filter(key=note.key).exists()


def test_an_item_that_was_given_up_says_why(pair: Pair, monkeypatch: Any) -> None:
    note = write(pair, "Lost.")
    hang(pair, monkeypatch)
    answer = sign_in(pair.gunta).post(f"/baltic/handovers/{pair.handover.key}/skip/", {"reason": "Sent by mail."})
    assert answer.status_code == 302
    mend(monkeypatch)
    drain()
    assert badge(pair, note) == "Given up: Sent by mail."
    for member in (pair.max, pair.gunta):
        assert "Sent by mail." in page(pair, member)
        assert "Lost." in page(pair, member), "the loss is named on both tickets"


def test_held_kept_local_and_withdrawn_are_said(pair: Pair) -> None:
    early = write(pair, "Early.")
    drain()
    with pair.service() as by:
        items.edit(early, by=by, reader=for_internal(pair.insourced))
    assert badge(pair, early) == "Withdrawn from Nordlicht IT"
    drain()
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    held, kept = write(pair, "Held."), write(pair, "Kept.")
    with pair.service() as by:
        sync.keep_local(pair.insourced, kept.key, True, by=by)
    assert (badge(pair, held), badge(pair, kept)) == ("Held, not shared", "Kept on our side")
    drain()
    with pair.lead() as by:
        ending.approve(pair.ticket, by=by)
    drain()
    assert badge(pair, held) == badge(pair, kept) == "Not shared"


def test_the_receipts_of_a_page_are_one_query(pair: Pair) -> None:
    made = [write(pair, f"Note {number}") for number in range(20)]
    drain()
    with pair.service() as by:
        ticket = Ticket.objects.get(pk=pair.insourced.pk)
        ticket.__dict__["_links"] = [pair.link(pair.gunta)]
        with CaptureQueriesContext(connection) as asked:
            assert len(receipts.badges(ticket, made, by)) == 20
    assert len(asked) == 1


# The held tray --------------------------------------------------------------------------------------------------------
@pytest.fixture
def ruta(baltic: Any) -> Membership:
    """A dispatcher at Baltic whose level is None: she may edit tickets and outsource nothing."""
    return services.add_member(baltic, "ruta@baltic.example", "Rūta Kalna", "dispatcher")


@pytest.fixture
def rita(nordlicht: Any) -> Membership:
    """A dispatcher at Nordlicht whose level is None."""
    return services.add_member(nordlicht, "rita@nordlicht.example", "Rita", "dispatcher")


def without_level(member: Membership) -> None:
    with acting(member):
        Membership.objects.filter(pk=member.pk).update(outsourcing_level="none")


def test_at_the_service_side_keeping_back_takes_ticket_edit_only(pair: Pair, ruta: Membership) -> None:
    without_level(ruta)
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    note = write(pair, "Held.")
    address = f"/baltic/handovers/{pair.handover.key}/held/{note.key}/"
    assert "Keep on our side" in page(pair, pair.gunta) or "held" in page(pair, pair.gunta)
    assert sign_in(ruta).post(address, {"keep": "1"}).status_code == 302
    with pair.service():
        assert Share.objects.get(item=note.key).keep_local


def test_at_the_lead_keeping_back_takes_the_level_outsource(pair: Pair, rita: Membership) -> None:
    without_level(rita)
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    with pair.lead() as by:
        note = items.add(pair.ticket, "note", for_partner(pair.ticket), by=by, text="Held.")
    answer = sign_in(rita).post(f"/nordlicht/handovers/{pair.handover.key}/held/{note.key}/", {"keep": "1"})
    assert answer.status_code == 403
    assert "outsource.send" in answer.content.decode()
    with pair.lead():
        assert not Share.objects.get(item=note.key).keep_local


def test_what_was_kept_is_shared_after_all_at_once_when_the_link_is_live(pair: Pair) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    note = write(pair, "Kept.")
    with pair.service() as by:
        sync.keep_local(pair.insourced, note.key, True, by=by)
        answering.recall(pair.insourced, by=by)
    drain()
    with pair.lead():
        assert not Note.objects.filter(key=note.key).exists()
    answer = sign_in(pair.gunta).post(f"/baltic/handovers/{pair.handover.key}/held/{note.key}/", {"keep": "0"})
    assert answer.status_code == 302
    drain()
    with pair.lead():
        assert Note.objects.get(key=note.key).text == "Kept."


# Link trouble ---------------------------------------------------------------------------------------------------------
def test_a_link_that_hangs_is_told_on_both_tickets_and_by_mail(pair: Pair, monkeypatch: Any) -> None:
    write(pair, "Stuck here.")
    hang(pair, monkeypatch)
    for member in (pair.max, pair.gunta):
        text = page(pair, member)
        assert "Stuck here." in text
        assert f"/handovers/{pair.handover.key}/retry/" in text
        assert (f"/handovers/{pair.handover.key}/skip/" in text) == (member is pair.gunta), "the sender's decision"
        with acting(member):
            assert OutgoingMail.objects.filter(code="link_trouble").exists()


@pytest.mark.parametrize("code", [*LANE_ERRORS, "KeyError"])
def test_the_mail_about_link_trouble_says_why_in_its_readers_words(pair: Pair, code: str) -> None:
    for member, language in ((pair.max, "de"), (pair.gunta, "lv")):
        with acting(member):
            lane = Lane.objects.filter(target_id=member.tenant_id).get()
            lane.error, lane.parked_at = code, timezone.now()
            with transaction.atomic():
                notifications.link_trouble(lane)
            letter = OutgoingMail.objects.filter(code="link_trouble").latest("pk")
        with translation.override(language):
            why = str(lane_error(code))
        said = " ".join(letter.text.split())
        assert why in said and code not in said.replace(why, "")


@pytest.mark.parametrize("who", ["lead", "service"])
def test_either_side_retries_from_its_list(pair: Pair, monkeypatch: Any, who: str) -> None:
    note = write(pair, "Stuck here.")
    hang(pair, monkeypatch)
    member, desk = (pair.max, "nordlicht") if who == "lead" else (pair.gunta, "baltic")
    client = sign_in(member)
    listing = client.get(f"/{desk}/outsourcing/link-trouble/")
    assert [row.hanging.content for row in listing.context["list"].rows] == ["Stuck here."]
    mend(monkeypatch)
    back = f"/{desk}/outsourcing/link-trouble/"
    answer = client.post(f"/{desk}/handovers/{pair.handover.key}/retry/", {"next": back})
    assert answer.url == back
    drain()
    with pair.lead():
        assert Note.objects.filter(key=note.key).exists()
    assert client.get(back).context["list"].rows == []


def test_the_answer_to_an_invitation_hangs_in_the_lists_of_both_and_is_tried_again(
    pair: Pair, monkeypatch: Any, sam: Membership
) -> None:
    partnership = pair.handover.partnership
    taken: list[int] = []

    def fail(event: Event) -> None:
        raise leases.Permanent("worker_lost")

    monkeypatch.setitem(delivery._handlers, partners.ANSWERED, delivery.Handler(fail, 1, None))
    with pair.service() as by, transaction.atomic():
        lane = lanes.open_lane(partnership.channel, pair.gunta.tenant_id, pair.max.tenant_id)
        lanes.emit(lane, partners.ANSWERED, {"invitation": 1, "partnership": str(partnership.key), "by": by.name})
    drain()
    for member, desk, other in ((pair.max, "nordlicht", "Baltic Service"), (pair.gunta, "baltic", "Nordlicht IT")):
        answer = sign_in_english(member).get(f"/{desk}/outsourcing/link-trouble/")
        (row,) = answer.context["list"].rows
        assert (row.partner, row.number, row.may_be_skipped) == (other, None, False), desk
        text = answer.content.decode()
        assert f"/{desk}/outsourcing/partners/{partnership.key}/retry/" in text and "Answer to an invitation" in text
        with acting(member):
            (letter,) = OutgoingMail.objects.filter(code="link_trouble", subject_type="partnership")
            assert other in letter.subject and "()" not in letter.subject
            assert str(partnership.key) in letter.text
    assert "Answer to an invitation" in sign_in(pair.gunta).get("/baltic/outsourcing/ledger/").content.decode()
    assert sign_in(sam).get("/atlas/outsourcing/link-trouble/").context["list"].rows == []
    stranger = sign_in(sam).post(f"/atlas/outsourcing/partners/{partnership.key}/retry/")
    assert stranger.status_code == 404
    monkeypatch.setitem(
        delivery._handlers, partners.ANSWERED, delivery.Handler(lambda event: taken.append(event.pk), 1, None)
    )
    back = "/nordlicht/outsourcing/link-trouble/"
    again = sign_in(pair.max).post(f"/nordlicht/outsourcing/partners/{partnership.key}/retry/", {"next": back})
    assert again.url == back
    drain()
    assert len(taken) == 1
    assert sign_in(pair.max).get(back).context["list"].rows == []


def test_only_the_sender_gives_up(pair: Pair, monkeypatch: Any) -> None:
    note = write(pair, "Stuck here.")
    hang(pair, monkeypatch)
    answer = sign_in(pair.max).post(f"/nordlicht/handovers/{pair.handover.key}/skip/", {"reason": "Away with it."})
    assert answer.status_code == 409
    with pair.lead():
        assert Event.objects.get(item=note.key).applied_at is None
        assert Lane.objects.get(target_id=pair.max.tenant_id).is_parked


def test_a_postponed_link_is_listed_and_the_stranger_sees_none(pair: Pair, monkeypatch: Any, sam: Membership) -> None:
    write(pair, "Later.")

    def fail(event: Event) -> None:
        raise leases.Temporary("no_ticket_yet")

    monkeypatch.setitem(delivery._handlers, "item.put", delivery.Handler(fail, 1, None))
    drain()
    rows = sign_in(pair.gunta).get("/baltic/outsourcing/link-trouble/").context["list"].rows
    assert [row.parked_at for row in rows] == [None]
    assert rows[0].hanging.error
    assert sign_in(sam).get("/atlas/outsourcing/link-trouble/").context["list"].rows == []


def test_an_alarm_that_fails_stops_nothing(pair: Pair, monkeypatch: Any) -> None:
    def broken(lane: Lane) -> None:
        raise KeyError("alarm")

    monkeypatch.setattr(delivery, "_alarms", [broken])
    write(pair, "Stuck here.")
    hang(pair, monkeypatch)
    with pair.lead():
        assert Lane.objects.get(target_id=pair.max.tenant_id).is_parked


# The ledger -----------------------------------------------------------------------------------------------------------
def sheet(member: Membership, desk: str, query: str = "") -> list[dict[str, str]]:
    answer = sign_in(member).get(f"/{desk}/outsourcing/ledger/?format=csv{query}")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")  # type: ignore[attr-defined]
    head = text.partition("\r\n")[0]
    return list(csv.DictReader(io.StringIO(text), delimiter=";" if ";" in head else ","))


def test_s10_the_ledger_equals_what_was_received(pair: Pair) -> None:
    """Every row of the sender's ledger is an event the receiver has, by the hash of what it carries."""
    write(pair, "One.")
    write(pair, "Two.", "timeentry", worked_on="2026-03-02", minutes=30)
    with pair.lead() as by:
        items.add(pair.ticket, "note", for_partner(pair.ticket), by=by, text="Three.")
    drain()
    for member, desk, receiver in ((pair.max, "nordlicht", pair.gunta), (pair.gunta, "baltic", pair.max)):
        rows = sheet(member, desk)
        with acting(receiver):
            got = Event.objects.filter(target=receiver.tenant_id).exclude(applied_at=None)
            expected = sorted(weigh(event.payload) for event in got)
        columns = list(rows[0])
        size, sha = columns[-2], columns[-1]
        assert sorted((int(row[size]), row[sha]) for row in rows) == expected
    with pair.lead():
        assert set(Note.objects.filter(received_at__isnull=False).values_list("text", flat=True)) == {"One."}


def test_the_sheet_has_all_rows_and_no_formulas(pair: Pair, monkeypatch: Any) -> None:
    monkeypatch.setattr(sheets, "CHUNK", 7)
    for number in range(30):
        write(pair, f"=HYPERLINK({number})")
    rows = sheet(pair.gunta, "baltic")
    with pair.service():
        assert len(rows) == Event.objects.filter(source=pair.gunta.tenant_id).count()
    for row in rows:
        assert not any((cell or "").startswith(("=", "+", "-", "@")) for cell in row.values())


def test_the_ledger_says_every_move_in_its_readers_words(pair: Pair) -> None:
    with pair.service() as by:
        questions.ask(pair.handover, "Which port?", by=by)
        (sent,) = Event.objects.filter(kind="handover.moved", payload__move="question_asked")
    page = sign_in(pair.gunta).get("/baltic/outsourcing/ledger/").content.decode()
    assert "uzdeva jautājumu" in page and "question asked" not in page, sent


def test_the_ledger_filters_by_partner_and_period_and_pages_by_key(pair: Pair) -> None:
    for number in range(30):
        write(pair, f"Note {number}")
    client, today = sign_in(pair.gunta), timezone.localdate().isoformat()
    key = pair.handover.partnership.key
    whole = client.get("/baltic/outsourcing/ledger/").context["list"]
    assert len(whole.rows) == 25
    assert whole.next_url
    assert client.get(whole.next_url).context["list"].rows
    assert client.get(f"/baltic/outsourcing/ledger/?partner={key}&sent_from={today}").context["list"].rows
    assert client.get("/baltic/outsourcing/ledger/?sent_to=2001-01-01").context["list"].rows == []


@pytest.mark.parametrize("address", ["ledger", "link-trouble"])
def test_the_exchange_is_for_partner_managers(pair: Pair, ada: Membership, address: str) -> None:
    answer = sign_in(ada).get(f"/nordlicht/outsourcing/{address}/")
    assert answer.status_code == 403
    assert "outsource.partners" in answer.content.decode()
    assert sign_in(ada).get(f"/nordlicht/outsourcing/{address}/?format=csv").status_code == 403


@contextmanager
def at_most(number: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as found:
        yield
    said = [query["sql"] for query in found.captured_queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(said) <= number, "\n".join(said)


@pytest.mark.parametrize("notes", [1, 24])
def test_o8_the_ledger_takes_twelve_statements(pair: Pair, notes: int) -> None:
    for number in range(notes):
        write(pair, f"Note {number}")
    drain()
    client = sign_in(pair.gunta)
    cache.clear()
    with at_most(12):
        assert client.get("/baltic/outsourcing/ledger/").status_code == 200


@pytest.mark.parametrize("notes", [1, 24])
def test_o8_link_trouble_takes_twelve_statements(pair: Pair, notes: int, monkeypatch: Any) -> None:
    for number in range(notes):
        write(pair, f"Note {number}")
    hang(pair, monkeypatch)
    client = sign_in(pair.gunta)
    cache.clear()
    with at_most(12):
        assert client.get("/baltic/outsourcing/link-trouble/").status_code == 200


# After the boundary ---------------------------------------------------------------------------------------------------
def time_form(pair: Pair) -> dict[str, Any]:
    with pair.service():
        reader = for_partner(Ticket.objects.select_related("tenant").get(pk=pair.insourced.pk))
    return {"reader": reader.value, "minutes": "0:30", "worked_on": timezone.localdate().isoformat(), "text": "More."}


def test_time_after_the_submission_warns_and_stays_here(pair: Pair) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    client, address = sign_in(pair.gunta), f"/baltic/tickets/{pair.insourced.number}/"
    assert 'name="recall_first"' in client.get(f"{address}?compose=time").content.decode()
    assert 'name="recall_first"' not in client.get(f"{address}?compose=note").content.decode()
    with pair.service():
        sent = Event.objects.count()
    add = reverse("tickets:add", args=["baltic", pair.insourced.number, "timeentry"])
    assert client.post(add, time_form(pair)).status_code == 302
    assert pair.status() == "waiting_approval"
    with pair.service():
        assert (TimeEntry.objects.count(), Event.objects.count()) == (1, sent)


def test_recall_and_add_is_one_step(pair: Pair) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()
    address = reverse("tickets:add", args=["baltic", pair.insourced.number, "timeentry"])
    assert sign_in(pair.gunta).post(address, {**time_form(pair), "recall_first": "1"}).status_code == 302
    assert pair.status() == "in_progress"
    drain()
    with pair.lead():
        assert TimeEntry.objects.get().text == "More."


def test_recall_and_add_after_the_lead_answered_keeps_what_was_typed(pair: Pair) -> None:
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
        form = time_form(pair)
    drain()
    with pair.lead() as by:
        ending.reject(pair.ticket, "Not yet.", by=by)
    address = reverse("tickets:add", args=["baltic", pair.insourced.number, "timeentry"])
    answer = sign_in(pair.gunta).post(address, {**form, "recall_first": "1"})
    assert answer.status_code == 302, "the link is live again: it is simply added"
    with pair.service():
        assert TimeEntry.objects.count() == 1


# Publish and pass on --------------------------------------------------------------------------------------------------
@pytest.fixture
def cleo_asks(pair: Pair) -> Any:
    """Nordlicht's ticket has somebody at the customer."""
    with pair.lead():
        contact = Contact.objects.create(company=pair.ticket.company, name="Cleo Hansen", phone="+49 431 1")
        Ticket.objects.filter(pk=pair.ticket.pk).update(contact=contact)
        pair.ticket.refresh_from_db()
        return contact


def test_publishing_makes_an_item_of_our_own_for_the_customer_only(pair: Pair, cleo_asks: Any) -> None:
    note = write(pair, "Rack 4 stinks.")
    drain()
    client, address = sign_in(pair.max), f"/nordlicht/tickets/{pair.ticket.number}/items/{note.key}/publish/"
    assert address in page(pair, pair.max)
    assert "Rack 4 stinks." in client.get(address).content.decode()
    assert client.post(address, {"text": "Rack 4 is repaired."}).status_code == 302
    drain()
    with pair.lead():
        ours = Note.objects.get(audience="customer")
        assert (ours.text, ours.author_name, ours.is_copy) == ("Rack 4 is repaired.", "Max Petersen", False)
        assert Note.objects.get(key=note.key).text == "Rack 4 stinks."
        assert Entry.objects.get(kind="handover.published").by_name == "Max Petersen"
    with pair.service():
        assert "repaired" not in str(list(Event.objects.values_list("payload", flat=True)))


def test_publishing_takes_the_level_and_changes_nothing_without_it(
    pair: Pair, cleo_asks: Any, rita: Membership
) -> None:
    without_level(rita)
    note = write(pair, "Rack 4 stinks.")
    drain()
    address = f"/nordlicht/tickets/{pair.ticket.number}/items/{note.key}/publish/"
    answer = sign_in(rita).post(address, {"text": "Published anyway."})
    assert answer.status_code == 403
    assert "outsource.send" in answer.content.decode()
    with pair.lead():
        assert Note.objects.filter(audience="customer").count() == 0
    with acting(rita) as by, pytest.raises(Denied):
        passing.publish(pair.ticket, Note.objects.get(key=note.key), "No.", by=by)


def test_the_customers_note_stays_until_it_is_passed_on(pair: Pair, cleo_asks: Any) -> None:
    with pair.lead() as by:
        ticket = Ticket.objects.select_related("tenant", "contact", "company").get(pk=pair.ticket.pk)
        customer = next(one for one in readers.readers(ticket) if one.audience == "customer")
        note = items.add(ticket, "note", customer, by=by, text="My secret door code is 4711. Printer is broken.")
    drain()
    with pair.service():
        assert Note.objects.count() == 0
    client, address = sign_in(pair.max), f"/nordlicht/tickets/{pair.ticket.number}/items/{note.key}/pass-on/"
    assert address in page(pair, pair.max)
    assert client.get(address).status_code == 200
    assert client.post(address, {"text": "Printer is broken."}).status_code == 302
    drain()
    with pair.service():
        assert Note.objects.get().text == "Printer is broken."
        assert "4711" not in str(list(Event.objects.values_list("payload", flat=True)))


def test_our_own_item_is_not_published_and_an_ended_partner_gets_nothing(pair: Pair, cleo_asks: Any) -> None:
    with pair.lead() as by:
        note = items.add(pair.ticket, "note", for_internal(pair.ticket), by=by, text="Internal.")
        ending.take_back(pair.ticket, "Ours.", by=by)
    client = sign_in(pair.max)
    for verb in ("publish", "pass-on"):
        address = f"/nordlicht/tickets/{pair.ticket.number}/items/{note.key}/{verb}/"
        assert client.post(address, {"text": "Out."}).status_code == 409
    with pair.lead():
        assert Note.objects.count() == 1
