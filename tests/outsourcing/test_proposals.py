"""Terms in motion (outsourcing spec T16) and the part of a flat amount (T13, T15): nothing changes by silence."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from outsourcing.models import Handover, Move, Proposal, Terms
from outsourcing.services import answering, ending, proposals, questions, sending, statements
from outsourcing.terms import Draft
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import scope, services
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from psa.timers import timers
from psa.timers.models import Timer
from tests.conftest import acting, day_of, sign_in
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tests.outsourcing.tables import undone
from tickets.models import Ticket


def typed(handover: Handover, **changes: Any) -> dict[str, Any]:
    """The form as it opens, with these fields changed."""
    terms = Terms.objects.get(handover=handover, version=handover.terms_version)
    local = timezone.localtime
    return {
        "authorised_hours": f"{terms.authorised_minutes // 60}:{terms.authorised_minutes % 60:02d}",
        "authorised_charges": str(terms.authorised_charges),
        "cost_rate": str(terms.cost_rate or ""),
        "flat_amount": str(terms.flat_amount or ""),
        "answer_by": local(terms.answer_by).strftime("%Y-%m-%dT%H:%M"),
        "complete_by": local(terms.complete_by).strftime("%Y-%m-%dT%H:%M") if terms.complete_by else "",
        "instructions": terms.instructions,
        "reason": "It takes longer than thought.",
        **changes,
    }


def at(desk: str, handover: Handover, rest: str) -> str:
    return f"/{desk}/handovers/{handover.key}/{rest}"


def newest(member: Membership) -> Proposal:
    with acting(member):
        return Proposal.objects.select_related("handover").latest("pk")


def versions(member: Membership) -> list[int]:
    with acting(member):
        return list(Terms.objects.order_by("version").values_list("version", flat=True))


# T16 ------------------------------------------------------------------------------------------------------------------


def test_t16_the_partner_asks_for_more_hours_and_the_lead_agrees(pair: Pair) -> None:
    service, lead = sign_in(pair.gunta), sign_in(pair.max)
    with pair.service():
        form = typed(Handover.objects.get(), authorised_hours="8", cost_rate="65")
    assert service.get(at("baltic", pair.handover, "propose/")).status_code == 200
    assert service.post(at("baltic", pair.handover, "propose/"), form).status_code == 302
    drain()
    proposal = newest(pair.max)
    assert proposal.changes == {"authorised_minutes": 480, "cost_rate": "65"}
    assert versions(pair.max) == [1], "nothing changes by silence"
    with pair.lead():
        assert "8 h" in OutgoingMail.objects.get(code="change_proposed").text
        before = Terms.objects.get()
    page = lead.get(at("nordlicht", pair.handover, "")).content.decode()
    assert "5:00" in page and "8:00" in page and "It takes longer than thought." in page
    accepted = lead.post(at("nordlicht", pair.handover, f"proposals/{proposal.key}/accept/"), {"version": "1"})
    assert accepted.status_code == 302
    drain()
    with pair.service():
        terms = Terms.objects.get(version=2)
        assert (terms.authorised_minutes, terms.cost_rate, terms.title) == (480, 65, before.title)
        assert len(terms.sha256) == 64 and terms.sha256 != before.sha256
        assert (terms.customer, terms.items, terms.detail) == (before.customer, before.items, before.detail)
        assert Handover.objects.get().terms_version == 2
        assert OutgoingMail.objects.filter(code="change_answered").count() == 1
        assert Entry.objects.filter(kind="handover.change_accepted").count() == 1
    for client, desk in ((lead, "nordlicht"), (service, "baltic")):
        shown = client.get(at(desk, pair.handover, "")).content.decode()
        assert terms.sha256[:16] in shown and before.sha256[:16] in shown


def test_t16_the_lead_proposes_and_the_partner_writes_the_next_version(pair: Pair) -> None:
    with pair.lead() as by:
        proposals.propose(Handover.objects.get(), {"authorised_charges": Decimal(80)}, "Two cables.", by=by)
    drain()
    proposal = newest(pair.gunta)
    done = sign_in(pair.gunta).post(at("baltic", pair.handover, f"proposals/{proposal.key}/accept/"), {"version": "1"})
    assert done.status_code == 302
    drain()
    with pair.lead():
        assert Terms.objects.get(version=2).authorised_charges == 80
        assert OutgoingMail.objects.filter(code="change_answered").count() == 1


def test_t16_a_refusal_says_why_and_changes_nothing(pair: Pair) -> None:
    with pair.service() as by:
        proposals.propose(Handover.objects.get(), {"authorised_minutes": 600}, "Two days.", by=by)
    drain()
    proposal, lead = newest(pair.max), sign_in(pair.max)
    address = at("nordlicht", pair.handover, f"proposals/{proposal.key}/refuse/")
    assert lead.post(address, {"reason": ""}).status_code == 422
    assert newest(pair.max).status == "open"
    assert lead.post(address, {"reason": "Five hours were agreed."}).status_code == 302
    drain()
    assert versions(pair.max) == [1]
    with pair.service():
        assert "Five hours were agreed." in OutgoingMail.objects.get(code="change_answered").text
        assert Entry.objects.get(kind="handover.change_refused").data["reason"] == "Five hours were agreed."
    with pair.lead() as by, pytest.raises(Refused, match="proposal_moved_on"):
        proposals.accept(newest(pair.max), by=by)


def test_t16_whoever_proposed_withdraws_and_nobody_answers_their_own(pair: Pair) -> None:
    with pair.service() as by:
        made = proposals.propose(Handover.objects.get(), {"authorised_minutes": 600}, "Two days.", by=by)
        for answer in (lambda: proposals.accept(made, by=by), lambda: proposals.refuse(made, "no", by=by)):
            with pytest.raises(Refused, match="proposal_moved_on"):
                answer()
        with pytest.raises(Refused, match="already_proposed"):
            proposals.propose(Handover.objects.get(), {"authorised_minutes": 660}, "Three.", by=by)
    with pair.lead() as by, pytest.raises(Refused, match="proposal_moved_on"):
        proposals.withdraw(newest(pair.max), by=by)
    gone = sign_in(pair.gunta).post(at("baltic", pair.handover, f"proposals/{made.key}/withdraw/"))
    assert gone.status_code == 302
    assert newest(pair.max).status == "withdrawn"
    assert versions(pair.max) == [1]


def test_t16_what_was_read_is_what_is_agreed(pair: Pair) -> None:
    """Both proposed; the lead agreed to the partner's, so the partner has to read anew before it agrees."""
    with pair.service() as by:
        proposals.propose(Handover.objects.get(), {"authorised_minutes": 600}, "Two days.", by=by)
    with pair.lead() as by:
        mine = proposals.propose(Handover.objects.get(), {"authorised_charges": Decimal(80)}, "Cables.", by=by)
        proposals.accept(Proposal.objects.get(side="service"), by=by, version=1)
    drain()
    stale = sign_in(pair.gunta).post(at("baltic", pair.handover, f"proposals/{mine.key}/accept/"), {"version": "1"})
    assert stale.status_code == 409
    assert versions(pair.gunta) == [1, 2]


def test_t16_the_leads_limit_holds_for_proposing_and_for_agreeing(pair: Pair, ada: Membership) -> None:
    with scope.tenant(ada.tenant_id):
        Ticket.objects.filter(pk=pair.ticket.pk).update(assignee=ada)
    with acting(ada) as by, pytest.raises(Refused, match="over_your_limit"):
        proposals.propose(Handover.objects.get(), {"authorised_minutes": 600}, "More.", by=by)
    with pair.service() as by:
        proposals.propose(Handover.objects.get(), {"authorised_minutes": 600}, "More.", by=by)
    with acting(ada) as by:
        with pytest.raises(Refused, match="over_your_limit"):
            proposals.accept(Proposal.objects.get(), by=by)
        assert Proposal.objects.get().status == "open"
        assert Handover.objects.get().terms_version == 1


def test_t16_needs_outsource_at_the_lead_and_partners_at_the_service_side(
    pair: Pair, nordlicht: Any, baltic: Any
) -> None:
    andris = services.add_member(baltic, "andris@baltic.example", "Andris", "dispatcher", outsourcing_level="outsource")
    nora = services.add_member(nordlicht, "nora@nordlicht.example", "Nora", "dispatcher", outsourcing_level="none")
    for member, desk, right in (
        (andris, "baltic", "outsource.partners"),
        (nora, "nordlicht", "outsource.send"),
    ):
        answer = sign_in(member).get(at(desk, pair.handover, "propose/"))
        assert answer.status_code == 403
        assert right in answer.content.decode()
        with acting(member) as by, pytest.raises(Denied):
            proposals.propose(Handover.objects.get(), {"authorised_minutes": 600}, "More.", by=by)
    with pair.lead():
        assert not Proposal.objects.exists()


@pytest.mark.parametrize("status", ["waiting_approval", "complete", "returned"])
def test_t16_only_where_terms_can_still_change(pair: Pair, status: str) -> None:
    with pair.service() as by:
        proposals.propose(Handover.objects.get(), {"authorised_minutes": 600}, "More.", by=by)
        answering.submit(pair.insourced, by=by)
    drain()
    if status != "waiting_approval":
        with pair.lead() as by:
            ending.approve(pair.ticket, by=by) if status == "complete" else ending.take_back(
                pair.ticket, "Ours.", by=by
            )
        drain()
    with pair.lead() as by:
        with pytest.raises(Refused, match=r"handover_moved_on|proposal_moved_on"):
            proposals.accept(Proposal.objects.get(), by=by)
        with pytest.raises(Refused, match="handover_moved_on"):
            proposals.propose(Handover.objects.get(), {"authorised_minutes": 660}, "More.", by=by)
        assert Proposal.objects.get().status == ("open" if status == "waiting_approval" else "lapsed")
        assert Handover.objects.get().terms_version == 1


def test_t16_nonsense_is_refused_and_what_was_typed_stays(pair: Pair) -> None:
    service = sign_in(pair.gunta)
    with pair.service():
        same = typed(Handover.objects.get())
        past = {**same, "complete_by": "2020-01-01T10:00", "reason": "Typed by Gunta"}
    assert service.post(at("baltic", pair.handover, "propose/"), same).status_code == 409
    answer = service.post(at("baltic", pair.handover, "propose/"), past)
    assert answer.status_code == 409
    assert "Typed by Gunta" in answer.content.decode()
    with pair.service():
        assert not Proposal.objects.exists()


def test_t16_a_stranger_finds_no_proposal(pair: Pair, sam: Membership) -> None:
    with pair.service() as by:
        made = proposals.propose(Handover.objects.get(), {"authorised_minutes": 600}, "More.", by=by)
    for rest in ("propose/", "extend/", "part/", "ask/", f"proposals/{made.key}/refuse/"):
        assert sign_in(sam).get(at("atlas", pair.handover, rest)).status_code == 404
    assert sign_in(sam).post(at("atlas", pair.handover, f"proposals/{made.key}/accept/")).status_code == 404
    with acting(sam):
        assert not Proposal.objects.exists()


def test_one_open_proposal_a_side_and_kind(pair: Pair) -> None:
    with pair.service() as by:
        first = proposals.propose(Handover.objects.get(), {"authorised_minutes": 600}, "More.", by=by)
        with pytest.raises(IntegrityError), transaction.atomic():
            Proposal.objects.create(
                handover=first.handover, lead_id=first.lead_id, service_id=first.service_id, side="service", by_name="x"
            )


def test_the_lead_is_warned_before_it_agrees_to_a_loss(pair: Pair) -> None:
    with pair.service() as by:
        proposals.propose(Handover.objects.get(), {"cost_rate": Decimal(99)}, "Night work.", by=by)
    page = sign_in(pair.max).get(at("nordlicht", pair.handover, "")).content.decode()
    assert "95,00" in page and "99,00" in page
    there = sign_in(pair.gunta).get(at("baltic", pair.handover, "")).content.decode()
    assert "95,00" not in there


def test_the_terms_page_costs_the_same_however_much_was_proposed_and_asked(
    pair: Pair, django_assert_max_num_queries: Any
) -> None:
    client, page = sign_in(pair.max), at("nordlicht", pair.handover, "")

    def once_more(minutes: int) -> None:
        with pair.service() as by:
            proposals.propose(Handover.objects.get(), {"authorised_minutes": minutes}, "More.", by=by)
            questions.ask(Handover.objects.get(), "And now?", by=by)
        drain()
        with pair.lead() as by:
            proposals.accept(Proposal.objects.get(status="open"), by=by)
        drain()

    once_more(360)
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    allowed = len(few)  # the next request empties the log
    for minutes in (420, 480, 540, 600):
        once_more(minutes)
    client.get(page)  # what is kept for some seconds may have run out
    with django_assert_max_num_queries(allowed):
        shown = client.get(page).content.decode()
    assert "6:00" in shown and "10:00" in shown


# While assigned -------------------------------------------------------------------------------------------------------


def test_a_counter_offer_is_agreed_on_and_then_accepted(
    max: Membership, gunta: Membership, offered: Handover, desk_of_baltic: Any
) -> None:
    later = timezone.now() + timedelta(days=3)
    with acting(gunta) as by:
        form = typed(
            Handover.objects.get(), cost_rate="70", answer_by=timezone.localtime(later).strftime("%Y-%m-%dT%H:%M")
        )
    assert sign_in(gunta).post(at("baltic", offered, "propose/"), form).status_code == 302
    drain()
    proposal = newest(max)
    assert set(proposal.changes) == {"cost_rate", "answer_by"}
    assert (
        sign_in(max).post(at("nordlicht", offered, f"proposals/{proposal.key}/accept/"), {"version": "1"}).status_code
        == 302
    )
    drain()
    with acting(max):
        due = Timer.objects.get(kind=sending.EXPIRES).due
        assert due is not None and due > timezone.now() + timedelta(days=2)
        assert Handover.objects.get().answer_by == due
    with acting(gunta) as by:
        answering.accept(Handover.objects.get(), desk_of_baltic, by=by, title="Slēdzis")
        assert Terms.objects.get(version=Handover.objects.get().terms_version).cost_rate == 70


def test_accepting_the_offer_as_it_stands_leaves_the_counter_offer_behind(
    gunta: Membership, offered: Handover, desk_of_baltic: Any
) -> None:
    with acting(gunta) as by:
        proposals.propose(Handover.objects.get(), {"cost_rate": Decimal(70)}, "Far away.", by=by)
        answering.accept(Handover.objects.get(), desk_of_baltic, by=by, title="Slēdzis")
        assert Proposal.objects.get().status == "lapsed"
        assert Handover.objects.get().terms_version == 1


def test_the_lead_alone_extends_and_the_partner_is_told(max: Membership, gunta: Membership, offered: Handover) -> None:
    was = offered.answer_by
    until = timezone.now() + timedelta(days=4)
    form = {"answer_by": timezone.localtime(until).strftime("%Y-%m-%dT%H:%M")}
    assert sign_in(gunta).post(at("baltic", offered, "extend/"), form).status_code == 409
    with acting(gunta):
        assert Handover.objects.get().answer_by == was
    assert sign_in(max).get(at("nordlicht", offered, "extend/")).status_code == 200
    assert sign_in(max).post(at("nordlicht", offered, "extend/"), form).status_code == 302
    drain()
    with acting(max):
        handover = Handover.objects.get()
        assert handover.answer_by is not None and handover.answer_by > was
        assert Timer.objects.get(kind=sending.EXPIRES).due == handover.answer_by
        assert Move.objects.filter(name="extended").count() == 1
    with acting(gunta):
        mail = OutgoingMail.objects.filter(code="offer_sent").latest("pk")
        assert OutgoingMail.objects.filter(code="offer_sent").count() == 2
        assert mail.to_address == "gunta@baltic.example"


def test_an_offer_is_extended_only_to_later_and_only_while_it_is_open(max: Membership, offered: Handover) -> None:
    lead = sign_in(max)
    earlier = {"answer_by": timezone.localtime(timezone.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")}
    assert lead.post(at("nordlicht", offered, "extend/"), earlier).status_code == 409
    with acting(max) as by:
        sending.cancel(Ticket.objects.get(), by=by)
        with pytest.raises(Refused, match="handover_moved_on"):
            sending.extend(Ticket.objects.get(), timezone.now() + timedelta(days=9), by=by)


# T13, T15: the part of a flat amount -------------------------------------------------------------------------------


@pytest.fixture
def flat(max: Membership, gunta: Membership, ticket: Ticket, partnership: Any, desk_of_baltic: Any) -> Pair:
    """A flat amount of 400, accepted."""
    with acting(max) as by:
        draft = Draft(**{**HOURLY, "rate_type": "flat", "cost_rate": None, "flat_amount": Decimal(400)})
        handover = sending.send(ticket, partnership, draft, by=by)
    drain()
    with acting(gunta) as by:
        insourced = answering.accept(handover, desk_of_baltic, by=by, title="Slēdzis")
    drain()
    return Pair(max, gunta, ticket, insourced, handover)


def test_t15_the_lead_proposes_a_part_and_the_partner_agrees(flat: Pair) -> None:
    address = f"/nordlicht/tickets/{flat.ticket.number}/take-back/"
    assert sign_in(flat.max).post(address, {"reason": "The customer does it.", "part": "50"}).status_code == 302
    drain()
    proposal = newest(flat.gunta)
    assert (proposal.kind, proposal.part, proposal.status, proposal.side) == ("part", 50, "open", "lead")
    assert day_of(flat.max, proposal.due).weekday() < 5
    with flat.service():
        assert "50 %" in OutgoingMail.objects.get(code="change_proposed").text
    service = sign_in(flat.gunta)
    assert service.post(at("baltic", flat.handover, f"proposals/{proposal.key}/accept/")).status_code == 302
    drain()
    with flat.lead():
        handover = Handover.objects.get()
        assert statements.agreed_part(handover) == 50
        assert not proposals.is_unsettled(handover)
        assert handover.terms_version == 1


def test_t13_the_partner_proposes_the_part_and_an_objection_leaves_the_difference(flat: Pair) -> None:
    address = f"/baltic/tickets/{flat.insourced.number}/return/"
    assert sign_in(flat.gunta).post(address, {"reason": "The part does not fit.", "part": "80"}).status_code == 302
    drain()
    proposal, lead = newest(flat.max), sign_in(flat.max)
    refuse = at("nordlicht", flat.handover, f"proposals/{proposal.key}/refuse/")
    assert lead.post(refuse, {"reason": "Half at most."}).status_code == 302
    drain()
    with flat.lead():
        assert proposals.is_unsettled(Handover.objects.get())
    for client, desk in ((lead, "nordlicht"), (sign_in(flat.gunta), "baltic")):
        assert "triangle-alert" in client.get(at(desk, flat.handover, "")).content.decode()
    again = lead.post(at("nordlicht", flat.handover, "part/"), {"part": "60", "reason": "A compromise."})
    assert again.status_code == 302
    with flat.service() as by:
        proposals.accept(Proposal.objects.get(status="open"), by=by)
        assert statements.agreed_part(Handover.objects.get()) == 60


def test_t15_unanswered_for_five_working_days_it_stays_a_difference(flat: Pair) -> None:
    with flat.lead() as by:
        ending.take_back(flat.ticket, "Ours.", by=by, part=50)
        proposal = Proposal.objects.get()
        due = Timer.objects.get(kind=proposals.PART_DUE)
        assert due.due == proposal.due
        past = timezone.now() - timedelta(minutes=1)
        Timer.objects.filter(pk=due.pk).update(due=past)
    assert timers.sweep() >= 1, "fired early, it says nothing"
    assert newest(flat.max).status == "open"
    with flat.lead():
        Proposal.objects.update(due=past)
        timers.arm(proposals.PART_DUE, proposal.pk, past)
    timers.sweep()
    drain()
    assert newest(flat.max).status == "lapsed"
    for side in (flat.lead, flat.service):
        with side():
            assert OutgoingMail.objects.filter(code="change_answered").count() == 1
            assert proposals.is_unsettled(Handover.objects.get())
            assert statements.agreed_part(Handover.objects.get()) is None


def test_t12_closing_over_work_for_a_flat_amount_asks_for_the_part(flat: Pair) -> None:
    """T12 with T15: taking it back while closing proposes a part; completing pays all and asks for none."""
    lead, address = sign_in(flat.max), f"/nordlicht/tickets/{flat.ticket.number}/end-and-close/"
    assert 'name="part"' in lead.get(address).content.decode()
    for part in ("", "101", "half"):
        answer = lead.post(address, {"how": "take_back", "text": "Typed by Max", "part": part})
        assert answer.status_code == 409 and "Typed by Max" in answer.content.decode(), part
        assert flat.status() == "accepted", part
    with undone():
        assert lead.post(address, {"how": "complete", "text": "Done.", "part": "50"}).status_code == 302
        assert flat.status() == "complete"
        with flat.lead():
            assert not Proposal.objects.exists()
    assert lead.post(address, {"how": "take_back", "text": "We do it ourselves.", "part": "50"}).status_code == 302
    drain()
    proposal = newest(flat.gunta)
    assert (proposal.kind, proposal.part, proposal.status, proposal.side) == ("part", 50, "open", "lead")
    with flat.lead():
        assert Ticket.objects.get().status == "closed"


def test_t12_hourly_work_asks_for_no_part(pair: Pair) -> None:
    page = sign_in(pair.max).get(f"/nordlicht/tickets/{pair.ticket.number}/end-and-close/").content.decode()
    assert 'name="part"' not in page


def test_hourly_work_has_no_part(pair: Pair) -> None:
    with pair.lead() as by:
        ending.take_back(pair.ticket, "Ours.", by=by, part=50)
        assert not Proposal.objects.exists()
        with pytest.raises(Refused, match="part_is_settled"):
            proposals.propose_part(Handover.objects.get(), 50, "Half.", by=by)
