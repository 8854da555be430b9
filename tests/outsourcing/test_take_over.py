"""*Take over* beside each field the partner changed (outsourcing spec §6): own fields stay own until a member edits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from psa.journal.models import Entry
from psa.tenancy import services
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tickets.models import Ticket
from tickets.services import fields

DUE = timezone.now().replace(second=0, microsecond=0) + timedelta(days=9)


def change(pair: Pair, **changes: Any) -> Entry:
    """The lead changes its ticket; what Baltic is told."""
    with pair.lead() as by:
        fields.edit(pair.ticket, by=by, **changes)
    drain()
    with pair.service():
        return Entry.objects.filter(kind="handover.fields_changed").latest("pk")


def address(pair: Pair, entry: Entry, field: str) -> str:
    return f"/baltic/tickets/{pair.insourced.number}/changes/{entry.pk}/{field}/take-over/"


@pytest.mark.parametrize(
    ("field", "value"), [("title", "Two switches"), ("description", "Rack 5."), ("priority", 4), ("due_at", DUE)]
)
def test_each_field_is_taken_over_by_a_member_and_not_by_itself(pair: Pair, field: str, value: Any) -> None:
    entry = change(pair, **{field: value})
    client, page = sign_in(pair.gunta), f"/baltic/tickets/{pair.insourced.number}/"
    with pair.service():
        assert getattr(Ticket.objects.get(), field) != value
    assert address(pair, entry, field) in client.get(page).content.decode()
    assert client.post(address(pair, entry, field)).status_code == 302
    with pair.service():
        assert getattr(Ticket.objects.get(), field) == value
        edited = Entry.objects.filter(kind="ticket.edited").latest("pk")
        assert (edited.by_name, edited.by_kind) == ("Gunta Bērziņa", "person")
    assert address(pair, entry, field) not in client.get(page).content.decode()


def test_only_the_newest_news_of_a_field_is_taken_over(pair: Pair) -> None:
    old = change(pair, title="First")
    new = change(pair, title="Second")
    page = sign_in(pair.gunta).get(f"/baltic/tickets/{pair.insourced.number}/").content.decode()
    assert address(pair, new, "title") in page and address(pair, old, "title") not in page
    assert sign_in(pair.gunta).post(address(pair, old, "title")).status_code == 409
    with pair.service():
        assert Ticket.objects.get().title not in {"First", "Second"}


def test_what_was_not_told_cannot_be_taken_over(pair: Pair) -> None:
    entry = change(pair, title="Two switches")
    assert sign_in(pair.gunta).post(address(pair, entry, "description")).status_code == 409
    assert sign_in(pair.gunta).post(address(pair, entry, "company")).status_code == 409


def test_who_may_not_edit_the_ticket_sees_the_change_without_the_button(pair: Pair, baltic: Any) -> None:
    ruta = services.add_member(baltic, "ruta@baltic.example", "Rūta", "read-only")
    entry = change(pair, title="Two switches")
    page = sign_in(ruta).get(f"/baltic/tickets/{pair.insourced.number}/").content.decode()
    assert "Two switches" in page and address(pair, entry, "title") not in page
    refused = sign_in(ruta).post(address(pair, entry, "title"))
    assert refused.status_code == 403
    assert "ticket.edit" in refused.content.decode()
    with pair.service():
        assert Ticket.objects.get().title != "Two switches"


def test_the_page_costs_the_same_however_much_changed(pair: Pair, django_assert_max_num_queries: Any) -> None:
    client, page = sign_in(pair.gunta), f"/baltic/tickets/{pair.insourced.number}/"
    change(pair, title="One")
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    allowed = len(few)  # the next request empties the log
    for number in range(6):
        change(pair, title=f"Again {number}", description=f"Rack {number}.")
    client.get(page)  # what is kept for some seconds may have run out
    with django_assert_max_num_queries(allowed):
        client.get(page)


def test_taking_over_what_another_already_wrote_changes_nothing(pair: Pair) -> None:
    entry = change(pair, title="Two switches")
    with pair.service() as by:
        fields.edit(Ticket.objects.get(), by=by, title="Two switches")
        before = Entry.objects.filter(kind="ticket.edited").count()
    assert sign_in(pair.gunta).post(address(pair, entry, "title")).status_code == 302
    with acting(pair.gunta):
        assert Entry.objects.filter(kind="ticket.edited").count() == before
