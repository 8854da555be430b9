"""A partner the operator suspended: the other side is told since when, and may end the work (outsourcing spec §3)."""

from __future__ import annotations

import pytest

from outsourcing.models import Handover, Partnership, PartnershipSide
from outsourcing.services import partners
from psa.mail.models import OutgoingMail
from psa.operators import services
from psa.operators.services import Operator
from psa.tenancy import doors
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.tables import everything, is_said_plainly, undone
from tickets.models import Queue

SHELL = Operator.shell()


@pytest.fixture
def without_baltic(pair: Pair, baltic: Tenant) -> Pair:
    """Baltic works on a ticket and is suspended meanwhile."""
    with doors.operating():
        services.suspend(baltic, "CanaryReason", by=SHELL)
    return pair


def ticket_page(pair: Pair) -> str:
    return sign_in(pair.max).get(f"/nordlicht/tickets/{pair.ticket.number}/").content.decode()


def test_the_lead_is_told_since_when_and_not_why(without_baltic: Pair, baltic: Tenant) -> None:
    found = ticket_page(without_baltic)
    assert 'class="banner tone' in found and "Baltic Service" in found
    assert "CanaryReason" not in found
    with doors.operating():
        services.resume(baltic, "Paid", by=SHELL)
    assert ticket_page(without_baltic).count('class="banner tone') == found.count('class="banner tone') - 1


def test_the_lead_may_take_the_work_back_and_the_news_waits(without_baltic: Pair, baltic: Tenant) -> None:
    at = f"/nordlicht/tickets/{without_baltic.ticket.number}/take-back/"
    assert sign_in(without_baltic.max).post(at, {"reason": "They are gone"}).status_code == 302
    assert without_baltic.status() == "returned"
    assert drain() == 0
    with doors.operating():
        services.resume(baltic, "Paid", by=SHELL)
    assert drain() == 1


def test_the_service_partner_may_return_it_to_a_suspended_lead(pair: Pair, nordlicht: Tenant) -> None:
    with doors.operating():
        services.suspend(nordlicht, "x", by=SHELL)
    client, at = sign_in(pair.gunta), f"/baltic/tickets/{pair.insourced.number}/"
    assert 'class="banner tone' in client.get(at).content.decode()
    assert client.post(f"{at}return/", {"reason": "They are gone"}).status_code == 302
    assert pair.status() == "returned"


def test_an_offer_of_a_suspended_lead_is_not_accepted(offered: Handover, gunta: Membership, nordlicht: Tenant) -> None:
    """§3: the page says since when, keeps what was typed and makes no ticket; once the lead is back it is accepted."""
    with acting(gunta):
        queue = Queue.objects.get()
    form = {"title": "Typed by Gunta", "queue": queue.pk, "priority": "3", "new_company": "Nordlicht IT"}
    client, at = sign_in(gunta), f"/baltic/handovers/{offered.key}/"
    with doors.operating():
        services.suspend(nordlicht, "CanaryReason", by=SHELL)
    before = everything(gunta)
    answer = client.post(f"{at}accept/", form)
    page = answer.content.decode()
    assert answer.status_code == 409 and "Typed by Gunta" in page and "CanaryReason" not in page
    assert is_said_plainly(page, "lv") and "Nordlicht IT" in page
    assert everything(gunta) == before
    with undone():
        assert client.post(f"{at}decline/", {"reason": "No answer from them."}).status_code == 302
    with doors.operating():
        services.resume(nordlicht, "Paid", by=SHELL)
    assert client.post(f"{at}accept/", form).status_code == 302


def letters_of(member: Membership) -> list[OutgoingMail]:
    with acting(member):
        return list(OutgoingMail.objects.filter(code="partner_unavailable").order_by("pk"))


def test_the_other_side_gets_a_mail_of_it_and_nobody_else(
    pair: Pair, partnership: Partnership, baltic: Tenant, sam: Membership, ada: Membership
) -> None:
    """§11 "partner unavailable": to the partnership's address and who manages partners, since when and not why."""
    with acting(pair.max):
        PartnershipSide.objects.filter(lead_of=partnership).update(notify_email="partner@nordlicht.example")
    with doors.operating():
        services.suspend(baltic, "CanaryReason", by=SHELL)
    told = letters_of(pair.max)
    assert [one.to_address for one in told] == ["partner@nordlicht.example", "max@nordlicht.example"]
    assert letters_of(sam) == letters_of(pair.gunta) == [], "a stranger and the suspended company itself"
    assert all("Baltic Service" in one.subject and one.language == "de" for one in told)
    assert not any("CanaryReason" in one.html + one.text for one in told)
    with doors.operating():
        services.resume(baltic, "Paid", by=SHELL)
    assert len(letters_of(pair.max)) == 2, "being back is no news by mail: what waited arrives"


def test_a_suspended_lead_is_told_of_at_the_service_side(pair: Pair, nordlicht: Tenant) -> None:
    with doors.operating():
        services.suspend(nordlicht, "x", by=SHELL)
    assert [one.language for one in letters_of(pair.gunta)] == ["lv"] and letters_of(pair.max) == []


def test_a_partnership_that_ended_tells_nobody(max: Membership, partnership: Partnership, baltic: Tenant) -> None:
    with acting(max) as by:
        partners.end(partnership, by=by)
    with doors.operating():
        services.suspend(baltic, "x", by=SHELL)
    assert letters_of(max) == []


def test_a_pause_is_told_to_the_other_side_once_it_arrives_and_only_if_it_still_lasts(
    max: Membership, gunta: Membership, partnership: Partnership
) -> None:
    for member, other, theirs in ((max, gunta, "baltic"), (gunta, max, "nordlicht")):
        before, own = len(letters_of(other)), len(letters_of(member))
        with acting(member) as by:
            partners.pause(partnership, by=by)
            partners.resume(partnership, by=by)
        drain()
        assert len(letters_of(other)) == before, "over before it arrived"
        with acting(member) as by:
            partners.pause(partnership, by=by)
        drain()
        (letter,) = letters_of(other)[before:]
        assert f"/outsourcing/partners/{partnership.key}/" in letter.text and len(letters_of(member)) == own
        page = sign_in(other).get(f"/{theirs}/outsourcing/partners/{partnership.key}/").content.decode()
        assert member.name in page, "and stands in the partnership's history"
        with acting(member) as by:
            partners.resume(partnership, by=by)
        drain()
