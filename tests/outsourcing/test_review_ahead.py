"""The customer's review while a partner still works on it: no clock, and an acceptance that is kept (lifecycle 15)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from billing.services import settling as billed
from outsourcing.services import ending
from psa.directory.models import Contact
from psa.mail.models import OutgoingMail
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.timers.models import Timer
from tests.outsourcing.conftest import Pair, drain
from tickets import services
from tickets.models import Acceptance, DispatcherTask, Ticket
from workflows.models import HeldAcceptance, PortalAccess, Review, Word
from workflows.services import clock, reviews, settling


@pytest.fixture
def jan(pair: Pair) -> Contact:
    """The customer's contact, who may accept; the ticket is submitted to them over the partner's work."""
    with pair.lead() as by:
        made = Contact.objects.create(company=pair.ticket.company, name="Jan", email="jan@hansen.example")
        PortalAccess.objects.create(contact=made)
        ticket = Ticket.objects.get(pk=pair.ticket.pk)
        services.edit(ticket, by=by, version=ticket.version, contact=made)
        services.start(ticket, by=by)
        services.submit(ticket, "Have a look.", by=by, no_time="later", override="They asked to see it.")
    return made


def ticket_of(pair: Pair) -> Ticket:
    return Ticket.objects.get(pk=pair.ticket.pk)


def says(pair: Pair, jan: Contact, word: str) -> Ticket:
    with pair.lead():
        by = Actor.customer(jan.pk, jan.name, "Reederei Hansen", channel="portal")
        stay = ticket_of(pair).stay
        if word == Word.ACCEPT:
            return reviews.accept(ticket_of(pair), contact=jan, by=by, address="192.0.2.7", stay=stay)
        return reviews.request_deployment(
            ticket_of(pair), "Tonight.", contact=jan, by=by, address="192.0.2.7", stay=stay
        )


def test_no_clock_runs_while_the_partner_works(pair: Pair, jan: Contact) -> None:
    with pair.lead() as by:
        review = Review.objects.get()
        assert (review.until, review.paused_why) == (None, "handover")
        assert not Timer.objects.filter(kind=clock.STEP).exists()
        notice = OutgoingMail.objects.get(code="review_notice")
        assert "counts as accepted" not in notice.text and "Baltic" not in notice.text
        with pytest.raises(Refused, match="partner_still_works"):
            reviews.resume(ticket_of(pair), by=by)


@pytest.mark.parametrize("end", ["complete", "take_back"])
def test_with_the_end_of_that_work_the_customers_time_begins(pair: Pair, jan: Contact, end: str) -> None:
    with pair.lead() as by:
        _ends(end)(pair, by)
        review = Review.objects.get()
        assert review.until is not None and review.paused_at is None
        assert Timer.objects.filter(kind=clock.STEP, subject_id=review.pk).exists()


def _ends(how: str) -> Callable[[Pair, Actor], object]:
    if how == "complete":
        return lambda pair, by: ending.complete(ticket_of(pair), by=by)
    return lambda pair, by: ending.take_back(ticket_of(pair), "Ours.", by=by)


@pytest.mark.parametrize("end", ["complete", "take_back"])
@pytest.mark.parametrize(("word", "status"), [("accept", "invoice"), ("deploy", "reopened_deploy_request")])
def test_what_was_accepted_ahead_counts_once_that_work_has_ended(
    pair: Pair, jan: Contact, end: str, word: str, status: str
) -> None:
    assert says(pair, jan, word).status == "waiting_solution_review"
    with pytest.raises(Refused, match="accepted_already"):
        says(pair, jan, word)
    with pair.lead() as by:
        assert list(DispatcherTask.objects.open().values_list("code", flat=True)) == ["accepted_ahead"]
        assert not Acceptance.objects.exists()
        _ends(end)(pair, by)
        made = Acceptance.objects.get()
        assert (ticket_of(pair).status, made.kind, made.name, made.address) == (status, "person", "Jan", "192.0.2.7")
        assert not DispatcherTask.objects.open().exists()
    drain()


def test_a_recorded_decision_waits_as_well(pair: Pair, jan: Contact) -> None:
    with pair.lead() as by:
        reviews.record(ticket_of(pair), "accept", contact=jan, proof="call", text="On the phone.", by=by)
        assert HeldAcceptance.objects.get().by_id == pair.max.pk
        ending.complete(ticket_of(pair), by=by)
        made = Acceptance.objects.get()
        assert (made.kind, made.evidence, made.by_id, made.text) == ("on_behalf", "call", pair.max.pk, "On the phone.")


def test_a_word_given_ahead_is_gone_with_the_review(pair: Pair, jan: Contact) -> None:
    says(pair, jan, "accept")
    with pair.lead() as by:
        services.take_back(ticket_of(pair), by=by)
        ending.complete(ticket_of(pair), by=by)
        assert (ticket_of(pair).status, Acceptance.objects.count()) == ("in_progress", 0)


def test_26_insourced_work_goes_to_billing_once_it_has_ended(pair: Pair) -> None:
    with pair.service() as by:
        insourced = Ticket.objects.get(pk=pair.insourced.pk)
        with pytest.raises(Refused, match="no_handover_has_ended"):
            settling.to_billing(insourced, by=by)
        services.accept(insourced, by=by)
    drain()
    with pair.lead() as by:
        ending.complete(ticket_of(pair), by=by)
    drain()
    with pair.service() as by:
        moved = settling.to_billing(Ticket.objects.get(pk=pair.insourced.pk), by=by)
        made = Acceptance.objects.get()
        assert (moved.status, moved.resolution) == ("invoice", "handover_ended")
        assert (made.kind, made.handover, made.name) == ("handover", pair.handover.key, "Nordlicht IT")
        assert billed.settle(moved, "", write_off=False, by=by).status == "closed"
