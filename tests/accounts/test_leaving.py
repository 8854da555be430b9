"""A member's leaving: everything has a new owner, or nothing happened."""

from __future__ import annotations

import pytest

from outsourcing.models import LeadSide
from psa.journal.models import Entry
from psa.members import leaving
from psa.tenancy import services as tenants
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.access_stage import a_desk, with_a_partner
from tests.accounts.conftest import enter, with_password
from tests.conftest import acting, sign_in
from tickets import services
from tickets.models import QueueMember, SavedView, Ticket


@pytest.fixture
def busy(ada, ticket, queue):
    """Ada with a ticket, a queue and a saved view."""
    with acting(ada) as by:
        QueueMember.objects.create(queue=queue, member=ada)
        services.assign(ticket, ada, by=by)
        services.saved_views.save("tickets", "Mine", "", by=by)
    return ada


def everything():
    rows = [
        list(model._default_manager.order_by("pk").values()) for model in (Ticket, QueueMember, SavedView, Membership)
    ]
    return rows, Entry.objects.count()


def test_the_page_lists_what_is_held_and_passes_it_on(busy, max, ticket):
    browser, theirs = sign_in(max), enter(with_password(busy))
    path = f"/nordlicht/people/{busy.pk}/leave/"
    page = browser.get(path).content.decode()
    for word in ("VPN drops every morning", "Service desk", "Mine"):
        assert word in page, word
    assert browser.post(path, {}).status_code == 422, "somebody must take the ticket"
    assert browser.post(path, {"tickets": max.pk}).status_code == 302
    assert theirs.get("/nordlicht/")["Location"].startswith("/accounts/login/")
    with acting(max):
        ticket.refresh_from_db()
        assert ticket.assignee_id == max.pk
        assert not QueueMember.objects.exists() and not SavedView.objects.filter(member=busy).exists()
        entry = Entry.objects.latest("pk")
        assert (entry.kind, entry.data["given"][0]) == (
            "member.left",
            {"label": "tickets", "count": 1, "heir": max.name},
        )
    assert "Max Petersen" in browser.get("/nordlicht/audit/?area=permissions").content.decode()


def test_what_partners_have_of_a_leaver_goes_too(max, baltic):
    world = with_a_partner(a_desk(max, "Canary", 6), baltic)
    heir = tenants.add_member(max.tenant, "b@nordlicht.example", "Bea", "administrator")
    with acting(heir) as by:
        held = {one.holding.code for one in leaving.holdings(max)}
        assert held == {"handovers", "views", "tickets", "helps", "queues", "appointments", "feed"}
        leaving.leave(max, {"handovers": heir, "tickets": heir, "appointments": heir}, by=by)
        assert LeadSide.objects.get(handover=world.handover).sent_by_id == heir.pk


@pytest.mark.parametrize("heir", [None, "self", "gone"])
def test_without_an_heir_nothing_happens(busy, max, heir):
    with acting(max) as by:
        gone = tenants.add_member(max.tenant, "g@nordlicht.example", "Gone", "technician", is_active=False)
        before = everything()
        chosen = {"self": {"tickets": busy}, "gone": {"tickets": gone}}.get(heir, {})
        with pytest.raises(Refused, match="leaving_needs_an_heir"):
            leaving.leave(busy, chosen, by=by)
        assert everything() == before


def test_the_last_administrator_cannot_leave(max, busy, ticket):
    with acting(max) as by:
        before = everything()
        with pytest.raises(Refused, match="last_administrator"):
            leaving.leave(max, {}, by=by)
        assert everything() == before


def test_who_may_not_manage_members_lets_nobody_leave(busy, max):
    with acting(busy) as by, pytest.raises(Denied):
        leaving.leave(max, {}, by=by)


def test_twice_is_once(busy, max):
    with acting(max) as by:
        left = leaving.leave(busy, {"tickets": max}, by=by)
        with pytest.raises(Refused, match="has_left_already"):
            leaving.leave(left, {"tickets": max}, by=by)
        with pytest.raises(Refused, match="has_left_already"):
            leaving.leave(busy, {"tickets": max}, by=by)  # the page that was open
        assert Entry.objects.filter(kind="member.left").count() == 1


def test_an_heir_of_another_company_is_no_choice(busy, max, sam):
    assert sign_in(max).post(f"/nordlicht/people/{busy.pk}/leave/", {"tickets": sam.pk}).status_code == 422


def test_let_in_again(busy, max):
    browser = sign_in(max)
    browser.post(f"/nordlicht/people/{busy.pk}/leave/", {"tickets": max.pk})
    assert browser.post(f"/nordlicht/people/{busy.pk}/let-in/").status_code == 302
    assert sign_in(busy).get("/nordlicht/").status_code == 302
