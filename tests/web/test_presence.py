"""Who is here, who has a ticket open, who writes (desk spec, "Ticket list" and "Ticket page")."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from psa.tenancy import scope
from psa.tenancy.models import Membership
from psa.web import presence
from tests.conftest import sign_in
from tickets.models import Ticket


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def test_who_asked_for_a_page_is_here(client: Client, max: Membership, ada: Membership) -> None:
    sign_in(max).get("/nordlicht/counts/")
    with scope.tenant(max.tenant_id):
        assert presence.here([max.pk, ada.pk]) == {max.pk}
        assert presence.here([]) == set()


def test_who_has_a_ticket_open_and_writes(ticket: Ticket, max: Membership, ada: Membership) -> None:
    with scope.tenant(max.tenant_id):
        presence.on(ticket, max)
        presence.on(ticket, ada, writing=True)
        assert presence.of([ticket.pk, 0]) == {
            ticket.pk: [presence.Presence(ada.pk, ada.name, True), presence.Presence(max.pk, max.name, False)]
        }
        assert presence.of([ticket.pk], but=max.pk)[ticket.pk][0].writing
        presence.on(ticket, ada)
        assert not presence.of([ticket.pk], but=max.pk)[ticket.pk][0].writing, "she stopped"
        presence.off(ticket, ada)
        assert presence.of([ticket.pk], but=max.pk) == {}
        assert presence.here([max.pk, ada.pk]) == {max.pk, ada.pk}, "and both are here"


def test_a_word_that_is_not_said_again_ends(ticket: Ticket, ada: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "KEPT", -1)
    with scope.tenant(ada.tenant_id):
        presence.on(ticket, ada)
        assert presence.of([ticket.pk]) == {}


def test_a3_another_company_hears_of_nobody(ticket: Ticket, ada: Membership, sam: Membership) -> None:
    with scope.tenant(ada.tenant_id):
        presence.on(ticket, ada, writing=True)
    with scope.tenant(sam.tenant_id):
        assert presence.of([ticket.pk]) == {} and presence.here([ada.pk]) == set()
