"""The end of a request: passed on to billing, asked again about (lifecycle moves 22, 23, 26, 29; W12)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from psa.directory.models import Contact
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.tickets.test_lifecycle import WAYS
from tests.workflows.reviews import MONDAY, Stage
from tickets import guards, services
from tickets.models import Status, Ticket, TicketLink
from workflows.services import followups, settling

INVOICE = ("submit", "accept_solution")
LAST_DAY = MONDAY + timedelta(days=14)


def again(stage: Stage, contact: Contact | None = None, text: str = "Dead again.") -> Ticket:
    """Asked again by the desk, or by the contact in the portal."""
    with acting(stage.member) as by:
        if contact is not None:
            by = Actor.customer(contact.pk, contact.name, "Reederei Hansen", channel="portal")
        return followups.ask_again(stage.ticket, text, contact=contact, by=by)


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something of every ticket was billed already."""
    kept = [
        *guards._guards,
        (frozenset({"ticket.reopen"}), lambda *args: {None: Refused("posted_already", followups.ASK_AGAIN)}),
    ]
    monkeypatch.setattr(guards, "_guards", kept)


@pytest.mark.parametrize("is_customer", [True, False])
def test_within_the_window_the_request_is_opened_again(stage: Stage, accepter: Contact, is_customer: bool) -> None:
    stage.bring("close")
    stage.at(LAST_DAY)
    found = again(stage, accepter if is_customer else None)
    assert (found.pk, found.status) == (stage.pk, "reopened_defect")


@pytest.mark.parametrize("is_customer", [True, False])
def test_after_the_window_another_one_follows_it(stage: Stage, accepter: Contact, is_customer: bool) -> None:
    stage.bring("close")
    stage.at(LAST_DAY + timedelta(minutes=1))
    found = again(stage, accepter if is_customer else None)
    assert found.pk != stage.pk and (found.description, found.title) == ("Dead again.", stage.ticket.title)
    assert (found.contact_id, found.status, stage.ticket.status) == (accepter.pk, "new", "closed")
    with acting(stage.member):
        link = TicketLink.objects.get()
        assert (link.first_id, link.second_id, link.kind) == (stage.pk, found.pk, "related")


def test_the_same_words_twice_are_one_ticket(stage: Stage) -> None:
    stage.bring("cancel")
    assert again(stage).pk == again(stage).pk
    assert again(stage, text="And the printer.").pk != again(stage).pk


def test_the_desks_own_move_keeps_the_window_and_nobody_overrides_it(stage: Stage) -> None:
    stage.bring("close")
    stage.at(LAST_DAY + timedelta(days=1))
    with acting(stage.member) as by:
        with pytest.raises(Refused, match="reopen_window_is_over") as no:
            services.move(stage.ticket, "reopen", "Dead again.", by=by, override="I am a dispatcher")
        button = next(one for one in services.buttons(stage.ticket, by) if one.move.name == "reopen")
    assert no.value.way_out == "workflows:ask_again"
    assert button.refusal is not None and stage.ticket.status == "closed"


@pytest.mark.parametrize("status", ["invoice", "closed"])
def test_w12_reopened_after_the_bill_another_one_follows(
    stage: Stage, accepter: Contact, posted: None, status: str
) -> None:
    stage.bring(*INVOICE) if status == "invoice" else stage.bring("close")
    found = again(stage, accepter)
    assert found.pk != stage.pk
    assert (found.status, stage.ticket.status) == ("new", status)


def test_w12_before_the_bill_the_request_itself_is_opened(stage: Stage, accepter: Contact) -> None:
    stage.bring(*INVOICE)
    stage.at(LAST_DAY + timedelta(days=60))
    found = again(stage, accepter)
    assert (found.pk, found.status, found.acceptance_id) == (stage.pk, "reopened_defect", None)


@pytest.mark.parametrize("is_customer", [True, False])
def test_a_cancelled_request_is_never_opened_again(stage: Stage, accepter: Contact, is_customer: bool) -> None:
    stage.bring("cancel")
    assert again(stage, accepter if is_customer else None).pk != stage.pk
    assert stage.ticket.status == "cancelled"


@pytest.mark.parametrize("status", [one for one in Status if one not in followups.OVER and one != "new"])
def test_what_is_not_over_is_not_asked_again(stage: Stage, accepter: Contact, status: str) -> None:
    with acting(stage.member) as by:
        fresh = services.create(
            by=by, title="Other", company=stage.ticket.company, contact=accepter, queue=stage.ticket.queue
        )
    stage.pk = fresh.pk
    stage.bring(*WAYS[status])
    with pytest.raises(Refused, match="ticket_moved_on"):
        again(stage, accepter)


def test_nothing_is_asked_without_words(stage: Stage) -> None:
    stage.bring("cancel")
    with pytest.raises(Refused, match="words_missing"):
        again(stage, text="  ")


@pytest.mark.parametrize("role", ["billing", "read-only", "sales"])
def test_asking_again_takes_the_right_to_edit(stage: Stage, people: Callable[[str], Membership], role: str) -> None:
    stage.bring("cancel")
    with acting(people(role)) as by, pytest.raises(Denied, match="ticket.edit"):
        followups.ask_again(stage.ticket, "Dead again.", contact=None, by=by)


# To billing -------------------------------------------------------------------------------------------------------
def test_only_an_insourced_ticket_whose_handover_ended_goes_to_billing(stage: Stage) -> None:
    with acting(stage.member) as by, pytest.raises(Refused, match="no_handover_has_ended"):
        settling.to_billing(stage.ticket, by=by)
    assert stage.ticket.status == "in_progress" and timezone.now() == MONDAY
