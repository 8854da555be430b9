"""A state is moved, never set, on any path; and refreshing in one thread opens no door in another."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connections, transaction

from psa import fsm
from psa.tenancy import scope
from tests.factories import make
from tickets.models import Ticket


@pytest.fixture
def ticket(inside) -> Ticket:
    return make(Ticket)


def stored(ticket: Ticket) -> str:
    return Ticket.objects.values_list("status", flat=True).get(pk=ticket.pk)


def test_assigning_a_state_is_refused(ticket):
    with pytest.raises(AttributeError):
        ticket.status = "closed"
    with pytest.raises(AttributeError):
        Ticket.objects.update_or_create(pk=ticket.pk, defaults={"status": "closed"})
    assert stored(ticket) == "new"


@pytest.mark.parametrize(
    "write",
    [
        lambda ticket: Ticket.objects.filter(pk=ticket.pk).update(status="closed"),
        lambda ticket: Ticket.objects.bulk_update([ticket], ["status"]),
        lambda ticket: Ticket.objects.bulk_create(
            [ticket], update_conflicts=True, unique_fields=["id"], update_fields=["status"]
        ),
    ],
)
def test_no_bulk_statement_moves_a_state(ticket, write):
    with pytest.raises(AttributeError), transaction.atomic():
        write(ticket)
    assert stored(ticket) == "new"


def test_a_transition_moves_and_an_undefined_one_is_refused(ticket):
    with pytest.raises(fsm.TransitionNotAllowed):
        ticket.start()
    assert ticket.status == "new"
    ticket.accept()
    ticket.save()
    assert stored(ticket) == "open"


def test_a_form_may_check_the_whole_row(ticket):
    ticket.full_clean()
    ticket.title = ""
    with pytest.raises(Exception, match="title"):
        ticket.full_clean()


def test_refreshing_brings_the_state_of_the_row(ticket):
    other = Ticket.objects.get(pk=ticket.pk)
    other.accept()
    other.save()
    ticket.refresh_from_db()
    assert ticket.status == "open"
    with pytest.raises(AttributeError):
        ticket.status = "closed"


def test_a_deferred_state_is_loaded_and_protected(ticket):
    lean = Ticket.objects.only("title").get(pk=ticket.pk)
    assert lean.status == "new"
    with pytest.raises(AttributeError):
        lean.status = "closed"


def test_refreshing_a_row_that_is_gone_leaves_the_field_protected(ticket):
    gone = Ticket.objects.get(pk=ticket.pk)
    Ticket.objects.filter(pk=ticket.pk).delete()
    with pytest.raises(Ticket.DoesNotExist):
        gone.refresh_from_db()
    other = make(Ticket)
    with pytest.raises(AttributeError):
        other.status = "closed"


@pytest.mark.django_db(transaction=True)
def test_refreshing_in_one_thread_opens_no_door_in_another(nordlicht):
    with scope.tenant(nordlicht):
        ticket = make(Ticket)
        mine = Ticket.objects.get(pk=ticket.pk)
    stop, failed = threading.Event(), []

    def refresh() -> None:
        with scope.tenant(nordlicht):
            while not stop.is_set():
                try:
                    ticket.refresh_from_db()
                except (AttributeError, DatabaseError) as error:
                    failed.append(error)
        connections.close_all()

    thread = threading.Thread(target=refresh)
    thread.start()
    for _ in range(3000):
        with pytest.raises(AttributeError):
            mine.status = "closed"
    stop.set()
    thread.join()
    assert not failed
