"""Networks and vendors (outsourcing spec §3): the machine of a referral, and that a ticket is with one at a time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from outsourcing.models import Handover, Network, Referral, ReferralStatus
from outsourcing.services import agreement, referring, sending
from outsourcing.terms import Draft
from psa.fsm import can_proceed
from psa.journal.models import Entry
from psa.mail.models import OutgoingMail
from psa.tenancy import services
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, Pair
from tickets.models import Ticket
from tickets.services import lifecycle

TABLE = """
          send complete cancel
unsent     x      .       x
sent       .      x       x
complete   .      .       .
canceled   .      .       .
"""


def rows() -> Any:
    header, *lines = (line.split() for line in TABLE.strip().splitlines())
    for status, *marks in lines:
        for move, mark in zip(header, marks, strict=True):
            yield pytest.param(status, move, mark == "x", id=f"{status}-{move}")


@pytest.mark.parametrize(("status", "move", "allowed"), list(rows()))
def test_the_machine(status: str, move: str, allowed: bool) -> None:
    assert can_proceed(getattr(Referral(tenant_id=1, status=status), move)) is allowed


def test_the_table_names_every_state_and_every_move() -> None:
    header, *lines = TABLE.strip().splitlines()
    assert {line.split()[0] for line in lines} == set(ReferralStatus.values)
    assert set(header.split()) == {move.name for move in Referral(tenant_id=1).get_all_status_transitions()}


@pytest.fixture
def pool(max: Membership, desk_of_nordlicht: Any) -> Network:
    """A pool of freelancers that gets a mail."""
    with acting(max) as by:
        return referring.keep_network(
            None, by=by, name="Pool Nord", kind="network", action="email", address="jobs@pool.example"
        )


def url(ticket: Ticket, path: str = "refer/") -> str:
    return f"/nordlicht/tickets/{ticket.number}/{path}"


def state(max: Membership) -> str:
    with acting(max):
        return Referral.objects.latest("pk").status


# Networks -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("action", "address", "passes"),
    [
        ("email", "jobs@pool.example", True),
        ("email", "", False),
        ("email", "https://pool.example", False),
        ("link", "https://pool.example/new", True),
        ("link", "javascript:alert(1)", False),
        ("link", "jobs@pool.example", False),
        ("nothing", "", True),
    ],
)
def test_a_network_that_acts_has_an_address_it_can_act_on(
    max: Membership, desk_of_nordlicht: Any, action: str, address: str, passes: bool
) -> None:
    typed = {"name": "Pool", "kind": "network", "action": action, "address": address, "is_active": "on"}
    answer = sign_in(max).post("/nordlicht/outsourcing/networks/", typed)
    assert answer.status_code == (302 if passes else 422)
    with acting(max):
        assert Network.objects.count() == passes
    if not passes:
        assert answer.context["form"]["name"].value() == "Pool"


def test_networks_are_managed_on_their_page(max: Membership, pool: Network, ada: Membership) -> None:
    client, page = sign_in(max), "/nordlicht/outsourcing/networks/"
    assert "Pool Nord" in client.get(page).content.decode()
    typed = {"name": "Pool Nord", "kind": "vendor", "action": "nothing", "address": ""}
    assert client.post(f"{page}{pool.pk}/", typed).status_code == 302
    with acting(max):
        kept = Network.objects.get()
        assert (kept.kind, kept.action, kept.is_active) == ("vendor", "nothing", False)
    twice = client.post(page, {**typed, "name": "pool nord", "is_active": "on"})
    assert twice.status_code == 422 and "name" in twice.context["form"].errors
    assert sign_in(ada).get(page).status_code == 403


# Sending --------------------------------------------------------------------------------------------------------------
def test_sending_mails_the_network_and_shows_on_ticket_menu_and_dashboard(
    max: Membership, ticket: Ticket, pool: Network
) -> None:
    client = sign_in(max)
    assert f"{url(ticket)}?network={pool.pk}" in client.get(url(ticket, "")).content.decode()
    typed = {"network": pool.pk, "cost": "120,50", "note": "Two hours on site.", "do": "send"}
    assert client.post(url(ticket), typed).status_code == 302
    with acting(max):
        sent = Referral.objects.get()
        assert (sent.status, sent.cost, sent.sent_by_id) == ("sent", Decimal("120.50"), max.pk)
        mail = OutgoingMail.objects.get(code="referral_sent")
        assert mail.to_address == "jobs@pool.example" and "Two hours on site." in mail.text
        assert ticket.title in mail.text and "120" not in mail.text and "Reederei" not in mail.text
    page = client.get(url(ticket, "")).content.decode()
    assert "Pool Nord" in page and "referral/complete/" in page
    assert ticket.title in client.get("/nordlicht/outsourcing/?folder=networks").content.decode()
    csv = b"".join(client.get("/nordlicht/outsourcing/?folder=networks&format=csv"))  # type: ignore[arg-type]
    assert ticket.title in csv.decode("utf-8-sig")


def test_a_link_is_offered_to_open_and_nothing_is_only_recorded(max: Membership, ticket: Ticket, pool: Network) -> None:
    with acting(max) as by:
        fields = {"kind": "vendor", "is_active": True}
        link = referring.keep_network(None, by=by, name="Maker", action="link", address="https://x.example/", **fields)
    client = sign_in(max)
    assert client.post(url(ticket), {"network": link.pk, "do": "save"}).status_code == 302
    assert state(max) == "unsent" and "https://x.example/" not in client.get(url(ticket, "")).content.decode()
    assert client.post(url(ticket), {"network": link.pk, "do": "send"}).status_code == 302
    page = client.get(url(ticket, "")).content.decode()
    assert 'href="https://x.example/" target="_blank" rel="noopener noreferrer"' in page
    with acting(max):
        assert Referral.objects.count() == 1 and not OutgoingMail.objects.filter(code="referral_sent").exists()


# One at a time --------------------------------------------------------------------------------------------------------
def test_a_referral_is_the_tickets_one_active_handover(
    max: Membership, ticket: Ticket, pool: Network, partnership: Any
) -> None:
    with acting(max) as by:
        referring.send(ticket, pool, None, "", "", by=by)
        for call in (sending.send, sending.prepare):
            with pytest.raises(Refused, match="referral_is_active"):
                call(ticket, partnership, Draft(**HOURLY), by=by)  # type: ignore[arg-type]
        with pytest.raises(Refused, match="referral_is_active"):
            referring.send(ticket, pool, None, "", "", by=by)
        assert not Handover.objects.exists() and Referral.objects.count() == 1
    assert sign_in(max).get(url(ticket, "outsource/")).status_code == 409
    assert sign_in(max).get(url(ticket)).status_code == 409


def test_a_ticket_with_a_handover_is_not_referred(pair: Pair, pool: Network) -> None:
    with pair.lead() as by, pytest.raises(Refused, match="handover_is_active"):
        referring.send(pair.ticket, pool, None, "", "", by=by)
    assert sign_in(pair.max).post(url(pair.ticket), {"network": pool.pk, "do": "send"}).status_code == 409
    with pair.lead():
        assert not Referral.objects.exists()
        assert not OutgoingMail.objects.filter(code="referral_sent").exists()


def test_an_insourced_ticket_is_not_passed_on(pair: Pair) -> None:
    with pair.service() as by:
        theirs = referring.keep_network(None, by=by, name="Pūls", kind="network", action="nothing", address="")
        with pytest.raises(Refused, match="insourced_ticket_is_not_passed_on"):
            referring.send(pair.insourced, theirs, None, "", "", by=by)
        assert not Referral.objects.exists()


def test_the_database_allows_one_active_referral_per_ticket(max: Membership, ticket: Ticket, pool: Network) -> None:
    with acting(max):
        Referral.objects.create(ticket=ticket, network=pool)
        with pytest.raises(IntegrityError), transaction.atomic():
            Referral.objects.create(ticket=ticket, network=pool)


# Over -----------------------------------------------------------------------------------------------------------------
def test_completing_and_canceling_free_the_ticket(max: Membership, ticket: Ticket, pool: Network) -> None:
    client = sign_in(max)
    for path, typed, ended in (("complete", {}, "complete"), ("cancel", {"reason": "Too far."}, "canceled")):
        client.post(url(ticket), {"network": pool.pk, "do": "send"})
        assert client.post(url(ticket, f"referral/{path}/"), typed).status_code == 302
        assert state(max) == ended
        assert client.post(url(ticket, f"referral/{path}/"), typed).status_code == 409
    with acting(max):
        told = Entry.objects.filter(kind__startswith="referral.", subject_id=ticket.pk).order_by("pk")
        assert [entry.kind for entry in told] == [
            "referral.sent", "referral.completed", "referral.sent", "referral.canceled",
        ]  # fmt: skip
    history = client.get(f"{url(ticket, '')}?view=history").content.decode()
    assert "Too far." in history


@pytest.mark.parametrize(("do", "ended"), [("send", "complete"), ("save", "canceled")])
def test_resolving_the_ticket_completes_it(max: Membership, ticket: Ticket, pool: Network, do: str, ended: str) -> None:
    sign_in(max).post(url(ticket), {"network": pool.pk, "do": do})
    with acting(max) as by:
        lifecycle.close(Ticket.objects.get(pk=ticket.pk), "Done.", by=by)
    assert state(max) == ended


# Rights ---------------------------------------------------------------------------------------------------------------
def test_without_the_level_outsource_nothing_is_referred(
    nordlicht: Any, max: Membership, ticket: Ticket, pool: Network
) -> None:
    nora = services.add_member(nordlicht, "nora@nordlicht.example", "Nora", "dispatcher", outsourcing_level="none")
    assert sign_in(nora).post(url(ticket), {"network": pool.pk, "do": "send"}).status_code == 403
    with acting(nora) as by, pytest.raises(Denied, match=r"outsource\.send"):
        referring.send(ticket, pool, None, "", "", by=by)
    with acting(max):
        assert not Referral.objects.exists()


def test_a_network_not_in_use_is_not_offered_nor_taken(max: Membership, ticket: Ticket, pool: Network) -> None:
    with acting(max) as by:
        referring.keep_network(pool, by=by, is_active=False)
        with pytest.raises(Refused, match="network_is_not_active"):
            referring.send(ticket, pool, None, "", "", by=by)
        assert agreement.accepted() is not None
    client = sign_in(max)
    assert "Pool Nord" not in client.get(url(ticket, "")).content.decode()
    assert client.post(url(ticket), {"network": pool.pk, "do": "send"}).status_code == 422


def test_the_folder_costs_the_same_however_many(
    max: Membership, ticket: Ticket, pool: Network, django_assert_max_num_queries: Any
) -> None:
    with acting(max) as by:
        for number in range(6):
            more = lifecycle.create(by=by, title=f"Job {number}", company=ticket.company)
            referring.send(more, pool, None, "", "", by=by)
    client = sign_in(max)
    client.get("/nordlicht/outsourcing/?folder=networks")
    with django_assert_max_num_queries(14):
        assert client.get("/nordlicht/outsourcing/?folder=networks").status_code == 200
