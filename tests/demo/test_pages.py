"""One click signs in, the path says what comes next; outside the demo there is nothing of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from demo import guide, people
from outsourcing.models import Handover
from outsourcing.services import answering, ending, partners, sending
from outsourcing.terms import Draft
from psa.lanes import delivery
from psa.tenancy import scope
from psa.tenancy.models import Membership
from psa.tenancy.services import add_member, create_tenant
from tests.conftest import acting
from tickets import services
from tickets.models import Ticket

SIGN_IN = reverse("demo:sign_in")


@pytest.fixture
def demo(settings: Any) -> None:
    settings.DEMO = True


@pytest.mark.usefixtures("demo")
def test_a_click_signs_in_and_leads_to_the_desk(client: Client, ada: Membership) -> None:
    answer = client.post(SIGN_IN, {"email": ada.email})
    assert (answer.status_code, answer["Location"]) == (303, "/nordlicht/")
    assert client.get("/nordlicht/tickets/").status_code == 200


@pytest.mark.usefixtures("demo")
def test_a_click_leads_where_the_guide_points_but_never_elsewhere(client: Client, ada: Membership) -> None:
    assert (
        client.post(SIGN_IN, {"email": ada.email, "next": "/nordlicht/tickets/1/"})["Location"]
        == "/nordlicht/tickets/1/"
    )
    assert client.post(SIGN_IN, {"email": ada.email, "next": "//evil.example/"})["Location"] == "/nordlicht/"


@pytest.mark.usefixtures("demo")
def test_only_the_demos_own_people_come_in_without_a_password(client: Client, nordlicht: Any) -> None:
    add_member(nordlicht, "eve@nordlicht.example", "Eve", "administrator")
    assert client.post(SIGN_IN, {"email": "eve@nordlicht.example"}).status_code == 404
    assert client.get(SIGN_IN).status_code == 405


@pytest.mark.parametrize("name", ["demo:sign_in", "demo:invitation", "demo:hide_guide"])
def test_outside_the_demo_there_is_no_such_address(client: Client, ada: Membership, name: str) -> None:
    assert client.post(reverse(name), {"email": ada.email}).status_code == 404
    assert client.get("/nordlicht/tickets/").status_code == 302


@pytest.mark.usefixtures("demo")
def test_a_language_chosen_on_the_sign_in_page_stays(client: Client, ada: Membership) -> None:
    client.post(reverse("web:language"), {"language": "lv", "next": "/"})
    client.post(SIGN_IN, {"email": ada.email})
    with scope.platform("test: what was remembered"):
        ada.user.refresh_from_db()
    assert ada.user.language == "lv"


@pytest.mark.usefixtures("demo")
def test_the_guide_can_be_put_away(client: Client, ada: Membership) -> None:
    answer = client.post(reverse("demo:hide_guide"), {"next": "/nordlicht/"})
    assert answer["Location"] == "/nordlicht/"
    assert client.cookies["tandem_demo_guide"].value == "hidden"


def test_every_person_has_an_address_of_their_own() -> None:
    emails = [person.email for person in people.PEOPLE]
    assert len(set(emails)) == len(emails)
    assert people.named("GUNTA@baltic.example ") == people.of("baltic")[2]
    assert people.named("nobody@baltic.example") is None


def test_the_path_follows_the_ticket_to_the_partner_and_back(
    ada: Membership, max: Membership, gunta: Membership, ticket: Ticket, partnership: Any, desk_of_baltic: Any
) -> None:
    """Step by step: whose desk is next, and which page there."""
    with acting(max) as by:
        services.edit(ticket, by=by, title=guide.TITLE)
        Ticket.objects.filter(pk=ticket.pk).update(key=guide.TICKET)
        ours = f"/nordlicht/tickets/{ticket.number}/"
        assert step("nordlicht", ada) == (0, ours, "")
        assert step("nordlicht", max) == (0, ours, ada.email)
        sending.send(ticket, partnership, Draft(rate_type="flat", flat_amount=100), by=by)  # type: ignore[arg-type]
    delivery.drain()
    with acting(gunta) as by:
        number, where, email = step("baltic", gunta)
        assert (number, email) == (1, "andris@baltic.example")
        handover = Handover.objects.get()
        assert where == f"/baltic/handovers/{handover.key}/"
        theirs = answering.accept(handover, desk_of_baltic, by=by, title=handover.title)
        assert step("baltic", gunta)[:2] == (2, f"/baltic/tickets/{theirs.number}/")
        answering.submit(theirs, by=by)
    delivery.drain()
    with acting(max) as by:
        assert step("nordlicht", max) == (3, ours, guide.APPROVER)
        ending.approve(ticket, by=by)
        assert step("nordlicht", max)[0] == 4


@pytest.mark.usefixtures("demo")
def test_whoever_was_invited_comes_to_the_invitation(
    client: Client, max: Membership, desk_of_nordlicht: Any, nordlicht: Any
) -> None:
    helix = create_tenant("Helix Networks", "helix", language="de")
    lukas = add_member(helix, guide.INVITED, "Lukas Gruber", "administrator")
    where = reverse("demo:invitation")
    assert client.post(where).status_code == 404
    with acting(max) as by:
        partners.invite(desk_of_nordlicht, guide.INVITED, "Lukas Gruber", by=by)
    found = guide.path("helix", lukas.email)
    assert found is not None
    assert found.is_invited
    answer = client.post(where)
    assert answer.status_code == 303
    assert client.get(answer["Location"]).status_code == 200


def test_without_the_prepared_ticket_there_is_no_path(ada: Membership) -> None:
    assert guide.path("nordlicht", ada.email) is None


def step(slug: str, reader: Membership) -> tuple[int, str, str]:
    """Where the path stands, the page it leads to, and at whose desk if it is somebody else's."""
    path = guide.path(slug, reader.email)
    assert path is not None
    return [state for _, state in path.steps].index("now"), path.url, path.email
