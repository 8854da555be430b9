"""Draft safety (issue 4, criterion 4): whatever happens to the browser, the page or the ticket, the text is there."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from psa.members import leaving
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.tickets.conftest import customer, put
from tests.tickets.pages import DESK, form_of, sign_in_english, statements, text_of
from tickets import services
from tickets.models import Draft, Note, Ticket
from tickets.services import drafts

PAGE = f"{DESK}1/"
ADD = f"{PAGE}notes/add/"
SAVE = f"{PAGE}drafts/note/"
SHOWN = "data-draft-said>Draft from "
TYPED = "Two hours of typing <b>that</b> nobody wants to repeat"


def keep(browser: Client, place: str = "note", stamp: str = "", **typed: str) -> Any:
    return browser.post(f"{PAGE}drafts/{place}/", {"text": TYPED, "stamp": stamp, **typed})


def kept(ticket: Ticket) -> list[Draft]:
    with scope.tenant(ticket.tenant_id):
        return list(Draft.objects.order_by("pk"))


def test_the_browser_is_killed_and_the_text_is_there(ticket: Ticket, max: Membership) -> None:
    """Another browser, which knows nothing of the first one's storage, opens with the text, the reader and the time."""
    with acting(max):
        reader = customer(ticket).value
    assert keep(sign_in_english(max), reader=reader, minutes="1:30", move="accept").status_code == 200
    page = sign_in(max).get(PAGE)
    form = form_of(page, "/notes/add/")
    assert (form["text"], form["reader"], form["minutes"], form["move"]) == (TYPED, reader, "1:30", "accept")
    assert SHOWN in text_of(page) and "Discard" in text_of(page) and "<b>that</b>" not in text_of(page)


def test_the_ticket_is_changed_by_somebody_else_and_the_text_is_there(
    browser: Client, ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    keep(browser)
    put(ticket, "note", in_queue)
    with acting(in_queue) as by:
        services.accept(ticket, by=by)
        services.edit(ticket, by=by, title="Something else")
    assert form_of(browser.get(PAGE), "/notes/add/")["text"] == TYPED
    assert 'id="composer"' not in text_of(browser.get(f"{PAGE}news/?since=0")), "news leave the composer alone"


def test_a_stale_form_is_submitted_and_the_text_is_there(
    browser: Client, ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    form = form_of(browser.get(PAGE), "/notes/add/") | {"text": TYPED, "move": "accept"}
    with acting(in_queue) as by:
        services.accept(ticket, by=by)
    late = browser.post(ADD, form)
    assert late.status_code == 422 and form_of(late, "/notes/add/")["text"] == TYPED
    gone = browser.post(ADD, form | {"reader": "customer::Somebody who left", "move": ""})
    assert gone.status_code == 422 and form_of(gone, "/notes/add/")["text"] == TYPED
    with scope.tenant(ticket.tenant_id):
        assert not Note.objects.exists()


def test_a_note_edited_over_somebody_elses_change_keeps_the_text(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    note = put(ticket, "note", max)
    url = f"{PAGE}notes/{note.key}/edit/"
    form = form_of(browser.get(url))
    assert keep(browser, f"edit-note-{note.key}", **form | {"text": TYPED}).status_code == 200
    with acting(max) as by:
        services.items.edit(note, by=by, text="Their words")
    again = form_of(browser.get(url))
    assert (again["text"].strip(), again["version"]) == (TYPED, "1"), "the draft stays on the version it was made from"
    both = browser.post(url, again)
    assert both.status_code == 409 and "Their" in text_of(both) and form_of(both)["text"].strip() == TYPED
    assert browser.post(url, form_of(both)).status_code == 302
    assert kept(ticket) == [] and form_of(browser.get(url))["text"].strip() == TYPED


def test_two_windows_do_not_overwrite_each_other(browser: Client, ticket: Ticket) -> None:
    first = keep(browser).json()["stamp"]
    second = keep(browser, stamp=first, text="The second window").json()["stamp"]
    late = keep(browser, stamp=first, text="The first window")
    assert late.status_code == 409 and late.json()["fields"]["text"] == "The second window"
    assert late.json()["stamp"] == second
    assert keep(browser, text="A third one that saw no draft").status_code == 409
    assert [one.fields["text"] for one in kept(ticket)] == ["The second window"]
    assert keep(browser, stamp=second, text="Chosen").status_code == 200


def test_a_draft_is_gone_when_it_was_sent_and_a_late_save_brings_it_not_back(browser: Client, ticket: Ticket) -> None:
    form = form_of(browser.get(PAGE), "/notes/add/", opening=True) | {"text": TYPED}
    stamp = keep(browser, **form).json()["stamp"]
    answer = browser.post(ADD, form)
    assert answer.status_code == 302 and answer.cookies["tandem_sent"].value == form["opening"]
    assert kept(ticket) == [] and SHOWN not in text_of(browser.get(PAGE))
    for late in (form, form | {"stamp": stamp}):
        answer = browser.post(SAVE, late)
        assert answer.status_code == 409 and answer.json() == {"sent": True}
    other_window = keep(browser, stamp=stamp)
    assert other_window.status_code == 409 and other_window.json() == {}
    assert kept(ticket) == []


def test_a_discarded_draft_is_gone(browser: Client, ticket: Ticket) -> None:
    keep(browser)
    assert browser.post(f"{SAVE}discard/").url == PAGE
    assert kept(ticket) == [] and form_of(browser.get(PAGE), "/notes/add/")["text"] == ""


def test_a_draft_is_its_writers_alone(browser: Client, ticket: Ticket, in_queue: Membership) -> None:
    keep(browser)
    other = sign_in_english(in_queue)
    for path in (PAGE, f"{DESK}drafts/"):
        assert "Two hours of typing" not in text_of(other.get(path)), path
    other.post(f"{SAVE}discard/")
    assert keep(other, text="Hers").status_code == 200
    assert {one.fields["text"] for one in kept(ticket)} == {TYPED, "Hers"}


def test_a_stranger_keeps_nothing_here(ticket: Ticket, sam: Membership) -> None:
    stranger = sign_in(sam)
    assert keep(stranger).status_code == 404
    assert stranger.post("/atlas/tickets/1/drafts/note/", {"text": TYPED}).status_code == 404
    assert kept(ticket) == []


def test_what_is_kept_has_bounds(browser: Client, ticket: Ticket) -> None:
    for place in ("nonsense", "edit-note-1", "note-2", "properties"):
        assert keep(browser, place).status_code == 409, place
    assert kept(ticket) == []
    many = {f"f{n}": "x" for n in range(200)} | {"y" * 100: "long name"}
    keep(browser, text="x" * 90_000, **many)
    fields = kept(ticket)[0].fields
    assert len(fields) <= drafts.MOST_FIELDS and len(fields["text"]) == drafts.LONGEST_TEXT
    assert not {"stamp", "csrfmiddlewaretoken", "y" * 100} & set(fields)


def test_fields_nobody_typed_reach_nothing(browser: Client, ticket: Ticket) -> None:
    """A10: a draft is typing, not an item; what a form does not have stays in the draft."""
    keep(browser, author="1", tenant="2", version="9", kind_of="question")
    form = form_of(browser.get(PAGE), "/notes/add/")
    assert "author" not in form and "tenant" not in form and form["kind_of"] == "question"


def test_my_drafts_are_listed_with_their_tickets(browser: Client, ticket: Ticket, max: Membership) -> None:
    note = put(ticket, "note", max)
    for place in ("note", "timeentry", "charge", "call", f"edit-note-{note.key}"):
        assert keep(browser, place, name="Cable").status_code == 200, place
    page = text_of(browser.get(f"{DESK}drafts/"))
    for href in ("?compose=note#composer", "?compose=time#composer", "?compose=charge#composer", "/call/", "/edit/"):
        assert href in page, href
    assert "My drafts" in text_of(browser.get(PAGE)) and "<b>that</b>" not in page
    for place in ("time", "charge"):
        assert SHOWN in text_of(browser.get(PAGE, {"compose": place})), place
    assert SHOWN in text_of(browser.get(f"{PAGE}call/"))


def test_the_list_takes_as_many_statements_for_ten_as_for_one(browser: Client, ticket: Ticket, max: Membership) -> None:
    keep(browser)
    one = statements(browser, f"{DESK}drafts/")
    with acting(max) as by:
        for n in range(9):
            drafts.save(ticket, f"edit-note-{uuid4()}", {"text": str(n)}, None, by=by)
    assert statements(browser, f"{DESK}drafts/") == one


@pytest.mark.parametrize("with_heir", [True, False])
def test_a_leavers_drafts_go_to_the_heir_below_the_heirs_own(
    ticket: Ticket, max: Membership, ada: Membership, with_heir: bool
) -> None:
    with acting(ada) as by:
        drafts.save(ticket, "note", {"text": "Ada's"}, None, by=by)
        drafts.save(ticket, "charge", {"name": "Cable"}, None, by=by)
    with acting(max) as by:
        drafts.save(ticket, "note", {"text": "Max's"}, None, by=by)
        holding = next(one for one in leaving.holdings(ada) if one.holding.code == "drafts")
        assert holding.count == 2
        assert holding.holding.give(ada, max if with_heir else None, by) == 2
        found = {one.place: one.fields.get("text") for one in Draft.objects.filter(member=max)}
        assert found == ({"note": "Max's\n\nAda's", "charge": None} if with_heir else {"note": "Max's"})
        assert not Draft.objects.filter(member=ada).exists()


def test_nobody_saves_at_a_place_twice_at_the_same_moment(ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        drafts.save(ticket, "note", {"text": "First"}, None, by=by)
        with pytest.raises(Refused, match="draft_changed"):
            drafts.save(ticket, "note", {"text": "Second"}, None, by=by)


def test_a_window_knows_its_own_words_again(browser: Client, ticket: Ticket) -> None:
    """The last save of a page that was left may arrive after the next page was drawn: it bears the window's stamp."""
    mine = str(uuid4())
    keep(browser, next_stamp=mine)
    assert keep(browser, text="Later").json()["stamp"] == mine
