"""Text modules: whose they are, what they may name, in which language they speak, and what must be filled in."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from psa.directory.models import Contact
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Tenant
from tests.conftest import acting, sign_in
from tests.tickets.conftest import internal
from tests.tickets.pages import form_of, statements, text_of
from tickets import services, texts
from tickets.models import Note, Queue, QueueMember, TextModule, TextVariant, Ticket
from tickets.services import items, text_modules
from tickets.services.text_modules import Wording

DESK = "/nordlicht/tickets/"


def wording(kind: str = "solution", name: str = "Reset", keyword: str = "", queue: Queue | None = None,
            is_own: bool = False, **variants: str) -> Wording:  # fmt: skip
    return Wording(kind, name, keyword, queue, is_own, variants or {"en": "Done."})


def write(member: Membership, *args: Any, **fields: Any) -> TextModule:
    with acting(member) as by:
        return text_modules.add(wording(*args, **fields), by=by)


# Pure -----------------------------------------------------------------------------------------------------------------
def test_x4_a_placeholder_reads_no_attribute_no_setting_and_no_other_tenant() -> None:
    """Whatever is not in the closed list stays as it was typed and is refused when a module is saved."""
    hostile = (
        "contact.__class__", "ticket.tenant.slug", "settings.SECRET_KEY", "ticket.company.tenant", "me.user.password",
        "contact.name|safe", "contact.name()", "contact['name']", "ticket.number.bit_length", "0", "", "request.user",
        "contact.name.upper", "CONTACT.NAME", "ticket.number\t{{", "%s",
    )  # fmt: skip
    values = dict.fromkeys(texts.PLACEHOLDERS, "PEEKED")
    for name in hostile:
        said = f"{{{{{name}}}}}"
        assert "PEEKED" not in texts.fill(said, values), name
        if "{" not in name:
            assert texts.unknown(said), name
    for foreign in ("{% load x %}{{ contact.name }}{% include 'settings' %}", "${contact.name}", "#{7*7}", "{{7*7}}"):
        assert "49" not in texts.fill(foreign, values)
        assert "{% load" not in foreign or "{% load x %}" in texts.fill(foreign, values)


def test_x4_what_a_value_brings_is_only_words() -> None:
    """A customer called {{us.name}} or [[x*]] is written as they are called, and blocks nothing."""
    for name in ("{{us.name}}", "{{{{us.name}}}}", "[[hack*]]", "[[[hack*]]]", "<script>alert(1)</script>", "a\nb\r\nc",
                 "{" * 50, "x" * 100_000, "\\1 \\g<0>"):  # fmt: skip
        made = texts.fill("Dear {{contact.name}}!", {"contact.name": name, "us.name": "PEEKED"})
        assert "PEEKED" not in made, name
        assert not texts.unfilled(made) and "{{" not in made and "[[" not in made, name
        assert "\n" not in made and len(made) < 600, name
    assert texts.fill("Dear {{contact.name}}, {{us.name}}", {}) == "Dear,"
    assert texts.fill("{{contact.name}}", {"contact.name": "<b>"}) == "<b>"  # escaped where it is drawn, once


def test_fill_ins_are_told_from_what_shells_and_wikis_write() -> None:
    for text, all_of_them, needed in (
        ("[[callback number*]]", ["callback number"], ["callback number"]),
        ("[[parking]] [[parking]] [[key*]]", ["parking", "key"], ["key"]),
        ("[[Rückrufnummer*]] [[tālrunis*]]", ["Rückrufnummer", "tālrunis"], ["Rückrufnummer", "tālrunis"]),
        ("if [[ -f x* ]]; then a[[0*]", [], []),
        ("[[ $a == b* ]] [[*]] [[]] [[\n*]]", [], []),
        ("[[[nested*]]]", ["nested"], ["nested"]),
        ("", [], []),
    ):
        assert (texts.fill_ins(text), texts.unfilled(text)) == (all_of_them, needed), text
    assert texts.unfilled("[[" * 50_000 + "*]]" * 50_000) == []  # and in no time


def test_an_optional_fill_in_that_stays_empty_is_dropped_with_its_line() -> None:
    for text, left in (
        ("Call [[number*]]\n[[parking]]\nBye", "Call [[number*]]\nBye"),
        ("Park [[parking]] there", "Park there"),
        ("[[Other]] stays", "[[Other]] stays"),
        ("a\n\nb [[parking]]", "a\n\nb"),
    ):
        assert texts.without(text, {"parking"}) == left, text


def test_a_text_speaks_the_readers_language_else_the_companys_else_any() -> None:
    for there, wanted, language in (
        ({"de": "x", "lv": "y"}, ("lv", "de"), "lv"),
        ({"de": "x", "lv": "y"}, ("en", "de"), "de"),
        ({"lv": "y"}, ("en", "de"), "lv"),
        ({"de": "", "lv": "y"}, ("de",), "lv"),
        ({}, ("de",), ""),
    ):
        assert texts.choose(there, wanted)[0] == language, (there, wanted)


# Written --------------------------------------------------------------------------------------------------------------
def test_only_who_manages_text_modules_writes_for_others_and_everybody_for_themselves(
    ada: Membership, max: Membership, queue: Queue
) -> None:
    own = write(ada, name="Mine", is_own=True)
    for fields in ({"name": "Ours"}, {"name": "Team", "queue": queue}):
        with pytest.raises(Denied):
            write(ada, **fields)
    ours = write(max, name="Ours")
    team = write(max, name="Team", queue=queue)
    with acting(ada) as by:
        assert set(TextModule.objects.visible_to(by)) == {own, ours}  # she does not work the queue
        for module in (ours, team):
            with pytest.raises(Denied):
                text_modules.change(module, wording(name="Stolen"), version=1, by=by)
            with pytest.raises(Denied):
                text_modules.retire(module, by=by)
        with pytest.raises(Denied):
            text_modules.change(own, wording(name="Promoted"), version=1, by=by)
    with acting(max) as by:
        assert set(TextModule.objects.visible_to(by)) == {ours, team}
        QueueMember.objects.create(queue=queue, member=ada)
    with acting(ada) as by:
        assert set(TextModule.objects.visible_to(by)) == {own, ours, team}, "who works the queue has the team's"
    with acting(max) as by:
        with pytest.raises(Denied):
            text_modules.change(own, wording(name="Read by the boss", is_own=True), version=1, by=by)
        assert not Entry.objects.filter(kind="text_module.changed").exists()


def test_an_unknown_placeholder_is_refused_with_the_list_of_known_ones(max: Membership) -> None:
    with pytest.raises(Refused) as refused:
        write(max, en="{{contact.nmae}} and {{contact.name}}")
    assert refused.value.params["names"] == "contact.nmae" and "contact.name" in refused.value.params["known"]
    with pytest.raises(Refused, match="placeholder_unknown"):
        write(max, "ticket", en="{{ticket.number}}")  # there is none yet
    with pytest.raises(Refused, match="text_missing"):
        write(max, en="")
    with scope.tenant(max.tenant_id):
        assert not TextModule.objects.exists() and not TextVariant.objects.exists()


def test_two_who_change_one_at_once_lose_nothing(max: Membership, browser: Client) -> None:
    module = write(max, name="Reset", en="First")
    url = f"{DESK}texts/{module.pk}/"
    form = form_of(browser.get(url))
    with acting(max) as by:
        text_modules.change(module, wording(name="Reset", en="Meanwhile"), version=1, by=by)
    answer = browser.post(url, {**form, "text_en": "Mine"})
    assert answer.status_code == 409
    assert "Meanwhile" in text_of(answer) and "Mine" in text_of(answer)
    with acting(max):
        assert TextVariant.objects.get(module=module).text == "Meanwhile"
    assert browser.post(url, form_of(answer)).status_code == 302
    with acting(max):
        assert TextVariant.objects.get(module=module).text == "Mine"
        entry = Entry.objects.filter(kind="text_module.changed").latest("pk")
        assert entry.data["old"] == {"text.en": "Meanwhile"} and entry.data["new"] == {"text.en": "Mine"}


# Used -----------------------------------------------------------------------------------------------------------------
def test_a_mail_speaks_the_contacts_language_and_an_internal_text_the_writers(
    max: Membership, ticket: Ticket, cleo: Contact
) -> None:
    said = {"de": "Guten Tag {{contact.name}}", "lv": "Labdien, {{contact.name}}", "en": "Hello {{contact.name}}"}
    for kind in ("mail", "time"):
        write(max, kind, name=kind, **said)
    with acting(max) as by:
        for contact_language, company_language, mail in (("lv", "", "lv"), ("", "en", "en"), ("", "", "de")):
            cleo.language, ticket.company.language = contact_language, company_language
            cleo.save(), ticket.company.save()
            fresh = Ticket.objects.select_related("contact", "company").get(pk=ticket.pk)
            found = {one.kind: one for one in text_modules.find(("mail", "time"), "", fresh, by)}
            assert (found["mail"].language, found["time"].language) == (mail, by.language)
            assert "Cleo Hansen" in found["mail"].text


def test_what_fits_is_found_by_keyword_first_and_forgives(max: Membership, ticket: Ticket) -> None:
    write(max, name="A printer", en="jam in the müller tray")
    write(max, name="Z", keyword="jam", en="other")
    gone = write(max, name="B jam", en="gone")
    with acting(max) as by:
        text_modules.retire(gone, by=by)
        assert [one.name for one in text_modules.find(("solution",), "jam", ticket, by)] == ["Z", "A printer"]
        assert [one.name for one in text_modules.find(("solution",), "MULLER tray", ticket, by)] == ["A printer"]
        assert not text_modules.find(("mail",), "jam", ticket, by)


def test_starred_fill_ins_block_saving_and_the_text_is_kept(browser: Client, ticket: Ticket, max: Membership) -> None:
    """On a note, on time, on a ticket's description: refused in words, and what was typed is on the page."""
    write(max, en="[[parking]]")
    text = "Call back at [[callback number*]] <soon>"
    page = f"{DESK}{ticket.number}/"
    for url, form, field in (
        (f"{page}notes/add/", form_of(browser.get(page), "notes/add"), "text"),
        (f"{page}time/add/", form_of(browser.get(f"{page}?compose=time"), "time/add") | {"minutes": "5"}, "text"),
        (
            f"{DESK}new/",
            form_of(browser.get(f"{DESK}new/?company={ticket.company_id}")) | {"title": "T"},
            "description",
        ),
    ):
        with acting(max):
            before = Entry.objects.count()
        answer = browser.post(url, {**form, field: text})
        assert answer.status_code == 422, url
        assert "callback number" in text_of(answer) and "Call back at [[callback number*]] &lt;soon&gt;" in text_of(
            answer
        )
        with acting(max):
            assert Entry.objects.count() == before, url
    with acting(max) as by:
        note = items.add(ticket, "note", internal(ticket), by=by, text="Fine\n[[parking]]\n[[Page]]")
        assert note.text == "Fine\n[[Page]]"  # dropped is only what a text module asks for
        for refused in (
            lambda: items.edit(note, by=by, text=text),
            lambda: services.edit(ticket, by=by, description=text),
            lambda: services.move(services.start(services.accept(ticket, by=by), by=by), "close", text, by=by),
        ):
            with pytest.raises(Refused, match="fill_ins_missing"):
                refused()
        assert Note.objects.get().text == "Fine\n[[Page]]"


def test_without_scripts_a_text_is_inserted_and_all_typed_is_kept(
    browser: Client, ticket: Ticket, max: Membership
) -> None:
    module = write(max, en="Dear {{contact.name}}, ticket {{ticket.number}}.")
    intake = write(max, "ticket", name="Intake", en="{{customer.name}}: what, since when?")
    page = f"{DESK}{ticket.number}/"
    typed = form_of(browser.get(page), "notes/add") | {"text": "Typed <before>", "kind_of": "question"}
    asked = browser.post(f"{page}notes/add/", {**typed, "texts": "1"})
    assert asked.status_code == 200 and f'<option value="{module.pk}">' in text_of(asked)
    done = form_of(browser.post(f"{page}notes/add/", {**typed, "insert": "1", "text_module": module.pk}), "notes/add")
    assert done["text"].strip() == f"Typed <before>\n\nDear Cleo Hansen, ticket {ticket.number}."
    assert done["kind_of"] == "question"
    for nothing in ("999999", "x", ""):
        kept = browser.post(f"{page}notes/add/", {**typed, "insert": "1", "text_module": nothing})
        assert form_of(kept, "notes/add")["text"] == "Typed <before>"
    new = form_of(browser.get(f"{DESK}new/")) | {"title": "Kept", "company": ticket.company_id}
    back = form_of(browser.post(f"{DESK}new/", {**new, "insert": "1", "text_module": intake.pk}))
    assert back["description"].strip() == "Reederei Hansen: what, since when?" and back["title"] == "Kept"
    with acting(max):
        assert not Note.objects.exists() and Ticket.objects.count() == 1


def test_what_is_found_is_escaped_and_only_of_what_the_reader_sees(
    browser: Client, ticket: Ticket, max: Membership, ada: Membership, sam: Membership
) -> None:
    write(max, name='<img src=x onerror="x">', en='"><script>alert(1)</script> {{contact.name}}')
    found = text_of(browser.get(f"{DESK}texts/find/note/?ticket={ticket.number}"))
    assert "<script>" not in found and "<img" not in found and "Cleo Hansen" in found
    assert sign_in(ada).get(f"{DESK}texts/find/note/?ticket={ticket.number}").status_code == 404  # not her ticket
    assert browser.get(f"{DESK}texts/find/settings/").status_code == 404
    assert sign_in(sam).get(f"{DESK}texts/find/note/").status_code == 404
    with scope.tenant(sam.tenant_id):
        theirs = Tenant.objects.get()
        assert theirs.slug == "atlas"


def test_the_pages_cost_the_same_however_many_there_are(browser: Client, max: Membership, ticket: Ticket) -> None:
    urls = [f"{DESK}texts/", f"{DESK}texts/find/note/?ticket={ticket.number}", f"{DESK}{ticket.number}/", f"{DESK}new/"]
    write(max, en="One {{contact.name}}", lv="Viens")
    few = [statements(browser, url) for url in urls]
    for number in range(12):
        write(max, name=f"Text {number}", en="{{ticket.number}}", de="{{us.name}}")
    assert [statements(browser, url) for url in urls] == few
    assert few[0] <= 12 and few[1] <= 12 and few[2] <= 20, few
