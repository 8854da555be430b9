"""A company's own words for the mails Tandem writes: per language, from a closed list, and never in a mail's way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from psa.mail import catalogue, mail, placeholders, wording
from psa.mail.models import Delivery, MailTemplate, MailWording, OutgoingMail
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from tests.conftest import acting

pytestmark = pytest.mark.django_db
FACTS: dict[str, Any] = {
    "ticket": "7", "title": "Switch", "by": "Max Petersen", "company_name": "Hansen", "url": "/nordlicht/tickets/7/",
}  # fmt: skip


@pytest.fixture
def by(max: Any) -> Iterator[Actor]:
    with acting(max) as actor:
        yield actor


def word(by: Actor, code: str = "ticket_assigned", **texts: tuple[str, str]) -> MailTemplate:
    there = MailTemplate.objects.filter(code=code).first()
    known = wording.variables(code)
    return wording.save(code, texts, by=by, known=known, version=there.version if there else 0)


def post(language: str = "en", code: str = "ticket_assigned", **facts: Any) -> OutgoingMail:
    with transaction.atomic():
        to = mail.Recipient("Ada Brandt", "ada@nordlicht.example", language)
        return mail.post(code, [to], None, **(facts or FACTS))[0]


def test_the_catalogue_s_words_stand_until_there_are_own_ones_in_that_language(by):
    standard = post()
    word(by, en=("Yours: {title}", "Dear {name},\n{by} gave you {ticket}. {url}"))
    own, german = post(), post("de")
    assert own.subject == "Yours: Switch"
    assert "Dear Ada Brandt," in own.text and "Max Petersen gave you 7." in own.text and "/tickets/7/" in own.text
    assert own.reason == standard.reason and "Hansen" in own.text, "facts and reason line stay"
    assert german.subject != "Yours: Switch" and "Dear Ada" not in german.text


def test_given_back_the_catalogue_s_words_are_there_again_as_they_were(by):
    before = post()
    template = word(by, en=("Mine", "Mine"))
    wording.reset(template, by=by)
    after = post()
    assert (after.subject, after.text, after.html) == (before.subject, before.text, before.html)
    again = word(by, en=("Once more", "x"))
    assert (again.deleted_at, post().subject) == (None, "Once more")


def test_m10_a_wording_that_cannot_be_used_blocks_nothing_and_says_so(by):
    template = word(by, en=("Fine", "Fine"))
    MailWording.objects.filter(template=template).update(text="Gone: {no_longer}")
    sent = post()
    template.refresh_from_db()
    assert Delivery.objects.get(mail=sent).state == "queued"
    assert sent.subject != "Fine" and "Gone" not in sent.text
    assert template.broken == "placeholder_unknown no_longer" and template.broken_at is not None
    word(by, en=("Fine", "Fine"))
    template.refresh_from_db()
    assert template.broken == "" and post().subject == "Fine"


@pytest.mark.parametrize(
    "text",
    [
        "{ticket.pk}",
        "{settings}",
        "{company.name}",
        "{ticket!r:>9}",
        "{}",
        "{0}",
        "{url.__class__}",
        "{side}",
        "{items}",
    ],
)
def test_x4_only_the_listed_words_are_known(by, text):
    with pytest.raises(Refused, match="mail_placeholder_unknown"):
        word(by, en=("Subject", text))
    assert not MailTemplate.objects.exists()


def test_x1_what_a_value_says_is_inert_and_never_read_again(by):
    word(by, en=("{title}", "{title} {{by}}"))
    evil = "<script>{ticket}</script> {by} {{7*7}}\r\nBcc: x"
    sent = post(**{**FACTS, "title": evil})
    assert "<script>" not in sent.html and "&lt;script&gt;{ticket}" in sent.html
    assert "\n" not in sent.subject and "49" not in sent.text
    assert "{Max Petersen}" in sent.text, "no template language is understood"


def test_every_wordable_mail_renders_in_own_words_with_its_example(by):
    for code in wording.codes():
        names = wording.variables(code)
        text = "Own: " + " ".join(f"{{{name}}}" for name in names)
        made = mail.specimen(code, "de", ("S " + code, text))
        assert made.subject == f"S {code}" and "Own: " in made.text, code
        assert set(names) <= wording.VARIABLES.keys(), "say what it stands for"
        assert code in wording.LABELS


def test_lists_stay_below_the_own_words(by):
    example = catalogue.MAILS["items_arrived"].example
    word(by, "items_arrived", en=("News", "Look:"))
    sent = post(code="items_arrived", **example)
    assert sent.text.index("Look:") < sent.text.index("The switch is replaced.")


def test_a_note_to_a_customer_is_never_worded_away(by):
    with pytest.raises(Refused, match="mail_placeholder_missing"):
        word(by, "public_note", en=("About {ticket}", "Kind regards"))
    word(by, "public_note", en=("About {ticket}", "Good day,\n{text}\nKind regards"))
    sent = post(code="public_note", ticket="7", title="Switch", author="Ada", text="It works.")
    assert "It works." in sent.text


def test_mails_with_keys_and_about_accounts_are_nobody_s_to_word():
    assert not {code for code in wording.codes() if catalogue.MAILS[code].has_key}
    assert {"account_changed", "password_reset", "invitation", "rule_mail"}.isdisjoint(wording.codes())


def test_another_company_s_words_are_never_ours(by, sam):
    with acting(sam) as other:
        word(other, en=("Atlas", "Atlas"))
    with scope.tenant(by.tenant_id):
        assert post().subject != "Atlas"


def test_who_does_not_manage_templates_words_nothing(ada):
    with acting(ada) as by:
        with pytest.raises(Denied):
            word(by, en=("x", "y"))
        assert not MailTemplate.objects.visible_to(by).exists()


def test_a_version_that_is_not_the_present_one_is_refused(by):
    template = word(by, en=("x", "y"))
    with pytest.raises(Refused, match="changed_meanwhile"):
        wording.save(template.code, {"en": ("z", "z")}, by=by, known=[], version=template.version + 1)


def test_placeholders_are_replaced_once():
    assert placeholders.fill("{a} { a } {b} {{a}}", {"a": "{b}", "b": "2"}) == "{b} {b} 2 {{b}}"
    assert placeholders.named("{a} {b} {a}") == ["a", "b"]
