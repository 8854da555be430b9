"""One change for many tickets: each row on its own, what a page refuses refused here too, and the whole list as CSV."""

from __future__ import annotations

from typing import Any

import pytest

from psa.batches import batches
from psa.batches.models import Batch, BatchLine, BatchState
from psa.directory.models import Company
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting
from tests.tickets.pages import sign_in_english as sign_in
from tickets import guards, kinds, services
from tickets.models import Note, Queue, Status, Ticket

AT = "/nordlicht/tickets/bulk/"


@pytest.fixture
def three(max: Membership, queue: Queue, company: Company) -> list[Ticket]:
    """Three new tickets."""
    with acting(max) as by:
        return [
            services.create(by=by, title=title, company=company, queue=queue) for title in ("Alpha", "Beta", "Gamma")
        ]


def picks(tickets: list[Ticket], **form: Any) -> dict[str, Any]:
    return {"view": "open", "query": "", "pick": [ticket.pk for ticket in tickets], **form}


def fresh(ticket: Ticket) -> Ticket:
    with scope.tenant(ticket.tenant_id):
        return Ticket.objects.get(pk=ticket.pk)


def result(member: Membership) -> list[tuple[str, str]]:
    with scope.tenant(member.tenant_id):
        batch = Batch.objects.latest("pk")
        assert batch.state == BatchState.DONE
        return list(BatchLine.objects.filter(batch=batch).order_by("position").values_list("state", "code"))


def test_a_field_of_many_tickets_is_changed_at_once(max: Membership, ada: Membership, three: list[Ticket]) -> None:
    browser = sign_in(max)
    asked = browser.post(AT, picks(three[:2]))
    assert "Change 2 tickets" in asked.content.decode()
    shown = browser.post(AT, picks(three[:2], step="preview", what="assignee", assignee=ada.pk)).content.decode()
    assert shown.count("Will be changed") == 2
    assert fresh(three[0]).assignee_id is None, "a preview changes nothing"
    gone = browser.post(AT, picks(three[:2], step="go", what="assignee", assignee=ada.pk))
    assert gone.status_code == 302
    assert [fresh(ticket).assignee_id for ticket in three] == [ada.pk, ada.pk, None]
    assert result(max) == [("done", ""), ("done", "")]
    page = browser.get(gone["Location"]).content.decode()
    assert "Set the assignee – 2 tickets" in page and f"/nordlicht/tickets/{three[0].number}/" in page


@pytest.mark.parametrize(
    ("form", "holds"),
    [
        ({"what": "priority", "priority": 1}, lambda ticket: ticket.priority == 1),
        ({"what": "due_at", "due_at": "2026-12-01T10:00"}, lambda ticket: ticket.due_at is not None),
        ({"what": "move", "move": "close", "text": "Alt"}, lambda ticket: ticket.status == Status.CLOSED),
        ({"what": "note", "note": "Umzug am Freitag"}, lambda ticket: Note.objects.filter(ticket=ticket).count() == 1),
        ({"what": "category", "category": ""}, lambda ticket: ticket.category is None),
    ],
    ids=lambda one: one.get("what", "") if isinstance(one, dict) else "",
)
def test_every_kind_of_change_goes(
    max: Membership, ada: Membership, three: list[Ticket], form: Any, holds: Any
) -> None:
    with acting(max) as by:
        for ticket in three:
            services.accept(ticket, by=by, assignee=ada)
    assert sign_in(max).post(AT, picks(three, step="go", **form)).status_code == 302
    assert [state for state, _ in result(max)] == ["done"] * 3
    with scope.tenant(max.tenant_id):
        assert all(holds(ticket) for ticket in Ticket.objects.all())


def test_what_a_page_refuses_is_refused_row_by_row_with_its_reason(max: Membership, three: list[Ticket]) -> None:
    """A move needs its state: two of three are new and cannot be started."""
    with acting(max) as by:
        services.accept(three[1], by=by)
    browser = sign_in(max)
    shown = browser.post(AT, picks(three, step="preview", what="move", move="start")).content.decode()
    assert shown.count("Stays as it is") == 2 and shown.count("Will be changed") == 1
    browser.post(AT, picks(three, step="go", what="move", move="start"))
    assert result(max) == [("refused", "not_from_here"), ("done", ""), ("refused", "not_from_here")]
    assert [fresh(ticket).status for ticket in three] == [Status.NEW, Status.IN_PROGRESS, Status.NEW]


def test_a_guard_says_no_in_bulk_too(max: Membership, three: list[Ticket], monkeypatch: Any) -> None:
    monkeypatch.setattr(guards, "_guards", [])

    @guards.register("ticket.edit")
    def no(ticket: Ticket, verb: str, items: Any, by: Any) -> Any:
        return {None: Refused("no_customer_here")} if ticket.pk == three[0].pk else {}

    sign_in(max).post(AT, picks(three, step="go", what="priority", priority=1))
    assert result(max)[0] == ("refused", "no_customer_here") and fresh(three[0]).priority == 3


def test_the_whole_view_is_changed_as_its_filter_says(max: Membership, three: list[Ticket]) -> None:
    form = {"view": "open", "query": "q=beta", "all": "1", "step": "go", "what": "priority", "priority": 2}
    assert sign_in(max).post(AT, form).status_code == 302
    assert [fresh(ticket).priority for ticket in three] == [3, 2, 3]


def test_a2_ids_of_another_company_are_nobodys(max: Membership, sam: Membership, three: list[Ticket]) -> None:
    answer = sign_in(sam).post("/atlas/tickets/bulk/", picks(three, step="go", what="priority", priority=1))
    assert answer.status_code == 302 and "bulk" not in answer["Location"]
    assert fresh(three[0]).priority == 3
    with scope.tenant(sam.tenant_id):
        assert not Batch.objects.exists()


def test_a_technician_changes_what_their_right_reaches(max: Membership, ada: Membership, three: list[Ticket]) -> None:
    """ticket.bulk reaches a technician's own queues; the others are not even seen."""
    with acting(max) as by:
        services.assign(three[0], ada, by=by)
    sign_in(ada).post(AT, picks(three, step="go", what="priority", priority=1))
    assert [fresh(ticket).priority for ticket in three] == [1, 3, 3]


def test_bad_input_says_what_is_missing_and_keeps_the_rest(max: Membership, three: list[Ticket]) -> None:
    browser = sign_in(max)
    for form, says in (
        ({"what": "note", "note": ""}, "Say what it is to be."),
        ({"what": "move", "move": "close", "text": ""}, "This needs a few words."),
        ({"what": "assignee", "assignee": 99999}, "aria-invalid"),
        ({"what": "tenant", "note": "typed"}, "aria-invalid"),
    ):
        answer = browser.post(AT, picks(three, step="go", **form))
        assert answer.status_code == 422 and says in answer.content.decode(), form
    assert "typed" in answer.content.decode()
    with scope.tenant(max.tenant_id):
        assert not Batch.objects.exists()


def test_a10_columns_nobody_offers_are_not_written(max: Membership, three: list[Ticket]) -> None:
    with acting(max) as by, pytest.raises(ValueError, match="No such column"):
        services.bulk.make(three[0], {"field": "status", "value": "closed"}, by=by)


def test_a_large_list_is_written_in_the_background(max: Membership, three: list[Ticket], monkeypatch: Any) -> None:
    browser = sign_in(max)
    at_once = b"".join(browser.get("/nordlicht/tickets/?format=csv").streaming_content)
    monkeypatch.setattr("tickets.views.lists.BIG", 2)
    monkeypatch.setattr("psa.web.sheets.CHUNK", 2)
    answer = browser.get("/nordlicht/tickets/?format=csv")
    assert answer.status_code == 302
    batches.work()
    with scope.tenant(max.tenant_id):
        batch = Batch.objects.get()
        assert (batch.kind, batch.state, batch.done, batch.total) == (kinds.EXPORT, BatchState.DONE, 3, 3)
    sheet = b"".join(browser.get(f"{answer['Location']}sheet/").streaming_content)
    assert sheet == at_once and sheet.decode().count("\r\n") == 4


def test_the_page_costs_the_same_for_three_and_for_thirty(
    max: Membership, queue: Queue, company: Company, django_assert_max_num_queries: Any
) -> None:
    with acting(max) as by:
        many = [services.create(by=by, title=f"T {n}", company=company, queue=queue) for n in range(30)]
    browser = sign_in(max)
    browser.post(AT, picks(many[:3]))
    with django_assert_max_num_queries(14):
        browser.post(AT, picks(many))
