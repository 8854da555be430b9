"""Who may open and press what: strangers find nothing, members without the right are told which one is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from outsourcing.models import Invitation, Partnership
from outsourcing.services import sending
from outsourcing.terms import Draft
from psa.directory.models import Company
from psa.tenancy import services
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair

# address (n: our ticket, k: the handover, p: the partnership), the right it takes, what a GET gives those who hold it
LEAD = """
GET  outsourcing/                      outsource.partners
POST outsourcing/                      outsource.partners
GET  outsourcing/partners/             outsource.partners
POST outsourcing/partners/add/         outsource.partners
GET  outsourcing/partners/invite/      outsource.partners
POST outsourcing/partners/invite/      outsource.partners
POST outsourcing/partners/{p}/pause/   outsource.partners
POST outsourcing/partners/{p}/resume/  outsource.partners
GET  outsourcing/partners/{p}/end/     outsource.partners
POST outsourcing/partners/{p}/end/     outsource.partners
POST outsourcing/agreement/withdraw/   tenant.manage
GET  tickets/{n}/outsource/            outsource.send
POST tickets/{n}/outsource/            outsource.send
POST tickets/{n}/outsource/preview/    outsource.send
GET  tickets/{n}/approve/              outsource.send
POST tickets/{n}/approve/              outsource.send
POST tickets/{n}/reject/               outsource.send
POST tickets/{n}/complete/             outsource.send
POST tickets/{n}/take-back/            outsource.send
POST tickets/{n}/cancel-offer/         outsource.send
POST tickets/{n}/discard/              outsource.send
GET  tickets/{n}/end-and-close/        outsource.send
POST tickets/{n}/end-and-close/        outsource.send
POST handovers/{k}/retry/              outsource.partners
GET  handovers/{k}/skip/               outsource.partners
POST handovers/{k}/skip/               outsource.partners
"""
SERVICE = """
GET  handovers/{k}/accept/             outsource.partners
POST handovers/{k}/accept/             outsource.partners
GET  handovers/{k}/decline/            outsource.partners
POST handovers/{k}/decline/            outsource.partners
POST tickets/{n}/return/               outsource.partners
POST tickets/{n}/submit-work/          ticket.edit
POST tickets/{n}/recall/               ticket.edit
"""


def lines(table: str) -> list[tuple[str, str, str]]:
    return [(line.split()[0], line.split()[1], line.split()[2]) for line in table.strip().split("\n")]


@pytest.fixture
def address(pair: Pair, partnership: Partnership) -> Callable[[str, str], str]:
    """A path of the table for the desk of one side."""

    def of(path: str, desk: str) -> str:
        number = pair.ticket.number if desk == "nordlicht" else pair.insourced.number
        return f"/{desk}/" + path.format(n=number, k=pair.handover.key, p=partnership.key)

    return of


@pytest.fixture
def rita(nordlicht: Any) -> Membership:
    """Reads everything at Nordlicht and may outsource nothing."""
    return services.add_member(nordlicht, "rita@nordlicht.example", "Rita", "read-only")


@pytest.fixture
def ruta(baltic: Any) -> Membership:
    """Reads everything at Baltic and may answer nothing."""
    return services.add_member(baltic, "ruta@baltic.example", "Rūta", "read-only")


def test_at_the_lead_the_missing_right_is_named(address: Any, rita: Membership, pair: Pair) -> None:
    named(lines(LEAD), "nordlicht", address, rita, pair)


def test_at_the_service_partner_the_missing_right_is_named(address: Any, ruta: Membership, pair: Pair) -> None:
    named(lines(SERVICE), "baltic", address, ruta, pair)


def named(table: list[tuple[str, str, str]], desk: str, address: Any, member: Membership, pair: Pair) -> None:
    """Each line: refused, the right is named, and nothing moved."""
    browser, before = sign_in(member), pair.status()
    for method, path, right in table:
        answer = getattr(browser, method.lower())(address(path, desk))
        assert answer.status_code == 403, path
        assert right in answer.content.decode(), path
        assert pair.status() == before, path


@pytest.mark.parametrize("desk", ["nordlicht", "baltic", "atlas"])
def test_a1_a_stranger_finds_nothing(desk: str, address: Any, sam: Membership, pair: Pair) -> None:
    """At other desks there is no such address, and at the own one no such ticket, handover or partner."""
    browser, before = sign_in(sam), pair.status()
    for method, path, _right in lines(LEAD) + lines(SERVICE):
        if desk == "atlas" and "{" not in path:
            continue
        answer = getattr(browser, method.lower())(address(path, "nordlicht").replace("/nordlicht/", f"/{desk}/", 1))
        assert answer.status_code == 404, path
        assert pair.status() == before, path
        assert "Baltic" not in answer.content.decode(), path


def test_before_an_answer_an_offer_is_for_those_who_may_give_it(ruta: Membership, offered: Any) -> None:
    answer = sign_in(ruta).get(f"/baltic/handovers/{offered.key}/")
    assert answer.status_code == 403
    assert "outsource.partners" in answer.content.decode()


def test_a_draft_does_not_exist_for_the_partner(
    max: Membership, gunta: Membership, ticket: Any, partnership: Any
) -> None:
    with acting(max) as by:
        draft = sending.prepare(ticket, partnership, Draft(), by=by)
    assert sign_in(gunta).get(f"/baltic/handovers/{draft.key}/").status_code == 404
    assert sign_in(max).get(f"/nordlicht/handovers/{draft.key}/").status_code == 200


def test_everybody_sees_that_and_to_whom_and_only_some_for_how_much(
    rita: Membership, ada: Membership, pair: Pair
) -> None:
    address = f"/nordlicht/tickets/{pair.ticket.number}/"
    page = sign_in(rita).get(address).content.decode()
    assert "Baltic Service" in page
    for money in ("60,00", "95,00", "350,00"):
        assert money not in page
        assert money not in sign_in(rita).get(f"/nordlicht/handovers/{pair.handover.key}/").content.decode()
    terms = sign_in(pair.max).get(f"/nordlicht/handovers/{pair.handover.key}/").content.decode()
    assert "60,00" in terms and "95,00" in terms and "350,00" in terms


def test_the_invitation_needs_a_company_with_an_address(max: Membership, desk_of_nordlicht: Company) -> None:
    with acting(max):
        silent = Company.objects.create(name="No mail", kind="vendor")
        known = Company.objects.create(name="Known", kind="vendor", email="hello@known.example")
    client = sign_in(max)
    page = client.get("/nordlicht/outsourcing/partners/").content.decode()
    assert f'value="{silent.pk}" form="invite" aria-label' in page and "disabled" in page
    typed = {
        "company": [silent.pk, known.pk],
        f"c{silent.pk}-to_email": "",
        f"c{known.pk}-to_email": "hello@known.example",
    }
    assert client.post("/nordlicht/outsourcing/partners/invite/", typed).status_code == 422
    with acting(max):
        assert not Invitation.objects.exists()
    typed |= {"company": [known.pk]}
    assert client.post("/nordlicht/outsourcing/partners/invite/", typed).status_code == 302
    with acting(max):
        assert Invitation.objects.get().company_id == known.pk
