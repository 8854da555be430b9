"""Search forgives accents, finds what is said on a ticket, and follows what is changed, withdrawn and erased."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from psa.directory import erasing
from psa.directory import services as directory
from psa.directory.models import Company, Contact
from psa.journal import journal
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests.conftest import acting, needs_postgres
from tickets import services
from tickets.models import Queue, Ticket, TicketWords
from tickets.readers import readers
from tickets.services import searching


def found(member: Membership, asked: str) -> list[str]:
    with acting(member) as by:
        return sorted(searching.find(Ticket.objects.visible_to(by), asked).values_list("title", flat=True))


@pytest.fixture
def tickets(max: Membership, queue: Queue, company: Company, cleo: Contact) -> tuple[Ticket, Ticket]:
    """Two tickets of one customer; the first names a person."""
    with acting(max) as by:
        of: dict[str, Any] = {"by": by, "company": company, "queue": queue}
        return (
            services.create(title="Drucker in Rēzekne gestört", contact=cleo, **of),
            services.create(title="Müllers Kaffeemaschine, 100% kaputt_heute", **of),
        )


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("rezekne", ["Drucker in Rēzekne gestört"]),
        ("RĒZEKNE drucker", ["Drucker in Rēzekne gestört"]),
        ("muller", ["Müllers Kaffeemaschine, 100% kaputt_heute"]),
        ("müller drucker", []),
        ("100%", ["Müllers Kaffeemaschine, 100% kaputt_heute"]),
        ("1%0", []),
        ("t_h", ["Müllers Kaffeemaschine, 100% kaputt_heute"]),
        ("r_z", []),
        ("in", ["Drucker in Rēzekne gestört", "Müllers Kaffeemaschine, 100% kaputt_heute"]),
        ("\\", []),
        ("'; DROP TABLE tickets_ticket; --", []),
        ("\0", ["Drucker in Rēzekne gestört", "Müllers Kaffeemaschine, 100% kaputt_heute"]),
    ],
)
def test_words_are_found_as_people_type_them(max: Membership, tickets: Any, asked: str, says: list[str]) -> None:
    assert found(max, asked) == says


def test_a_number_finds_its_ticket(max: Membership, tickets: Any) -> None:
    assert found(max, f"#{tickets[0].number}") == [tickets[0].title]


def test_a_note_is_found_until_it_is_changed_or_gone(max: Membership, tickets: Any) -> None:
    with acting(max) as by:
        ours = readers(tickets[0])[0]
        note = services.items.add(tickets[0], "note", ours, by=by, text="Der Toner heißt Zitronenfalter")
    assert found(max, "zitronenfalter") == [tickets[0].title]
    assert found(max, "heisst toner") == [tickets[0].title]
    with acting(max) as by:
        services.items.edit(note, by=by, text="Der Toner heißt Admiral")
    assert found(max, "zitronenfalter") == [] and found(max, "admiral") == [tickets[0].title]
    with acting(max) as by:
        note.refresh_from_db()
        services.items.remove(note, by=by)
    assert found(max, "admiral") == []


def test_a_ticket_is_found_by_what_its_customer_is_called_now(max: Membership, tickets: Any, company: Company) -> None:
    with acting(max) as by:
        directory.edit_company(company, by=by, name="Zvaigzne SIA")
    journal.work()
    assert tickets[0].title in found(max, "zvaigzne")


def test_s11_an_erased_person_is_not_found_any_more(max: Membership, tickets: Any, cleo: Contact) -> None:
    assert found(max, cleo.name) == [tickets[0].title]
    with acting(max) as by:
        erasing.anonymise(cleo, by=by)
    assert found(max, cleo.name) == []


@needs_postgres
def test_a12_the_function_tells_nobody_another_companys_words(max: Membership, sam: Membership, tickets: Any) -> None:
    with scope.tenant(sam.tenant_id), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM find_tickets(ARRAY['%rezekne%'], false)")
        assert cursor.fetchone() == (0,)
        assert not TicketWords.objects.exists()
    with scope.tenant(max.tenant_id), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM find_tickets(ARRAY['%rezekne%'], false)")
        assert cursor.fetchone() == (1,)
