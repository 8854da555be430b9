"""The desk's pages through a plain browser without scripts: what they show, what they post, what they cost."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import Q
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from psa.directory.models import Company, Contact, Location, WorkType
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting, sign_in
from tests.tickets.conftest import customer, internal, put
from tickets import columns, services
from tickets.models import Charge, Note, Ticket, TimeEntry
from tickets.services import items

DESK = "/nordlicht/tickets/"


class Form(HTMLParser):
    """The fields of the first form with this in its action (or with no action), as a browser would send them."""

    def __init__(self, body: str, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.fields, self.select = action, False, {}, ""
        self.area: str | None = None
        self.first_option: str | None = None
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found: dict[str, Any] = dict(attrs)
        if tag == "form":
            self.inside = (
                not self.fields
                and found.get("method", "").lower() == "post"
                and (self.action in found.get("action", "") if self.action else "action" not in found)
            )
        if not self.inside:
            return
        name = found.get("name", "")
        if tag == "input" and name and found.get("type") not in {"submit", "file"}:
            if found.get("type") not in {"checkbox", "radio"} or "checked" in found:
                self.fields[name] = found.get("value", "")
        elif tag == "select":
            self.select, self.first_option = name, None
        elif tag == "option" and self.select:
            if self.first_option is None or "selected" in found:
                self.first_option = found.get("value", "")
                self.fields[self.select] = self.first_option
        elif tag == "textarea":
            self.area, self.fields[name] = name, ""

    def handle_data(self, data: str) -> None:
        if self.inside and self.area:
            self.fields[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"
        self.select = "" if tag == "select" else self.select
        self.area = None if tag == "textarea" else self.area


def form_of(response: HttpResponse, action: str = "") -> dict[str, str]:
    """What the page's form would send if nothing was touched."""
    fields = Form(response.content.decode(), action).fields
    assert fields, f"no form for {action}"
    fields.pop("csrfmiddlewaretoken")
    return fields


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


@pytest.fixture
def browser(max: Membership) -> Client:
    """Max, signed in, reading English."""
    with scope.platform("test: language"):
        max.user.language = "en"
        max.user.save()
    return sign_in(max)


# The list -------------------------------------------------------------------------------------------------------------
def many(number: int, ticket: Ticket, max: Membership) -> None:
    """So many tickets in all."""
    with acting(max) as by:
        for i in range(number - 1):
            made = services.create(by=by, title=f"Ticket {i}", company=ticket.company, queue=ticket.queue)
            services.assign(made, max, by=by)


def statements(client: Client, url: str) -> int:
    """How many statements a page takes once it is warm."""
    client.get(url)
    cache.clear()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(url).status_code == 200
    return len([query for query in asked if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))])


def test_the_list_takes_12_statements_whatever_the_number_of_rows(
    browser: Client, ticket: Ticket, max: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    partner = columns.ExtraColumn(
        "partner",
        "Outsourced to",
        lambda ids, by: dict(Ticket.objects.filter(pk__in=ids).values_list("pk", "title")),
        choices=lambda by: [],
    )
    monkeypatch.setattr(columns, "_columns", {"partner": partner})
    many(5, ticket, max)
    few = statements(browser, DESK)
    many(46, ticket, max)
    assert statements(browser, DESK + "?size=50") <= 12
    assert few <= 12
    assert statements(browser, DESK + "?status=new&queue=1&q=ticket&sort=-number") <= 12


def test_the_list_shows_what_the_views_say(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        closed = services.close(
            services.accept(
                services.create(by=by, title="Long done", company=ticket.company, queue=ticket.queue), by=by
            ),
            "x",
            by=by,
        )
        mine = services.accept(
            services.create(by=by, title="On my desk", company=ticket.company, queue=ticket.queue), by=by
        )
    seen = {
        "": {ticket, mine},
        "view/mine/": {mine},
        "view/unassigned/": {ticket},
        "view/waiting/": set(),
        "view/closed/": {closed},
        "view/queues/": set(),
        "search/?q=long": {closed},
    }
    for path, rows in seen.items():
        page = text_of(browser.get(DESK + path))
        assert {one.number for one in rows} == {
            int(number) for number in re.findall(rf'class="row-link" href="{DESK}(\d+)/"', page)
        }, path


@pytest.mark.parametrize("words", ["vpn", "VPN morning", "REEDEREI", "hänsen", "1", "#1"])
def test_search_forgives(browser: Client, ticket: Ticket, words: str) -> None:
    assert "VPN drops every morning" in text_of(browser.get(DESK, {"q": words}))


def test_a_number_in_the_search_box_opens_the_ticket(browser: Client, ticket: Ticket) -> None:
    assert browser.get(f"{DESK}search/", {"q": f"#{ticket.number}"}).url == f"{DESK}{ticket.number}/"


@pytest.mark.parametrize(
    "query",
    ["?queue=999&assignee=x'--&sort=search_text&cols=tenant_id&after=%00&status=open%27", "?q=%25%00", "?view=x"],
)
def test_a8_only_declared_parameters_are_read(browser: Client, ticket: Ticket, query: str) -> None:
    assert browser.get(DESK + query).status_code == 200


def test_the_list_can_be_taken_along_by_those_who_may(browser: Client, ticket: Ticket, people: Any) -> None:
    lines = b"".join(browser.get(f"{DESK}?format=csv").streaming_content).decode()
    assert "VPN drops every morning" in lines
    assert sign_in(people("read-only")).get(f"{DESK}?format=csv").status_code == 403


def test_the_counts_come_as_a_fragment(browser: Client, ticket: Ticket) -> None:
    assert '<span class="count" id="view-open" hx-swap-oob="true">1</span>' in text_of(browser.get(f"{DESK}counts/"))


def test_filters_of_the_apps_above_narrow_the_list(
    browser: Client, ticket: Ticket, max: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting(max) as by:
        services.create(by=by, title="Other one", company=ticket.company, queue=ticket.queue)
    extra = columns.ExtraColumn(
        "partner",
        "Outsourced to",
        lambda ids, by: {ids[0]: "Baltic"},
        lambda value: Q(title__startswith=value),
        lambda by: [("VPN", "VPN")],
    )
    monkeypatch.setattr(columns, "_columns", {"partner": extra})
    page = text_of(browser.get(f"{DESK}?partner=VPN"))
    assert "VPN drops" in page and "Other one" not in page and "Baltic" in page


# A new ticket ---------------------------------------------------------------------------------------------------------
def test_a_ticket_is_written_down_without_scripts(
    browser: Client, ticket: Ticket, cleo: Contact, company: Company
) -> None:
    """Two steps: the customer first, then the contact is the customer's own."""
    form = form_of(browser.get(f"{DESK}new/"), "")
    form |= {"title": "Printer on fire", "company": str(company.pk), "description": "Line one\r\nLine two"}
    again = browser.post(f"{DESK}new/", {**form, "again": "1"})
    assert "Cleo Hansen" in text_of(again)
    kept = form_of(again, "")
    assert kept["title"] == "Printer on fire"
    answer = browser.post(
        f"{DESK}new/", {**kept, "contact": str(cleo.pk), "planned_minutes": "1,5 h", "due_at": "2030-01-02T09:30"}
    )
    with scope.tenant(company.tenant_id):
        made = Ticket.objects.latest("pk")
        assert answer.url == f"{DESK}{made.number}/"
        assert (made.title, made.contact, made.planned_minutes, made.description) == (
            "Printer on fire",
            cleo,
            90,
            "Line one\nLine two",
        )
        assert made.due_at.isoformat() == "2030-01-02T08:30:00+00:00"
        assert made.next_deadline == made.due_at


def test_what_was_typed_stays_when_something_is_missing(browser: Client, ticket: Ticket) -> None:
    answer = browser.post(f"{DESK}new/", {"title": "", "description": "Long story", "planned_minutes": "soon"})
    assert answer.status_code == 422
    assert "Long story" in text_of(answer) and "soon" in text_of(answer)


def test_a10_a_form_takes_only_what_it_names(browser: Client, ticket: Ticket, sam: Membership, max: Membership) -> None:
    form = form_of(browser.get(f"{DESK}new/"), "") | {"title": "Plain", "company": str(ticket.company_id)}
    extra = {
        "tenant": sam.tenant_id, "tenant_id": sam.tenant_id, "number": 7, "status": "closed", "created_by": sam.pk,
        "assignee": sam.pk,
        "is_open": "", "created_at": "2001-01-01", "key": "x", "source": "insourced", "version": 9, "id": ticket.pk,
        "pk": ticket.pk,
    }  # fmt: skip
    browser.post(f"{DESK}new/", form | {name: str(value) for name, value in extra.items() if name != "source"})
    with scope.tenant(ticket.tenant_id):
        made = Ticket.objects.latest("pk")
        assert (made.tenant_id, made.status, made.assignee_id, made.created_by_id) == (
            max.tenant_id,
            "new",
            None,
            max.pk,
        )
        assert made.pk != ticket.pk and made.number == 2 and made.created_at.year > 2001 and made.version == 1
    assert browser.post(f"{DESK}new/", form | {"source": "insourced"}).status_code == 422

    note = {"reader": internal_value(ticket, max), "text": "Plain", "kind_of": "note"}
    browser.post(
        f"{DESK}1/notes/add/",
        note
        | {
            "tenant": str(sam.tenant_id),
            "author": str(sam.pk),
            "author_name": "Sam",
            "received_at": "2001-01-01",
            "removed_at": "2001-01-01",
            "key": "x",
            "made_at": "2001-01-01",
            "handover": "x",
            "audience": "customer",
        },
    )
    with scope.tenant(ticket.tenant_id):
        made_note = Note.objects.get()
        assert (made_note.author_id, made_note.author_name, made_note.audience, made_note.received_at) == (
            max.pk,
            "Max Petersen",
            "internal",
            None,
        )
        assert made_note.made_at.year > 2001


def internal_value(ticket: Ticket, member: Membership) -> str:
    with acting(member):
        return internal(ticket).value


# The ticket page ------------------------------------------------------------------------------------------------------
def test_the_ticket_page_takes_20_statements_however_much_stands_on_it(
    browser: Client, ticket: Ticket, max: Membership, work_type: WorkType
) -> None:
    for kind in ("note", "timeentry", "charge"):
        put(ticket, kind, max)
    with acting(max) as by:
        services.files.attach(ticket, upload(), internal(ticket), by=by)
    few = statements(browser, f"{DESK}1/")
    for _round in range(9):
        for kind in ("note", "timeentry", "charge"):
            put(ticket, kind, max)
    many = statements(browser, f"{DESK}1/")
    assert few == many
    assert many <= 20


def test_a_technicians_page_stays_inside_it_too(ticket: Ticket, in_queue: Membership, max: Membership) -> None:
    for kind in ("note", "timeentry", "charge"):
        put(ticket, kind, max)
        put(ticket, kind, in_queue)
    assert statements(sign_in(in_queue), f"{DESK}1/") <= 20


def test_the_page_shows_who_where_and_what_next(browser: Client, ticket: Ticket) -> None:
    page = text_of(browser.get(f"{DESK}1/"))
    for words in (
        "VPN drops every morning",
        "Reederei Hansen",
        "Cleo Hansen",
        'href="tel:+4943155501"',
        "Accept for work",
        "created the ticket",
    ):
        assert words in page, words
    assert "Reopen" not in page


def test_moves_are_posted_and_a_late_one_is_told_politely(browser: Client, ticket: Ticket) -> None:
    assert browser.post(f"{DESK}1/accept/").url == f"{DESK}1/"
    assert "Somebody was faster: this ticket is “Open” by now." in text_of(
        browser.post(f"{DESK}1/accept/", follow=True)
    )
    assert browser.get(f"{DESK}1/start/").status_code == 405
    assert browser.post(f"{DESK}1/explode/").status_code == 404


def test_words_typed_for_a_refused_move_stay(browser: Client, ticket: Ticket, max: Membership) -> None:
    late = browser.post(f"{DESK}1/reopen/", {"text": "It is dead again."})
    assert late.status_code == 409 and "It is dead again." in text_of(late) and "Somebody was faster" in text_of(late)
    kept = form_of(late, "/reopen/")
    assert browser.post(f"{DESK}1/notes/add/", kept).status_code == 302
    with scope.tenant(ticket.tenant_id):
        assert Note.objects.get().text == "It is dead again."


def test_a_move_asks_for_its_words(browser: Client, ticket: Ticket) -> None:
    assert browser.post(f"{DESK}1/ask/", {"text": " "}).status_code == 422
    assert browser.post(f"{DESK}1/ask/", {"text": "Which router?"}).status_code == 302
    assert "Which router?" in text_of(browser.get(f"{DESK}1/"))


def test_a_guard_closes_a_button_and_says_why(browser: Client, ticket: Ticket, no_guards: list[Any]) -> None:
    no_guards.append((frozenset({"ticket.accept"}), lambda *asked: {None: Refused("file_is_empty")}))
    assert re.search(r'aria-disabled="true"[^>]*>.*Accept for work', text_of(browser.get(f"{DESK}1/")))
    assert 'title="This file is empty."' in text_of(browser.get(f"{DESK}1/"))


def test_whose_it_is_can_be_said(browser: Client, ticket: Ticket, ada: Membership, people: Any) -> None:
    browser.post(f"{DESK}1/assign/", {"assignee": str(ada.pk)})
    assert "made Ada Brandt responsible" in text_of(browser.get(f"{DESK}1/"))
    browser.post(f"{DESK}1/assign/", {"assignee": str(people("contact").pk)})
    with scope.tenant(ticket.tenant_id):
        assert Ticket.objects.get().assignee == ada


# Items ----------------------------------------------------------------------------------------------------------------
POSTS: dict[str, tuple[str, dict[str, str]]] = {
    "notes": ("note", {"text": "Looked at it.", "kind_of": "call"}),
    "time": (
        "time",
        {
            "minutes": "1:30",
            "offset_minutes": "-0:15",
            "offset_reason": "Learnt",
            "text": "Router",
            "internal_text": "slow",
        },
    ),
    "charges": ("charge", {"name": "Cable", "quantity": "2,5", "unit": "m", "unit_price": "4,50", "is_billable": "on"}),
}


@pytest.mark.parametrize("word", POSTS)
@pytest.mark.parametrize("reader", ["internal", "customer"])
def test_items_are_added_from_the_composer(
    browser: Client, ticket: Ticket, max: Membership, word: str, reader: str
) -> None:
    tab, typed = POSTS[word]
    page = browser.get(f"{DESK}1/", {"compose": tab})
    form = form_of(page, f"/{word}/add/")
    if reader == "customer":
        with acting(max):
            form["reader"] = customer(ticket).value
    assert browser.post(f"{DESK}1/{word}/add/", form | typed).status_code == 302
    shown = text_of(browser.get(f"{DESK}1/"))
    assert {"notes": "Looked at it.", "time": "worked 1:30", "charges": "€11.25"}[word] in shown
    with scope.tenant(ticket.tenant_id):
        row = [*Note.objects.all(), *TimeEntry.objects.all(), *Charge.objects.all()][0]
        assert row.audience == reader


@pytest.mark.parametrize("word", POSTS)
def test_items_are_edited_and_removed(browser: Client, ticket: Ticket, max: Membership, word: str) -> None:
    kind = {"notes": "note", "time": "timeentry", "charges": "charge"}[word]
    item = put(ticket, kind, max)
    url = f"{DESK}1/{word}/{item.key}/"
    changed = {"name": "New words"} if kind == "charge" else {"text": "New words"}
    assert browser.post(f"{url}edit/", form_of(browser.get(f"{url}edit/")) | changed).status_code == 302
    page = text_of(browser.get(f"{DESK}1/"))
    assert "New words" in page and "edited" in page
    assert browser.post(f"{url}remove/", form_of(browser.get(f"{url}remove/"))).status_code == 302
    page = text_of(browser.get(f"{DESK}1/"))
    assert "New words" not in page and "This was deleted." in page


def test_both_texts_are_shown_when_somebody_was_faster(browser: Client, ticket: Ticket, max: Membership) -> None:
    note = put(ticket, "note", max)
    url = f"{DESK}1/notes/{note.key}/edit/"
    form = form_of(browser.get(url))
    with acting(max) as by:
        items.edit(note, by=by, text="Their words")
    answer = browser.post(url, form | {"text": "My words"})
    assert answer.status_code == 409
    assert "Their words" in text_of(answer) and "My words" in text_of(answer)
    assert browser.post(url, form_of(answer)).status_code == 302
    with scope.tenant(ticket.tenant_id):
        assert Note.objects.get().text == "My words"


def test_typed_words_stay_when_the_readers_changed(browser: Client, ticket: Ticket, max: Membership) -> None:
    form = form_of(browser.get(f"{DESK}1/"), "/notes/add/")
    with acting(max):
        form["reader"] = customer(ticket).value
        Contact.objects.update(name="Jens Fisch")
    answer = browser.post(f"{DESK}1/notes/add/", form | {"text": "For Cleo's eyes"})
    assert answer.status_code == 422
    assert "For Cleo&#x27;s eyes" in text_of(answer) and "Who reads this ticket has changed" in text_of(answer)
    with scope.tenant(ticket.tenant_id):
        assert not Note.objects.exists()


def test_a_locked_item_wears_a_padlock_with_the_reason(
    browser: Client, ticket: Ticket, max: Membership, no_guards: list[Any]
) -> None:
    note = put(ticket, "note", max)
    lock = lambda ticket, verb, found, by: {one: Refused("file_is_empty") for one in found}  # noqa: E731
    no_guards.append((frozenset({"note.edit", "note.remove"}), lock))
    page = text_of(browser.get(f"{DESK}1/"))
    assert 'aria-label="This file is empty."' in page and f"{note.key}/edit/" not in page
    assert "This file is empty." in text_of(browser.get(f"{DESK}1/notes/{note.key}/edit/"))


def test_whoever_may_not_edit_is_offered_nothing(ticket: Ticket, max: Membership, in_queue: Membership) -> None:
    note = put(ticket, "note", max)
    technician = sign_in(in_queue)
    assert f"{note.key}/edit/" not in text_of(technician.get(f"{DESK}1/"))
    for act in ("edit", "remove"):
        assert technician.get(f"{DESK}1/notes/{note.key}/{act}/").status_code == 403
        assert technician.post(f"{DESK}1/notes/{note.key}/{act}/", {"version": "1", "text": "x"}).status_code == 403


def test_prices_stand_only_before_those_who_may_see_them(
    browser: Client, ticket: Ticket, max: Membership, in_queue: Membership
) -> None:
    with acting(max) as by:
        items.add(ticket, "charge", internal(ticket), by=by, name="Cable", unit_price=777)
    technician = sign_in(in_queue)
    assert "777" in text_of(browser.get(f"{DESK}1/"))
    assert "777" not in text_of(technician.get(f"{DESK}1/"))
    assert "unit_price" not in text_of(technician.get(f"{DESK}1/?compose=charge"))


def test_the_stream_can_be_narrowed_and_goes_on(browser: Client, ticket: Ticket, max: Membership) -> None:
    put(ticket, "timeentry", max)
    for number in range(40):
        with acting(max) as by:
            items.add(ticket, "note", internal(ticket), by=by, text=f"Note number {number:02d}.")
    page = text_of(browser.get(f"{DESK}1/"))
    assert "Note number 39." in page and "Note number 10." in page and "Note number 09." not in page
    older = re.search(r'href="([^"]*before=\d+)#stream"', page)
    assert older is not None
    rest = text_of(browser.get(older[1].replace("&amp;", "&")))
    assert "Note number 09." in rest and "worked 0:30" in rest and "created the ticket" in rest
    assert "Note number" not in text_of(browser.get(f"{DESK}1/?view=time"))
    assert "worked 0:30" in text_of(browser.get(f"{DESK}1/?view=time"))
    assert "created the ticket" in text_of(browser.get(f"{DESK}1/?view=history"))


def test_news_come_only_when_there_are_any(browser: Client, ticket: Ticket, max: Membership) -> None:
    since = re.search(r"since=(\d+)", text_of(browser.get(f"{DESK}1/")))
    assert since is not None
    assert browser.get(f"{DESK}1/news/?since={since[1]}").status_code == 204
    put(ticket, "note", max)
    news = browser.get(f"{DESK}1/news/?since={since[1]}")
    assert (
        news.status_code == 200
        and "Looked at it." in text_of(news)
        and "<textarea" not in text_of(news).split('id="stream"')[1]
    )


# Properties -----------------------------------------------------------------------------------------------------------
def test_properties_are_edited(browser: Client, ticket: Ticket) -> None:
    form = form_of(browser.get(f"{DESK}1/properties/"), "/properties/")
    assert browser.post(f"{DESK}1/properties/", form | {"title": "Other title", "priority": "1"}).url == f"{DESK}1/"
    page = text_of(browser.get(f"{DESK}1/"))
    assert "changed the title: VPN drops every morning → Other title" in page and "Normal → Critical" in page


def test_an_untouched_form_changes_nothing(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max) as by:
        services.edit(ticket, by=by, due_at=timezone.now(), planned_minutes=90, description="a\nb")
        before = list(Entry.objects.values_list("kind", flat=True))
    form = form_of(browser.get(f"{DESK}1/properties/"), "/properties/")
    assert browser.post(f"{DESK}1/properties/", form).status_code == 302
    with scope.tenant(ticket.tenant_id):
        assert list(Entry.objects.values_list("kind", flat=True)) == before


def test_over_somebody_elses_change_both_values_are_shown(browser: Client, ticket: Ticket, max: Membership) -> None:
    form = form_of(browser.get(f"{DESK}1/properties/"), "/properties/")
    with acting(max) as by:
        services.edit(ticket, by=by, title="Their title", priority=1)
    answer = browser.post(f"{DESK}1/properties/", form | {"title": "My title"})
    assert answer.status_code == 422
    assert "My title" in text_of(answer) and "Their title" in text_of(answer)
    assert browser.post(f"{DESK}1/properties/", form_of(answer, "/properties/")).status_code == 302
    with scope.tenant(ticket.tenant_id):
        row = Ticket.objects.get()
        assert (row.title, row.priority) == ("My title", 1)


def test_changes_that_do_not_meet_are_both_kept(browser: Client, ticket: Ticket, max: Membership) -> None:
    form = form_of(browser.get(f"{DESK}1/properties/"), "/properties/")
    with acting(max) as by:
        services.edit(ticket, by=by, priority=1)
    assert browser.post(f"{DESK}1/properties/", form | {"title": "My title"}).status_code == 302
    with scope.tenant(ticket.tenant_id):
        row = Ticket.objects.get()
        assert (row.title, row.priority) == ("My title", 1)


def test_another_customer_leaves_the_contact_behind(browser: Client, ticket: Ticket, max: Membership) -> None:
    with acting(max):
        other = Company.objects.create(name="Werft Nord")
        place = Location.objects.create(company=other, name="Dock 3")
    form = form_of(browser.get(f"{DESK}1/properties/"), "/properties/")
    again = browser.post(f"{DESK}1/properties/", form | {"company": str(other.pk), "again": "1"})
    assert "Dock 3" in text_of(again)
    chosen = form_of(again, "/properties/") | {"location": str(place.pk)}
    assert browser.post(f"{DESK}1/properties/", chosen).status_code == 302
    with scope.tenant(ticket.tenant_id):
        row = Ticket.objects.get()
        assert (row.company, row.contact, row.location) == (other, None, place)


# Somebody else --------------------------------------------------------------------------------------------------------
def test_who_may_not_is_told_what_is_missing_and_who_grants_it(ticket: Ticket, max: Membership, people: Any) -> None:
    answer = sign_in(people("billing")).post(f"{DESK}1/accept/")
    assert answer.status_code == 403
    assert "ticket.edit" in text_of(answer) and "Max Petersen" in text_of(answer)


def test_a_ticket_out_of_reach_is_not_there(ticket: Ticket, ada: Membership) -> None:
    assert sign_in(ada).get(f"{DESK}1/").status_code == 404
    assert sign_in(ada).get(f"{DESK}999999999/").status_code == 404


def test_words_of_the_reader(ticket: Ticket, nordlicht: Tenant, max: Membership) -> None:
    """The sentence above the button and the button name who reads it."""
    page = text_of(sign_in_english(max).get(f"{DESK}1/"))
    assert "Only people at <strong>Nordlicht IT</strong> will see this." in page
    assert "Send to Cleo Hansen (Reederei Hansen)" in page


def sign_in_english(member: Membership) -> Client:
    with scope.platform("test: language"):
        member.user.language = "en"
        member.user.save()
    return sign_in(member)


def upload() -> Any:
    return SimpleUploadedFile("log.txt", b"line", "text/plain")
