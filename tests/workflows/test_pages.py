"""The builder, the list, the log and the mails' words, as a browser without scripts uses them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from psa.journal.models import Entry
from psa.mail.models import MailTemplate, MailWording
from psa.tenancy import scope
from psa.tenancy.models import Membership, Role
from psa.tenancy.services import add_member
from tests.conftest import acting, sign_in
from tests.workflows.conftest import HIGH, NOTE, if_all, if_any, letter, row, runs, work, write
from tickets import services
from tickets.models import Category
from workflows.models import Rule, RuleRun
from workflows.rules import conditions as asked
from workflows.rules import steps, telling
from workflows.rules.names import Names

pytestmark = pytest.mark.django_db
RULES = "/nordlicht/rules/"
MAILS = "/nordlicht/mail-templates/"
EMPTY = {"conditions": "0", "steps": "0", "match": "all", "limit": "60", "name": "Mine", "event": "ticket.created"}


@pytest.fixture
def browser(max: Membership) -> Client:
    """Max, signed in, reading English."""
    with scope.platform("test: language"):
        max.user.language = "en"
        max.user.save()
    return sign_in(max)


def text(answer: Any) -> str:
    return answer.content.decode()


# The builder ----------------------------------------------------------------------------------------------------------
def test_a_rule_is_built_without_scripts_row_by_row(browser, max, ticket, company):
    page = text(browser.post(RULES + "new/", {**EMPTY, "do": "add-condition", "new_condition": "priority"}))
    assert 'name="c0-what" value="priority"' in page and 'value="Mine"' in page
    so_far = {**EMPTY, "conditions": "1", "c0-what": "priority", "c0-group": "0", "c0-op": "is", "c0-value": ["1", "2"]}
    page = text(
        browser.post(RULES + "new/", {**so_far, "do": "add-condition", "new_condition": "company", "new_group": "new"})
    )
    assert 'name="c1-what" value="company"' in page and "g1-match" in page
    assert len(re.findall(r'name="c0-value"[^>]*checked', page)) == 2
    so_far |= {"conditions": "2", "c1-what": "company", "c1-group": "1", "c1-op": "is", "c1-value": "reederei hansen"}
    so_far["g1-match"] = "any"
    page = text(browser.post(RULES + "new/", {**so_far, "do": "add-step", "new_step": "note"}))
    assert 'name="a0-kind" value="note"' in page
    so_far |= {"steps": "1", "a0-kind": "note", "a0-text": "Look: {ticket.title}"}
    with acting(max):
        assert not Rule.objects.exists(), "only Save keeps anything"
    answer = browser.post(RULES + "new/", {**so_far, "do": "save"})
    assert answer.status_code == 302
    with acting(max):
        made = Rule.objects.get()
        assert (made.is_active, made.changed_by_id, made.steps) == (
            False, max.pk, [{"do": "note", "text": "Look: {ticket.title}"}],
        )  # fmt: skip
        nested = {"match": "any", "rows": [row("company", "is", [company.pk])]}
        assert made.conditions == {"match": "all", "rows": [row("priority", "is", ["1", "2"]), nested]}
    page = text(browser.get(answer.url))
    assert "Reederei Hansen" in page and "Priority is Critical or High and (Customer is Reederei Hansen)" in page


def test_rows_are_removed_and_steps_change_places_with_what_was_typed(browser):
    typed = {
        **EMPTY, "steps": "2", "a0-kind": "note", "a0-text": "first words", "a1-kind": "set-priority", "a1-value": "2",
    }  # fmt: skip
    page = text(browser.post(RULES + "new/", {**typed, "do": "up-step-1"}))
    assert page.index('name="a0-kind" value="set-priority"') < page.index("first words")
    page = text(browser.post(RULES + "new/", {**typed, "do": "remove-step-0"}))
    assert "first words" not in page and 'name="a0-kind" value="set-priority"' in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"steps": "0"}, "add at least one step"),
        ({"event": "time.quiet", "hours": ""}, "Say how many hours"),
        ({"event": "no.such"}, "not one of the available choices"),
        ({"a0-kind": "assign", "a0-to": ""}, "This field is required"),
        ({"a0-kind": "mail", "a0-template": "99", "a0-to": ["assignee"]}, "not one of the available choices"),
        ({"limit": "0"}, "greater than or equal to 1"),
        ({"a0-text": "{ticket.__class__}"}, "not known here"),
        ({"conditions": "1", "c0-what": "company", "c0-op": "is", "c0-value": "Nobody Ltd"}, "no company of exactly"),
        ({"conditions": "1", "c0-what": "queue", "c0-op": "is", "c0-value": "987654"}, "not one of the available"),
        ({"conditions": "1", "c0-what": "queue", "c0-op": "is"}, "what it is compared with"),
        ({"conditions": "1", "c0-what": "queue", "c0-op": "contains", "c0-value": "1"}, "not one of the available"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(browser, max, ticket, wrong, said):
    typed = {**EMPTY, "steps": "1", "a0-kind": "note", "a0-text": "my own words"}
    answer = browser.post(RULES + "new/", {**typed, **wrong, "do": "save"})
    assert answer.status_code == 422
    assert said in text(answer)
    assert "my own words" in text(answer) or wrong.keys() & {"a0-text", "steps", "a0-kind"}
    with acting(max):
        assert not Rule.objects.exists()


def test_every_kind_of_condition_and_step_can_be_added_and_saved(browser, max, ticket, company, nordlicht):
    """Each by itself, through the form and back."""
    with acting(max):
        Category.objects.create(name="Network")
    letter(max)
    for code in asked.FIELDS:
        page = text(browser.post(RULES + "new/", {**EMPTY, "do": "add-condition", "new_condition": code}))
        assert f'name="c0-what" value="{code}"' in page, code
    for kind, _label in steps.kinds():
        page = text(browser.post(RULES + "new/", {**EMPTY, "do": "add-step", "new_step": kind}))
        assert f'name="a0-kind" value="{kind}"' in page, kind


def test_the_sentence_says_when_if_and_then_in_three_languages(max, ticket, queue):
    conditions = if_all(row("queue", "is", [queue.pk]), if_any(row("age", "over", 4), row("text", "contains", "vpn")))
    made = write(max, "ticket.moved", HIGH, setting={"move": "start"}, conditions=conditions)
    said = {}
    with acting(max):
        for language in ("en", "de", "lv"):
            with translation.override(language):
                said[language] = telling.in_words(made, Names([made]))
    assert said["en"] == (
        "When a ticket is moved to another status (Start work), and if Queue is Service desk and (Age is over 4 hours"
        " or Title and description contains vpn), then: set: priority → High."
    )
    assert len(set(said.values())) == 3


# The list -------------------------------------------------------------------------------------------------------------
def test_the_list_says_how_each_rule_is_doing(browser, max, ticket):
    made = write(max, "ticket.assigned", {"do": "move", "move": "reopen"}, name="Impossible")
    with acting(max) as by:
        services.assign(ticket, max, by=by)
    work()
    page = text(browser.get(RULES))
    assert "Impossible" in page and "1 with trouble" in page and "Max Petersen" in page
    assert f"/nordlicht/rules/{made.pk}/" in page


def test_one_press_switches_moves_copies_deletes_and_takes_back(browser, max):
    one, two = write(max, "ticket.created", name="One", on=False), write(max, "ticket.edited", name="Two", on=False)
    browser.post(f"{RULES}{one.pk}/switch/", {"on": "1"})
    browser.post(f"{RULES}{two.pk}/shift/", {"to": "up"})
    browser.post(f"{RULES}{one.pk}/duplicate/")
    answer = browser.post(f"{RULES}{two.pk}/delete/")
    with acting(max):
        rows = list(Rule.objects.filter(deleted_at=None).order_by("position").values_list("name", "is_active"))
        assert rows == [("One", True), ("One (copy)", False)]
    page = text(browser.get(answer.url))
    assert f"/nordlicht/rules/{two.pk}/restore/" in page
    browser.post(f"{RULES}{two.pk}/restore/")
    with acting(max):
        assert Rule.objects.get(pk=two.pk).deleted_at is None
    assert browser.get(f"{RULES}{one.pk}/switch/").status_code == 405


def test_the_kill_switch_is_on_the_page_and_the_page_says_so(browser, max, settings):
    browser.post(RULES + "switch/", {"stop": "1"})
    assert "Max Petersen stopped all rules" in text(browser.get(RULES))
    browser.post(RULES + "switch/", {"stop": "0"})
    assert "stopped all rules" not in text(browser.get(RULES))
    settings.RULES = False
    assert "The operator of this installation has switched rules off" in text(browser.get(RULES))


def test_the_log_lists_runs_and_opens_each_with_its_cause(browser, max, ticket):
    write(max, "ticket.assigned", HIGH, {"do": "move", "move": "reopen"}, name="Half")
    with acting(max) as by:
        services.assign(ticket, max, by=by)
    work()
    assert runs(max) == [("Half", "partly")]
    page = text(browser.get(RULES + "runs/?outcome=partly"))
    assert "Half" in page and "VPN drops every morning" in page
    assert 'id="row-' in page and 'id="row-' not in text(browser.get(RULES + "runs/?outcome=done"))
    with acting(max):
        run = RuleRun.objects.get()
    page = text(browser.get(f"{RULES}runs/{run.pk}/"))
    assert "set priority to High" in page and "Max Petersen" in page
    assert "Because of" in page


def test_a_technician_is_told_who_may(ada, max, client):
    made = write(max, "ticket.created", on=False)
    browser = sign_in(ada)
    for path in (RULES, f"{RULES}new/", f"{RULES}{made.pk}/", f"{RULES}runs/", MAILS):
        assert browser.get(path).status_code == 403
    assert browser.post(f"{RULES}{made.pk}/switch/", {"on": "1"}).status_code == 403
    with acting(max):
        assert not Rule.objects.get().is_active


def test_the_pages_ask_no_more_with_more_rows(browser, max, ticket, queue, company):
    letter(max)
    with acting(max):
        category = Category.objects.create(name="Network")
    busy = if_all(
        row("queue", "is", [queue.pk]), row("category", "is", [category.pk]), row("company", "is", [company.pk]),
        row("assignee", "is", [max.pk]), row("partner", "is", []),
    )  # fmt: skip
    write(max, "ticket.assigned", HIGH, {"do": "assign", "to": f"queue:{queue.pk}"}, NOTE, conditions=busy, name="R0")
    counts = {}
    for turn in range(2):
        for path in (RULES, f"{RULES}runs/", MAILS, f"{RULES}new/"):
            browser.get(path)
            with CaptureQueriesContext(connection) as queries:
                browser.get(path)
            counts.setdefault(path, []).append(len(queries))
        for n in range(5):
            write(max, "ticket.assigned", HIGH, NOTE, conditions=busy, name=f"R{turn}{n}")
            with acting(max) as by:
                services.assign(ticket, None if n % 2 else max, by=by)
            work()
    for path, found in counts.items():
        assert found[0] == found[1], path
    assert {path: found[-1] for path, found in counts.items() if found[-1] > 12} == {}


# The mails' words -----------------------------------------------------------------------------------------------------
def test_a_mail_is_worded_previewed_with_a_real_ticket_and_given_back(browser, max, ticket):
    path = MAILS + "ticket_assigned/"
    page = text(browser.get(path))
    assert "As delivered" in page and "{ticket}" in page and "{title}" in page
    words = {"subject_en": "Yours: {title}", "text_en": "Please take {ticket}, {name}.", "version": "0"}
    page = text(browser.post(path, {**words, "do": "look", "ticket": str(ticket.number)}))
    assert "Yours: VPN drops every morning" in page and f"Please take {ticket.number}" in page
    with acting(max):
        assert not MailTemplate.objects.exists()
    assert browser.post(path, {**words, "do": "save"}).status_code == 302
    with acting(max):
        assert MailWording.objects.get().subject == "Yours: {title}"
        changed = Entry.objects.get(kind="mail_template.changed")
        assert (changed.data["old"], changed.data["new"]["subject.en"]) == ({}, "Yours: {title}")
    assert "Your own" in text(browser.get(MAILS))
    browser.post(path + "reset/")
    assert "As delivered" in text(browser.get(path))


def test_a_mail_of_one_s_own_is_written_and_deleted(browser, max):
    words = {"name": "Nudge them", "subject_en": "About {ticket.number}", "text_en": "Dear all", "version": "0"}
    assert browser.post(MAILS + "new/", {**words, "text_en": "{us.__dict__}", "do": "save"}).status_code == 422
    answer = browser.post(MAILS + "new/", {**words, "do": "save"})
    assert answer.status_code == 302 and "Nudge them" in text(browser.get(MAILS))
    browser.post(answer.url + "reset/")
    assert "Nudge them" not in text(browser.get(MAILS))


def test_a_ticket_one_does_not_see_is_no_preview(max, ticket, nordlicht):
    """Whoever manages templates sees only what they see elsewhere."""
    with acting(max):
        Role.objects.filter(code="technician").update(capabilities={"rule.manage": "all", "ticket.view": "mine"})
    narrow = sign_in(add_member(nordlicht, "n@nordlicht.example", "Narrow", "technician"))
    page = text(
        narrow.post(
            MAILS + "ticket_assigned/",
            {"do": "look", "ticket": str(ticket.number), "subject_en": "x {title}", "text_en": "y"},
        )
    )
    assert "VPN drops" not in page
