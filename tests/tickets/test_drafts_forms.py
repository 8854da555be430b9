"""Draft safety beside the composer: a new ticket, properties, a mail, forwarding (issue 4, criterion 4)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from psa.members import leaving
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.tickets.conftest import put
from tests.tickets.pages import DESK, form_of, sign_in_english, statements, text_of
from tickets import services
from tickets.models import Draft, Ticket
from tickets.services import drafts

NEW = f"{DESK}new/"
EDIT = f"{DESK}1/properties/"
OFFERED = 'class="draft-offer"'
TYPED = "The whole story, told at length on the phone"


def kept(member: Membership) -> list[Draft]:
    with scope.tenant(member.tenant_id):
        return list(Draft.objects.filter(member=member).order_by("pk"))


def keep(browser: Client, url: str, form: dict[str, str], stamp: str = "") -> Any:
    answer = browser.post(url, {**form, "stamp": stamp})
    assert answer.status_code == 200, text_of(answer)
    return answer.json()


def save_url(form: dict[str, str], name: str) -> str:
    if name == "new":
        return f"{NEW}drafts/new-{form['key']}/"
    return f"{DESK}1/drafts/properties-{form['opening']}/"


def begin(browser: Client, page: str, name: str, **typed: str) -> dict[str, str]:
    """Open a form, type this and lose the browser."""
    form = form_of(browser.get(page), "/properties/" if name == "properties" else "", opening=True) | typed
    keep(browser, save_url(form, name), form)
    return form


def opening_form(browser: Client, url: str, name: str) -> dict[str, str]:
    return form_of(browser.get(url), "/properties/" if name == "properties" else "", opening=True)


# A new ticket ---------------------------------------------------------------------------------------------------------
def test_the_browser_is_killed_over_a_new_ticket_and_the_text_is_offered(
    ticket: Ticket, max: Membership, cleo: Any
) -> None:
    with acting(max):
        company = str(Ticket.objects.get(pk=ticket.pk).company_id)
    first = begin(
        sign_in_english(max), f"{NEW}?company={company}", "new", title="No link", description=TYPED, priority="1"
    )
    later = sign_in(max)
    page = later.get(NEW)
    assert "You began this at " in text_of(page) and "No link" in text_of(page) and "Throw away" in text_of(page)
    assert form_of(page)["title"] == "", "the form itself is empty: somebody may want another ticket"
    again = form_of(later.get(f"{NEW}?draft={first['key']}"), opening=True)
    for name in ("title", "description", "company", "contact", "priority", "key"):
        assert again[name].strip() == first[name].strip(), name


def test_a_new_tickets_draft_is_gone_once_it_is_there_and_a_late_save_brings_it_not_back(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    with acting(max):
        company = str(Ticket.objects.get(pk=ticket.pk).company_id)
    form = begin(browser, f"{NEW}?company={company}", "new", title="No link")
    answer = browser.post(NEW, form)
    assert answer.status_code == 302 and answer.cookies["tandem_sent"].value == form["key"]
    assert kept(max) == [] and OFFERED not in text_of(browser.get(NEW))
    late = browser.post(save_url(form, "new"), form)
    assert late.status_code == 409 and late.json() == {"sent": True} and kept(max) == []


def test_two_new_tickets_at_once_are_two_drafts(browser: Client, ticket: Ticket, max: Membership) -> None:
    one, two = (begin(browser, NEW, "new", title=title) for title in ("First call", "Second call"))
    assert {draft.fields["title"] for draft in kept(max)} == {"First call", "Second call"}
    page = text_of(browser.get(NEW))
    assert "First call" in page and "Second call" in page
    assert browser.post(f"{save_url(one, 'new')}discard/", {"next": NEW}).url == NEW
    assert [draft.fields["title"] for draft in kept(max)] == ["Second call"]
    assert form_of(browser.get(f"{NEW}?draft={two['key']}"))["title"] == "Second call"
    assert form_of(browser.get(f"{NEW}?draft={one['key']}"))["title"] == "", "what is gone opens an empty form"


def test_a_refused_new_ticket_keeps_form_and_draft(browser: Client, ticket: Ticket, max: Membership) -> None:
    form = begin(browser, NEW, "new", title="No customer yet", description=TYPED)
    late = browser.post(NEW, form)
    assert late.status_code == 422 and form_of(late)["description"].strip() == TYPED
    assert len(kept(max)) == 1 and f'data-draft-stamp="{kept(max)[0].stamp}"' in text_of(late)
    assert " data-draft-typed" in text_of(late)


def test_a_new_ticket_survives_an_expired_session(ticket: Ticket, max: Membership) -> None:
    browser = sign_in_english(max)
    form = begin(browser, NEW, "new", title="No link", description=TYPED)
    browser.cookies.clear()
    assert browser.post(NEW, form).status_code == 401
    assert browser.post(save_url(form, "new"), form | {"title": "Lost"}).status_code == 401
    assert "No link" in text_of(sign_in(max).get(NEW)) and [one.fields["title"] for one in kept(max)] == ["No link"]


def test_drafts_of_new_tickets_are_their_writers_and_bounded(
    browser: Client, ticket: Ticket, max: Membership, in_queue: Membership, people: Any, monkeypatch: Any
) -> None:
    form = begin(browser, NEW, "new", title="Mine")
    other = sign_in(in_queue)
    assert "Mine" not in text_of(other.get(NEW)) and form_of(other.get(f"{NEW}?draft={form['key']}"))["title"] == ""
    other.post(f"{save_url(form, 'new')}discard/")
    assert len(kept(max)) == 1
    assert sign_in(people("billing")).post(save_url(form, "new"), form).status_code == 403
    for place in ("new-1", "note", f"properties-{uuid4()}"):
        assert browser.post(f"{NEW}drafts/{place}/", form).status_code == 409, place
    assert browser.post(f"{DESK}1/drafts/new-{uuid4()}/", form).status_code == 409
    monkeypatch.setattr(drafts, "MOST_NEW", 3)
    for n in range(4):
        begin(browser, NEW, "new", title=f"T{n}")
    assert [one.fields["title"] for one in kept(max)] == ["T1", "T2", "T3"]


# Properties -----------------------------------------------------------------------------------------------------------
def test_the_browser_is_killed_over_properties_and_the_text_is_offered(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    first = begin(browser, EDIT, "properties", description=TYPED)
    page = browser.get(EDIT)
    offered = text_of(page).partition(OFFERED)[2].partition("</form>")[0]
    assert "You began this at " in offered and f"<q>{TYPED}</q>" in offered, "what was typed, not what stood there"
    assert form_of(page, "/properties/")["description"].strip() != TYPED
    again = opening_form(browser, f"{EDIT}?draft={first['opening']}", "properties")
    assert again["description"].strip() == TYPED and again["opening"] == first["opening"]
    assert browser.post(EDIT, again).status_code == 302
    with acting(max):
        assert Ticket.objects.get(pk=ticket.pk).description == TYPED
    assert kept(max) == [] and OFFERED not in text_of(browser.get(EDIT))


def test_properties_begun_before_somebody_elses_change_show_both(
    browser: Client, ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    first = begin(browser, EDIT, "properties", description=TYPED)
    with acting(in_queue) as by:
        services.edit(ticket, by=by, description="Their words", title="Their title")
    page = browser.get(f"{EDIT}?draft={first['opening']}")
    again = form_of(page, "/properties/", opening=True)
    assert again["description"].strip() == TYPED and "Their words" in text_of(page)
    assert again["title"] == "Their title", "what was not touched is as it is now"
    assert browser.post(EDIT, again).status_code == 302
    with acting(max):
        now = Ticket.objects.get(pk=ticket.pk)
        assert (now.description, now.title) == (TYPED, "Their title")


def test_a_stale_form_of_properties_keeps_text_and_draft(
    browser: Client, ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    form = begin(browser, EDIT, "properties", description=TYPED)
    with acting(in_queue) as by:
        services.edit(ticket, by=by, description="Their words")
    late = browser.post(EDIT, form)
    assert late.status_code == 422 and form_of(late, "/properties/")["description"].strip() == TYPED
    assert len(kept(max)) == 1
    assert browser.post(EDIT, form_of(late, "/properties/", opening=True)).status_code == 302 and kept(max) == []


def test_saving_one_form_leaves_what_was_begun_in_another(browser: Client, ticket: Ticket, max: Membership) -> None:
    begin(browser, EDIT, "properties", description=TYPED)
    quick = opening_form(browser, EDIT, "properties") | {"priority": "1"}
    assert browser.post(EDIT, quick).status_code == 302
    assert [one.fields["description"].strip() for one in kept(max)] == [TYPED]


# A mail, forwarding ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("page", "place", "field"), [("mail", "mail", "mail_text"), ("forward", "forward", "forward_note")]
)
def test_the_browser_is_killed_over_a_mail_or_a_forwarding_and_the_text_is_there(
    browser: Client, ticket: Ticket, max: Membership, cleo: Any, page: str, place: str, field: str
) -> None:
    with acting(max) as by:
        services.edit(ticket, by=by, contact=cleo)
        type(cleo).objects.filter(pk=cleo.pk).update(email="cleo@hansen.example")
    keep(browser, f"{DESK}1/drafts/{place}/", {field: TYPED})
    answer = sign_in(max).get(f"{DESK}1/{page}/")
    assert form_of(answer)[field].strip() == TYPED and "data-draft-said>Draft from " in text_of(answer)
    assert browser.post(f"{DESK}1/drafts/{place}/discard/").status_code == 302
    assert form_of(browser.get(f"{DESK}1/{page}/"))[field].strip() == ""


def test_a_forwarded_tickets_draft_is_gone(browser: Client, ticket: Ticket, max: Membership, ada: Membership) -> None:
    form = form_of(browser.get(f"{DESK}1/forward/")) | {"forward_note": TYPED, "forward_to": str(ada.pk)}
    keep(browser, f"{DESK}1/drafts/forward/", form)
    assert browser.post(f"{DESK}1/forward/", form).status_code == 302 and kept(max) == []
    cache.clear()


# Splitting off, deleting ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("place", "field"), [("split", "title"), ("delete", "reason")])
def test_what_was_typed_to_split_or_delete_survives_the_browser_and_the_session(
    ticket: Ticket, max: Membership, place: str, field: str
) -> None:
    url, save = f"{DESK}1/{place}/", f"{DESK}1/drafts/{place}/"
    note = put(ticket, "note", max)
    browser = sign_in_english(max)
    assert f'data-draft="{save}"' in text_of(browser.get(url))
    keep(browser, save, {field: TYPED, f"item:note:{note.key}": "on"})
    browser.cookies.clear()
    assert browser.post(url, {field: TYPED}).status_code == 401
    later = sign_in(max)
    page = later.get(url)
    assert form_of(page)[field].strip() == TYPED and "data-draft-said>Draft from " in text_of(page)
    assert (f"item:note:{note.key}" in form_of(page)) == (place == "split"), "and what was chosen"
    listed = text_of(later.get(f"{DESK}drafts/"))
    assert f'href="{url}"' in listed and TYPED in listed
    assert later.post(f"{save}discard/").status_code == 302 and kept(max) == []


@pytest.mark.parametrize(("place", "field"), [("split", "title"), ("delete", "reason")])
def test_a_refused_split_or_delete_keeps_words_choice_and_draft(
    browser: Client, ticket: Ticket, max: Membership, place: str, field: str, no_guards: list[Any]
) -> None:
    url, note = f"{DESK}1/{place}/", put(ticket, "note", max)
    form = form_of(browser.get(url)) | {field: TYPED, f"item:note:{note.key}": "on"}
    keep(browser, f"{DESK}1/drafts/{place}/", form)
    no_guards.append((frozenset({f"ticket.{place}"}), lambda *asked: {None: Refused("ticket_is_closed")}))
    late = browser.post(url, form)
    assert late.status_code == 409 and form_of(late)[field].strip() == TYPED
    assert (f"item:note:{note.key}" in form_of(late)) == (place == "split")
    assert " data-draft-typed" in text_of(late) and len(kept(max)) == 1
    with acting(max):
        assert Ticket.objects.get(pk=ticket.pk).deleted_at is None and Ticket.objects.count() == 1
    no_guards.pop()
    assert browser.post(url, form).status_code == 302 and kept(max) == []


# All of them ----------------------------------------------------------------------------------------------------------
def test_my_drafts_lead_back_to_each_of_them(browser: Client, ticket: Ticket, max: Membership) -> None:
    new = begin(browser, NEW, "new", title="No link")
    edit = begin(browser, EDIT, "properties", description=TYPED)
    for place, field in (("mail", "mail_text"), ("forward", "forward_note")):
        keep(browser, f"{DESK}1/drafts/{place}/", {field: TYPED})
    page = text_of(browser.get(f"{DESK}drafts/"))
    for href in (f"{NEW}?draft={new['key']}", f"{EDIT}?draft={edit['opening']}", f"{DESK}1/mail/", f"{DESK}1/forward/"):
        assert f'href="{href}"' in page, href
    assert "No link" in page and f"{NEW}drafts/new-{new['key']}/discard/" in page


def test_offers_cost_the_same_for_three_as_for_one(browser: Client, ticket: Ticket, max: Membership) -> None:
    for page, name in ((NEW, "new"), (EDIT, "properties")):
        begin(browser, page, name, title="One")
        one = statements(browser, page)
        for n in range(3):
            begin(browser, page, name, title=f"More {n}")
        assert statements(browser, page) == one, page


def test_a_leavers_new_tickets_and_mails_go_to_the_heir(ticket: Ticket, max: Membership, ada: Membership) -> None:
    with acting(ada) as by:
        drafts.save(None, f"new-{uuid4()}", {"title": "Hers"}, None, by=by)
        drafts.save(ticket, "mail", {"mail_text": "Ada's"}, None, by=by)
    with acting(max) as by:
        drafts.save(ticket, "mail", {"mail_text": "Max's"}, None, by=by)
        holding = next(one for one in leaving.holdings(ada) if one.holding.code == "drafts")
        assert holding.count == 2 and holding.holding.give(ada, max, by) == 2
    assert sorted(one.words for one in kept(max)) == ["Hers", "Max's\n\nAda's"]
