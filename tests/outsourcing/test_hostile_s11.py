"""S11: merge, split and delete of a ticket with a handover, running and ended."""

from __future__ import annotations

from typing import Any

import pytest

from outsourcing.models import Handover, LeadSide, Network
from outsourcing.services import answering, referring, sending
from outsourcing.terms import Draft
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Role
from psa.web import refusals
from tests.conftest import acting
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tests.tickets.conftest import put
from tests.tickets.pages import sign_in_english
from tickets import services
from tickets.models import Ticket
from tickets.services import deleting, merging


def no(call: Any, *args: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def another(ticket: Ticket, by: Any) -> Ticket:
    return services.create(by=by, title="Again", company=ticket.company, queue=ticket.queue)


def test_s11_refused_while_it_is_offered_and_allowed_after_the_end_with_links_kept(
    max: Membership, ticket: Ticket, offered: Handover
) -> None:
    note = put(ticket, "note", max)
    with acting(max) as by:
        other = another(ticket, by)
        for one, into in ((ticket, other), (other, ticket)):
            refused = no(merging.merge, one, into, by=by)
            assert refused.code == "merge_while_outsourced" and refused.way_out
            assert "Baltic" in refusals.explain(refused)
        assert no(merging.split, ticket, "New", [("note", note.key)], by=by).code == "merge_while_outsourced"
        sending.cancel(ticket, by=by)
        merging.merge(ticket, other, by=by)
        assert LeadSide.objects.get().ticket_id == other.pk, "the ended handover stands on the survivor"


def test_s11_running_on_both_sides(max: Membership, gunta: Membership, pair: Pair) -> None:
    for member in (max, gunta):
        with acting(member) as by:
            ticket = Ticket.objects.get()
            other = another(ticket, by)
            code = "merge_while_outsourced" if member is max else "merge_while_insourced"
            assert no(merging.merge, ticket, other, by=by).code == code
            assert no(merging.merge, other, ticket, by=by).code == code
            assert no(deleting.delete, ticket, "No.", by=by).code == "handover_is_active"


def test_s11_deleting_with_an_offer_out_cancels_the_offer(
    max: Membership, gunta: Membership, ticket: Ticket, offered: Handover
) -> None:
    """§4: the page says it before, the partner hears of it, and the ticket comes back without an offer."""
    browser = sign_in_english(max)
    page = f"/nordlicht/tickets/{ticket.number}/delete/"
    assert "The offer to Baltic Service is cancelled with the ticket" in browser.get(page).content.decode()
    assert browser.post(page, {"reason": "Twice."}).status_code == 302
    drain()
    with acting(max) as by:
        assert Handover.objects.get().status == "canceled" and Ticket.objects.get(pk=ticket.pk).deleted_at
        assert not Ticket.objects.visible_to(by).exists()
    with acting(gunta) as by:
        assert OutgoingMail.objects.filter(code="offer_canceled").exists()
        assert no(answering.decline, Handover.objects.get(), "Too late.", by=by).code == "handover_moved_on"
    with acting(max) as by:
        deleting.restore(ticket, by=by)
        assert not deleting.goes_along(ticket)
        deleting.delete(ticket, "Again.", by=by)


def test_s11_a_draft_is_discarded_with_its_ticket_and_the_partner_never_knew(
    max: Membership, gunta: Membership, ticket: Ticket, partnership: Any
) -> None:
    with acting(max) as by:
        sending.prepare(ticket, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
        assert deleting.goes_along(ticket) == [("draft_ends_with_ticket", {"partner": "Baltic Service"})]
        deleting.delete(ticket, "Twice.", by=by)
        assert Handover.objects.get().status == "discarded"
    drain()
    with acting(gunta):
        assert not Handover.objects.exists() and not OutgoingMail.objects.exists()


def test_s11_deleting_takes_the_right_to_cancel_too_and_else_changes_nothing(
    max: Membership, ticket: Ticket, offered: Handover
) -> None:
    with scope.platform("test: somebody new"):
        deleter = tenants.add_member(max.tenant, "del@nordlicht.example", "Del", "dispatcher")
    with acting(max):
        Role.objects.filter(code="dispatcher").update(capabilities={"ticket.view": "all", "ticket.delete": "all"})
        Membership.objects.filter(pk=deleter.pk).update(outsourcing_level="none")
    with acting(deleter) as by, pytest.raises(Denied, match="outsource.send"):
        deleting.delete(ticket, "No.", by=by)
    with acting(max):
        assert Handover.objects.get().status == "assigned" and Ticket.objects.get(pk=ticket.pk).deleted_at is None


def test_s11_what_a_partner_answered_or_a_network_has_is_not_deleted(
    max: Membership, gunta: Membership, ticket: Ticket, offered: Handover
) -> None:
    """Never with a past handover (roles table), nor while a network has it."""
    with acting(gunta) as by:
        answering.decline(Handover.objects.get(), "No time.", by=by)
    drain()
    with acting(max) as by:
        refused = no(deleting.delete, ticket, "No.", by=by)
        assert refused.code == "handed_over_stays" and "Baltic Service" in refusals.explain(refused)
        referred = another(ticket, by)
        network = Network.objects.create(name="Pool", address="pool@example.com")
        referring.send(referred, network, None, "", "", by=by)
        assert no(deleting.delete, referred, "No.", by=by).code == "referral_is_active"
        assert not Ticket.objects.exclude(deleted_at=None).exists()
