"""Over the amount limit, *Outsource*, *Approve* and *Complete* become *Request release* to those who may (§2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from outsourcing.models import Handover, LeadSide, Proposal, Release, Terms
from outsourcing.services import answering, ending, proposals, releases, sending, settings
from outsourcing.terms import Draft
from psa.journal.models import Entry
from psa.lanes.models import Event
from psa.mail.models import OutgoingMail
from psa.tenancy import services
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tickets.models import Ticket
from tickets.services import lifecycle

DEAR = Draft(**{**HOURLY, "authorised_minutes": 600})  # type: ignore[arg-type]
TYPED = {
    "rate_type": "hourly", "currency": "EUR", "cost_rate": "60", "bill_rate": "95", "authorised_hours": "10",
    "authorised_charges": "50", "answer_hours": "24", "detail": "site",
}  # fmt: skip
DASHBOARD = "/nordlicht/outsourcing/?folder=release"


@pytest.fixture
def ada(ada: Membership, ticket: Ticket) -> Membership:
    """The technician works the ticket; her limit is 500."""
    with acting(ada):
        Ticket.objects.filter(pk=ticket.pk).update(assignee=ada)
    return ada


@pytest.fixture
def jonas(nordlicht: Any) -> Membership:
    """A dispatcher: level Partners, no limit."""
    return services.add_member(nordlicht, "jonas@nordlicht.example", "Jonas Reimers", "dispatcher")


@pytest.fixture
def asked(ada: Membership, ticket: Ticket, partnership: Any) -> Release:
    """Ada asks for the release of an offer of 650."""
    with acting(ada) as by:
        return releases.ask_to_send(ticket, partnership, DEAR, by=by)


@pytest.fixture
def submitted(pair: Pair) -> Pair:
    """Baltic has submitted work of 350; Ada's own limit was lowered to 100."""
    with pair.service() as by:
        answering.submit(pair.insourced, by=by)
    drain()
    return pair


def lower(member: Membership, limit: Decimal | None) -> None:
    with acting(member):
        Membership.objects.filter(pk=member.pk).update(amount_limit=limit, follows_role_limit=False)


def url(release: Release, verb: str = "") -> str:
    return f"/nordlicht/outsourcing/releases/{release.pk}/" + (f"{verb}/" if verb else "")


def present(release: Release) -> Release:
    return Release.objects.get(pk=release.pk)


def mails(code: str) -> list[str]:
    return sorted(OutgoingMail.objects.filter(code=code).values_list("to_name", flat=True))


# Asking ---------------------------------------------------------------------------------------------------------------
def test_an_offer_over_the_limit_becomes_a_request(ada, jonas, ticket, partnership):
    page = f"/nordlicht/tickets/{ticket.number}/outsource/"
    browser = sign_in(ada)
    answer = browser.post(page, {**TYPED, "partner": partnership.key, "do": "send"})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert 'value="release"' in text and 'value="send"' not in text
    with acting(ada):
        assert not Handover.objects.exists()
    assert browser.post(page, {**TYPED, "partner": partnership.key, "do": "release"}).status_code == 302
    with acting(ada):
        asked = Release.objects.get()
        assert (asked.action, asked.amount, asked.currency, asked.requested_by) == ("send", Decimal(650), "EUR", ada)
        assert Handover.objects.get().status == "unsent"
        assert mails("release_requested") == ["Jonas Reimers", "Max Petersen"]
        assert Entry.objects.filter(kind="handover.release_requested", subject_id=ticket.pk).count() == 1
    assert "650" in browser.get(f"/nordlicht/tickets/{ticket.number}/").content.decode()


def test_the_preview_says_that_it_needs_a_release(ada, ticket, partnership):
    page = f"/nordlicht/tickets/{ticket.number}/outsource/preview/"
    over = sign_in(ada).post(page, {**TYPED, "partner": partnership.key})
    within = sign_in(ada).post(page, {**TYPED, "partner": partnership.key, "authorised_hours": "5"})
    assert "icons.svg#lock" in over.content.decode()
    assert "icons.svg#lock" not in within.content.decode()


def test_a_limit_of_0_may_prepare_only(ada, max, ticket, partnership):
    lower(ada, Decimal(0))
    with acting(ada) as by:
        sending.prepare(ticket, partnership, DEAR, by=by)
        with pytest.raises(Refused, match="over_your_limit"):
            sending.send(ticket, partnership, Draft(**HOURLY), by=by)
        assert releases.ask(ticket, "send", by=by).amount == Decimal(650)


def test_within_the_limit_nothing_is_asked(ada, ticket, partnership):
    with acting(ada) as by:
        sending.prepare(ticket, partnership, Draft(**HOURLY), by=by)
        with pytest.raises(Refused, match="release_not_needed"):
            releases.ask(ticket, "send", by=by)
        assert not Release.objects.exists()


def test_asking_twice_is_said_politely(ada, asked, ticket, partnership):
    with acting(ada) as by, pytest.raises(Refused, match="release_is_requested"):
        releases.ask(ticket, "send", by=by)
    form = {**TYPED, "partner": partnership.key, "do": "release"}
    with acting(ada):
        draft = LeadSide.objects.get().draft
    answer = sign_in(ada).post(f"/nordlicht/tickets/{ticket.number}/outsource/", form)
    assert answer.status_code in {302, 409}
    with acting(ada):
        assert Release.objects.filter(status="requested").count() == 1
        assert LeadSide.objects.get().draft["cost_rate"] == draft["cost_rate"]


def test_one_request_is_open_for_a_handover_and_an_action(ada, asked):
    with acting(ada), pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.create(
            handover_id=asked.handover_id, action="send", amount=1, currency="EUR", requested_by_id=ada.pk
        )


def test_without_the_level_nobody_asks(nordlicht, ticket, partnership, max):
    with acting(max) as by:
        sending.prepare(ticket, partnership, DEAR, by=by)
    nora = services.add_member(nordlicht, "nora@nordlicht.example", "Nora", "dispatcher", outsourcing_level="none")
    with acting(nora) as by:
        with pytest.raises(Denied, match=r"outsource\.send"):
            releases.ask(ticket, "send", by=by)
        assert not Release.objects.exists()


# Giving ---------------------------------------------------------------------------------------------------------------
def test_giving_really_sends_in_the_name_of_the_request(ada, jonas, asked, ticket):
    assert sign_in(jonas).post(url(asked, "give"), {"next": DASHBOARD}).url == DASHBOARD
    with acting(jonas):
        assert present(asked).status == "given"
        handover, own = Handover.objects.get(), LeadSide.objects.get()
        assert (handover.status, handover.sent_by_name) == ("assigned", "Jonas Reimers")
        assert (own.prepared_by_id, own.sent_by_id) == (ada.pk, jonas.pk)
        assert Terms.objects.get().lead_contact["name"] == "Ada Brandt"
        assert mails("release_given") == ["Ada Brandt"]
        given, sent = Entry.objects.get(kind="handover.release_given"), Entry.objects.get(kind="handover.sent")
        assert (given.by_id, sent.by_id, sent.cause_id) == (jonas.pk, jonas.pk, given.pk)
        assert given.data["asked_by"] == "Ada Brandt"


def test_giving_really_approves(ada, jonas, submitted):
    lower(ada, Decimal(100))
    number = submitted.ticket.number
    bar = sign_in(ada).get(f"/nordlicht/tickets/{number}/").content.decode()
    assert f"/nordlicht/tickets/{number}/release-approve/" in bar
    assert f"/nordlicht/tickets/{number}/approve/" not in bar
    assert sign_in(ada).post(f"/nordlicht/tickets/{number}/approve/").status_code == 409
    assert submitted.status() == "waiting_approval"
    answer = sign_in(ada).post(f"/nordlicht/tickets/{number}/release-approve/", {"note": "All ports work."})
    assert answer.status_code == 302
    with acting(jonas):
        asked = Release.objects.get()
        assert (asked.action, asked.amount, asked.note) == ("approve", Decimal(350), "All ports work.")
    assert sign_in(ada).post(url(asked, "give")).status_code == 409
    assert submitted.status() == "waiting_approval"
    assert sign_in(jonas).post(url(asked, "give")).status_code == 302
    assert submitted.status() == "complete"


def test_giving_really_completes(ada, jonas, pair):
    lower(ada, Decimal(100))
    number = pair.ticket.number
    assert sign_in(ada).post(f"/nordlicht/tickets/{number}/release-complete/", {"note": ""}).status_code == 302
    with acting(jonas):
        asked = Release.objects.get()
    assert sign_in(jonas).post(url(asked, "give")).status_code == 302
    assert pair.status() == "complete"


def test_what_the_move_itself_refuses_leaves_the_request_open(ada, jonas, asked, nordlicht, max):
    """The work would be due before the answer: nothing is sent, and the request waits on."""
    with acting(max):
        from_before = Entry.objects.count()
    with acting(ada):
        LeadSide.objects.update(draft={**DEAR.to_json(), "complete_by": timezone.now().isoformat()})
    answer = sign_in(jonas).post(url(asked, "give"))
    assert answer.status_code == 409
    with acting(jonas):
        assert present(asked).status == "requested"
        assert Handover.objects.get().status == "unsent"
        assert Entry.objects.count() == from_before
        assert not mails("release_given")


def test_a_double_click_and_a_stale_page_are_answered_politely(ada, jonas, max, asked):
    assert sign_in(jonas).post(url(asked, "give")).status_code == 302
    for verb in ("give", "refuse", "withdraw"):
        answer = sign_in(max).post(url(asked, verb), {"reason": "Too late."})
        assert answer.status_code == 409
        assert "Jonas Reimers" in answer.content.decode()
    with acting(max):
        assert present(asked).status == "given"
        assert Handover.objects.get().status == "assigned"
        assert mails("release_given") == ["Ada Brandt"] and not mails("release_refused")


def test_over_ones_own_limit_nothing_is_released(nordlicht, ada, asked):
    dora = services.add_member(
        nordlicht, "dora@nordlicht.example", "Dora Wolf", "dispatcher", amount_limit=Decimal("649.99")
    )
    assert sign_in(dora).post(url(asked, "give")).status_code == 409
    assert sign_in(dora).post(url(asked, "refuse"), {"reason": "No."}).status_code == 409
    page = sign_in(dora).get(url(asked)).content.decode()
    assert "Max" not in page.partition("<main")[0] and f"{url(asked)}give/" not in page
    with acting(dora):
        assert present(asked).status == "requested" and Handover.objects.get().status == "unsent"


# Refusing, withdrawing ------------------------------------------------------------------------------------------------
def test_refusing_gives_a_reason_and_decides_nothing_else(ada, jonas, asked, ticket):
    assert sign_in(jonas).post(url(asked, "refuse"), {"reason": ""}).status_code == 409
    assert sign_in(jonas).post(url(asked, "refuse"), {"reason": "Ask Atlas first."}).status_code == 302
    with acting(jonas):
        now = present(asked)
        assert (now.status, now.reason, now.decided_by_id) == ("refused", "Ask Atlas first.", jonas.pk)
        assert Handover.objects.get().status == "unsent"
        assert mails("release_refused") == ["Ada Brandt"]
        assert not Event.objects.exists()
    assert "Ask Atlas first." in sign_in(ada).get(f"/nordlicht/tickets/{ticket.number}/").content.decode()


def test_who_asked_may_take_it_back(ada, asked):
    assert sign_in(ada).post(url(asked, "withdraw")).status_code == 302
    with acting(ada):
        assert present(asked).status == "withdrawn"
        assert Handover.objects.get().status == "unsent"


def test_a_changed_draft_withdraws_the_request(ada, asked, ticket, partnership):
    with acting(ada) as by:
        sending.prepare(ticket, partnership, Draft(**{**HOURLY, "authorised_minutes": 900}), by=by)
        assert present(asked).status == "withdrawn"
        assert releases.ask(ticket, "send", by=by).amount == Decimal(950)


def test_a_move_takes_the_request_away(ada, jonas, max, submitted):
    """What was asked for cannot be done any more: the partner recalled."""
    lower(ada, Decimal(100))
    with acting(ada) as by:
        asked = releases.ask(submitted.ticket, "approve", by=by)
    with submitted.service() as by:
        answering.recall(submitted.insourced, by=by)
    drain()
    with acting(jonas) as by:
        assert present(asked).status == "withdrawn"
        with pytest.raises(Refused, match="release_is_answered"):
            releases.give(asked, by=by)
    assert submitted.status() == "in_progress"


def test_a_discarded_draft_leaves_no_request(ada, asked, ticket):
    with acting(ada) as by:
        sending.discard(ticket, by=by)
        assert present(asked).status == "withdrawn"


# To release -----------------------------------------------------------------------------------------------------------
def test_the_folder_shows_it_and_decides_in_place(ada, jonas, asked):
    page = sign_in(jonas).get(DASHBOARD).content.decode()
    assert "Ada Brandt" in page and "650" in page
    assert f'formaction="{url(asked, "give")}"' in page and url(asked, "refuse") in page
    sign_in(jonas).post(url(asked, "give"))
    assert url(asked) not in sign_in(jonas).get(DASHBOARD).content.decode()


def test_in_place_approval_over_the_limit_asks_for_a_release(ada, nordlicht, submitted):
    dora = services.add_member(
        nordlicht, "dora@nordlicht.example", "Dora Wolf", "dispatcher", amount_limit=Decimal(100)
    )
    page = sign_in(dora).get("/nordlicht/outsourcing/?folder=approval").content.decode()
    number = submitted.ticket.number
    assert f"/nordlicht/tickets/{number}/release-approve/" in page
    assert f"/nordlicht/tickets/{number}/approve/" not in page


def test_the_folder_costs_the_same_for_many(ada, jonas, max, asked, partnership, desk_of_nordlicht):
    def statements() -> int:
        browser = sign_in(jonas)
        browser.get(DASHBOARD)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(DASHBOARD).status_code == 200
        return len(seen)

    from_one = statements()
    for _ in range(4):
        with acting(max) as by:
            made = lifecycle.create(by=by, title="One more", company=desk_of_nordlicht, assignee=ada)
        with acting(ada) as by:
            releases.ask_to_send(made, partnership, DEAR, by=by)
    assert statements() == from_one


# Two companies, two people --------------------------------------------------------------------------------------------
def test_the_partner_learns_nothing_of_a_request(ada, gunta, asked):
    assert sign_in(gunta).get(url(asked).replace("nordlicht", "baltic")).status_code == 404
    with acting(gunta):
        assert not Release.objects.exists() and not Event.objects.exists()


def test_sender_and_approver_must_differ_where_the_setting_says_so(max, jonas, submitted):
    with acting(max) as by:
        settings.need_second_person(True, by=by)
    number = submitted.ticket.number
    answer = sign_in(max).post(f"/nordlicht/tickets/{number}/approve/")
    assert answer.status_code == 409
    assert "Jonas Reimers" in answer.content.decode()
    assert submitted.status() == "waiting_approval"
    with acting(max) as by, pytest.raises(Refused, match="second_person_needed"):
        ending.complete(submitted.ticket, by=by)
    assert sign_in(jonas).post(f"/nordlicht/tickets/{number}/approve/").status_code == 302
    assert submitted.status() == "complete"


def test_without_the_setting_the_sender_may_approve(max, submitted):
    assert sign_in(max).post(f"/nordlicht/tickets/{submitted.ticket.number}/approve/").status_code == 302
    assert submitted.status() == "complete"


def test_the_setting_is_changed_by_all_and_administrators_and_written_down(max, jonas):
    with acting(jonas) as by:
        with pytest.raises(Denied, match=r"outsource\.all"):
            settings.need_second_person(True, by=by)
        assert not settings.of_tenant().needs_second_person
    with acting(max) as by:
        settings.need_second_person(True, by=by)
        settings.need_second_person(True, by=by)
        (entry,) = Entry.objects.filter(kind="outsourcing.second_person_changed")
        assert (entry.data, entry.by_id) == ({"old": False, "new": True}, max.pk)


# Authorise more (T16) -------------------------------------------------------------------------------------------------
MORE = {"authorised_hours": "10:00", "authorised_charges": "50", "cost_rate": "60", "reason": "Rack 5 too."}


@pytest.fixture
def hers(pair: Pair, ada: Membership) -> Pair:
    """Ada, who may authorise 500, works the ticket Baltic has at 350."""
    with pair.lead():
        Ticket.objects.filter(pk=pair.ticket.pk).update(assignee=ada)
    return pair


def deal(pair: Pair, rest: str) -> str:
    return f"/nordlicht/handovers/{pair.handover.key}/{rest}"


def test_t16_more_than_ones_limit_is_proposed_after_a_release(hers, ada, jonas):
    """§2: "turns Authorise more into Request release"; who releases it proposes it, in the name of the request."""
    browser = sign_in(ada)
    over = browser.post(deal(hers, "propose/"), MORE)
    page = over.content.decode()
    assert over.status_code == 409 and 'value="release"' in page and "Rack 5 too." in page
    with acting(ada):
        assert not Release.objects.exists() and not Proposal.objects.exists()
    assert browser.post(deal(hers, "propose/"), {**MORE, "do": "release"}).status_code == 302
    with acting(jonas):
        asked = Release.objects.get()
        assert (asked.action, asked.amount, asked.changes) == ("change", Decimal(650), {"authorised_minutes": 600})
        assert mails("release_requested") == ["Jonas Reimers", "Max Petersen"]
        assert not Proposal.objects.exists()
    page = sign_in(jonas).get(url(asked)).content.decode()
    assert "5:00 h → <strong>10:00 h</strong>" in page
    again = browser.post(deal(hers, "propose/"), {**MORE, "do": "release"})
    assert again.status_code == 409 and "Rack 5 too." in again.content.decode()
    assert sign_in(jonas).post(url(asked, "give")).status_code == 302
    drain()
    with hers.service() as by:
        proposed = Proposal.objects.get()
        assert (proposed.by_name, proposed.reason) == ("Jonas Reimers", "Rack 5 too.")
        proposals.accept(proposed, by=by, version=1)
    with acting(ada):
        assert Terms.objects.latest("version").authorised_minutes == 600
        assert mails("release_given") == ["Ada Brandt"]


def test_t16_the_partners_proposal_over_ones_limit_is_agreed_to_after_a_release(hers, ada, jonas):
    with hers.service() as by:
        made = proposals.propose(Handover.objects.get(), {"authorised_minutes": 600}, "Two days.", by=by)
    drain()
    browser, agree = sign_in(ada), deal(hers, f"proposals/{made.key}/accept/")
    page = browser.get(deal(hers, "")).content.decode()
    assert 'name="do" value="release"' in page
    assert browser.post(agree, {"version": "1"}).status_code == 409
    assert browser.post(agree, {"version": "1", "do": "release"}).status_code == 302
    with acting(jonas):
        asked = Release.objects.get()
        assert (asked.proposal, asked.amount, Proposal.objects.get().status) == (made.key, Decimal(650), "open")
    assert sign_in(jonas).post(url(asked, "give")).status_code == 302
    with acting(jonas):
        assert Proposal.objects.get().status == "accepted"
        assert Terms.objects.latest("version").authorised_minutes == 600


def test_t16_what_was_to_be_agreed_to_is_gone_and_so_is_the_request(hers, ada, jonas):
    with hers.service() as by:
        made = proposals.propose(Handover.objects.get(), {"authorised_minutes": 600}, "Two days.", by=by)
    with acting(ada) as by:
        asked = releases.ask_to_change(Handover.objects.get(), {}, "", by=by, proposal=made)
    with hers.service() as by:
        proposals.withdraw(made, by=by)
    drain()
    with acting(jonas):
        assert present(asked).status == "withdrawn"
    assert sign_in(jonas).post(url(asked, "give")).status_code == 409
    with acting(jonas):
        assert Terms.objects.count() == 1


def test_t16_within_the_limit_and_on_the_other_side_no_release_is_asked_for(hers, ada):
    answer = sign_in(ada).post(deal(hers, "propose/"), {**MORE, "authorised_hours": "6:00", "do": "release"})
    assert answer.status_code == 409
    with hers.service() as by, pytest.raises(Refused, match="handover_moved_on"):
        releases.ask_to_change(Handover.objects.get(), {"authorised_minutes": 600}, "More.", by=by)
    with acting(ada):
        assert not Release.objects.exists() and not Proposal.objects.exists()
