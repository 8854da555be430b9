"""The pages of checklists: with and without JavaScript, what is typed stays, and how much they ask the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tickets import services
from tickets.models import Attachment, ChecklistItem, ChecklistTemplate, Ticket
from tickets.services import checklist_templates, checklists
from tickets.services.checklist_templates import ItemDraft

PAGE = "/nordlicht/tickets/1/"
HTMX = {"HX-Request": "true", "HX-Target": "div#checklists"}
BUDGET = 20


@pytest.fixture
def work(ticket: Ticket, max: Membership) -> Ticket:
    with acting(max) as by:
        return services.accept(ticket, by=by)


def listed(work: Ticket, max: Membership, *items: ItemDraft) -> list[ChecklistItem]:
    with acting(max) as by:
        template = checklist_templates.save(None, "Backup", {}, items, by=by)
        made = checklists.add(work, template, by=by)
        return list(ChecklistItem.objects.filter(checklist=made).order_by("position"))


def queries(client: Any, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_a_tick_works_without_javascript_and_as_a_fragment(work: Ticket, max: Membership) -> None:
    first, second = listed(work, max, ItemDraft("One"), ItemDraft("Two"))
    client = sign_in(max)
    answer = client.post(f"{PAGE}checklists/items/{first.key}/tick/", {"from": "ticket"})
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}#checklists")
    answer = client.post(f"{PAGE}checklists/items/{second.key}/tick/", {"from": "checklists"})
    assert answer["Location"] == f"{PAGE}checklists/"
    third = listed(work, max, ItemDraft("Three"))[0]
    answer = client.post(f"{PAGE}checklists/items/{third.key}/tick/", {"from": "ticket"}, headers=HTMX)
    body = answer.content.decode()
    assert answer.status_code == 200 and 'id="checklists"' in body and "<html" not in body
    again = client.post(f"{PAGE}checklists/items/{third.key}/tick/", {"from": "ticket"}, headers=HTMX)
    assert again.status_code == 409 and "Max Petersen" in again.content.decode()
    assert "3/3" in client.get("/nordlicht/tickets/?cols=checklist").content.decode()


def test_what_was_typed_stays_over_a_refusal(work: Ticket, max: Membership) -> None:
    (item,) = listed(work, max, ItemDraft("Measure", evidence="value", unit="V"))
    client = sign_in(max)
    for headers in ({}, HTMX):
        answer = client.post(f"{PAGE}checklists/items/{item.key}/tick/", {"proof": "about 12"}, headers=headers)
        assert answer.status_code == 422 and 'value="about 12"' in answer.content.decode()
    with acting(max):
        assert ChecklistItem.objects.get(pk=item.pk).is_open and not Attachment.objects.exists()


def test_the_template_form_adds_moves_and_removes_rows_without_javascript(max: Membership, nordlicht: Any) -> None:
    client, url = sign_in(max), "/nordlicht/tickets/checklists/new/"
    typed = {"name_de": "Liste", "rows": "2", "row0-text_de": "Eins", "row0-evidence": "none", "row1-text_de": "Zwei",
             "row1-evidence": "note", "version": "0"}  # fmt: skip
    for do, order in (("up-1", ["Zwei", "Eins"]), ("remove-0", ["Zwei"]), ("add", ["Eins", "Zwei"])):
        body = client.post(url, {**typed, "do": do}).content.decode()
        places = [body.index(f'value="{word}"') for word in order]
        assert places == sorted(places) and 'value="Liste"' in body, do
    with acting(max):
        assert not ChecklistTemplate.objects.exists()
    assert client.post(url, {**typed, "do": "save"}).status_code == 302
    assert client.post(url, {**typed, "name_de": "", "do": "save"}).status_code == 422
    with acting(max):
        made = ChecklistTemplate.objects.get()
        assert [one.text for one in checklist_templates.drafts(checklist_templates.present(made))] == ["Eins", "Zwei"]
    assert "Liste" in client.get("/nordlicht/tickets/checklists/").content.decode()


def test_the_pages_do_not_ask_more_for_more_items(work: Ticket, max: Membership) -> None:
    client = sign_in(max)
    listed(work, max, ItemDraft("One"))
    paths = (PAGE, f"{PAGE}checklists/", "/nordlicht/tickets/checklists/")
    before = [queries(client, path) for path in paths]
    for _ in range(3):
        listed(work, max, *(ItemDraft(f"Step {n}", evidence="photo") for n in range(5)))
    assert [queries(client, path) for path in paths] == before
    assert before[0] <= BUDGET
