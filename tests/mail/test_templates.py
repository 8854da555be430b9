"""Every mail there is, in every language, as its example says."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings as django_settings
from django.utils import translation

from psa.mail import catalogue, mail
from psa.mail.catalogue import MAILS
from psa.mail.mail import Recipient
from psa.mail.models import Delivery
from psa.web import locale
from tests.conftest import sign_in, try_rows

ROOT = Path(django_settings.BASE_DIR)
TEMPLATES = sorted(path for path in (ROOT / "templates/mail").glob("*.html") if path.stem in MAILS)
LANGUAGES = [code for code, _ in django_settings.LANGUAGES]

# Texts that hang on a variable, besides the examples.
VARIANTS = [
    ("invitation", {"own_subject": "", "own_text": ""}),
    ("invitation_answered", {"answer": "declined"}),
    ("invitation_answered", {"answer": "expired", "by": "", "reason": ""}),
    ("offer_sent", {"rate_type": "flat", "extended": True, "charges": 0}),
    *((code, {"side": "service"}) for code, one in MAILS.items() if "side" in one.needs),
    ("hours_used", {"percent": 100, "minutes": 300}),
    ("public_note", {"url": ""}),
    ("partner_unavailable", {"cause": "paused"}),
    ("partner_unavailable", {"running": 0}),
    ("change_proposed", {"changes": []}),
    *(("change_answered", {"answer": one}) for one in ("refused", "withdrawn", "lapsed")),
    ("change_answered", {"changes": [], "answer": "lapsed"}),
    *(("completion_due", {"when": one, "side": side}) for one in ("now", "late") for side in ("lead", "service")),
    ("approval_waiting", {"days": 5}),
    *(
        (code, {"action": action})
        for code in ("release_requested", "release_given")
        for action in ("approve", "complete")
    ),
    *((code, dict.fromkeys(one.may_have, "")) for code, one in MAILS.items() if one.may_have),
]


def words_of(language: str) -> dict:
    """The translated messages of the project in one language."""
    found: dict = {}
    for path in sorted((ROOT / "locale" / language / "LC_MESSAGES").glob("*.po")):
        for message in read_po(io.BytesIO(path.read_bytes()), locale=language):
            if message.id and message.string and not message.fuzzy:
                found[message.context, message.id] = message.string
    return found


def messages_in(path: Path) -> set:
    """What a template gives to the translators."""
    return {(context, message) for _, message, _, context in locale.texts_of(path)}


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """The project's translations, compiled from what lies in locale/."""
    home = tmp_path_factory.mktemp("locale")
    for language in ("de", "lv"):
        words = Catalog(locale=language)
        for (context, message), string in words_of(language).items():
            words.add(message, string, context=context)
        target = home / language / "LC_MESSAGES"
        target.mkdir(parents=True)
        with (target / "django.mo").open("wb") as file:
            write_mo(file, words)
    return home


@pytest.fixture
def translated(settings, compiled):
    settings.LOCALE_PATHS = [compiled]


def rendered(code, language, **changes):
    (one,) = mail.post(
        code, [Recipient("Cleo Hansen", "cleo@kunde.example", language)], **MAILS[code].example | changes
    )
    assert Delivery.objects.get(mail=one).error == ""
    return one


def test_every_template_is_in_the_catalogue_and_the_other_way_round():
    assert [path.stem for path in TEMPLATES] == sorted(MAILS)
    extra = {path.stem for path in (ROOT / "templates/mail").glob("*.html")} - MAILS.keys()
    assert extra <= {"layout", "outbox", "mail", "specimens", "worded"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_renders_in_every_language(inside, translated, language):
    try_rows(((code, language, changes) for code, changes in [*((code, {}) for code in MAILS), *VARIANTS]), is_well)


def is_well(code, language, changes):
    one = rendered(code, language, **changes)
    assert one.subject and one.reason and "\n" not in one.subject
    assert f'lang="{language}"' in one.html
    assert not re.search(r"<img|<script|<link|src=|url\(|@import|<form", one.html), "nothing is fetched"
    assert not re.search(r"<[a-z/]|&[a-z]+;|%\(|None|\{\{|\{%", one.text), one.text
    assert all(found.startswith(django_settings.SITE_URL) for found in re.findall(r"https?://\S+", one.text))
    assert all(len(line) <= 76 or "://" in line for line in one.text.splitlines())


@pytest.mark.parametrize("language", ["de", "lv"])
def test_every_text_of_a_mail_is_translated(language):
    words = words_of(language).keys()
    assert {path.stem: left for path in TEMPLATES if (left := messages_in(path) - words)} == {}


def test_german_and_latvian_readers_read_no_english(inside, translated):
    try_rows(((code,) for code in sorted(set(MAILS) - {"public_note"})), has_no_english)


def has_no_english(code):
    en, de, lv = (rendered(code, language) for language in ("en", "de", "lv"))
    assert len({en.reason, de.reason, lv.reason}) == 3
    assert not re.search(r"\b(the|you|your|of)\b", de.reason + lv.reason)
    assert " Sie " in f" {de.reason}"


def test_what_was_answered_is_said_by_the_mail_about_it(inside):
    """Where an answer to the mail itself would come in is another thing."""
    assert "Port 12." in rendered("question_answered", "en").text
    for code, said in (("estimate_answered", "Estimate accepted"), ("change_answered", "Agreed with Baltic Service")):
        assert rendered(code, "en").subject.startswith(said)


def test_a_recipient_may_have_a_way_of_their_own(inside):
    own = [Recipient("Cleo", "cleo@kunde.example", "en", url="/own/"), Recipient("Eva", "eva@kunde.example", "en")]
    theirs, everybodys = mail.post("review_notice", own, **MAILS["review_notice"].example)
    assert "/own/" in theirs.html and "/portal/requests/" not in theirs.html
    assert "/own/" not in everybodys.html and "/portal/requests/" in everybodys.html


def test_numbers_moments_and_amounts_are_the_recipients(inside, translated):
    assert "2 March 2026, 09:30 (CET)" in rendered("offer_sent", "en").text
    de, lv = rendered("offer_sent", "de").text, rendered("offer_sent", "lv").text
    assert "2. März 2026, 09:30 (CET)" in de and "60,00\xa0€" in de.replace(" €", "\xa0€")
    assert "2026. gada 2. marts" in lv
    assert "4,25 h" in rendered("submitted", "de").text


@pytest.mark.parametrize(("count", "words"), [(1, "1 izmaiņa"), (2, "2 izmaiņas"), (21, "21 izmaiņa")])
def test_latvian_counts_as_latvians_do(inside, translated, count, words):
    items = MAILS["items_arrived"].example["items"][:1] * count
    assert f"Baltic Service: {words}\n" in rendered("items_arrived", "lv", items=items).text


def test_every_reason_is_translated(compiled, settings, translated):
    for reason in catalogue.REASONS.values():
        with translation.override("en"):
            english = str(reason)
        for language in ("de", "lv"):
            with translation.override(language):
                assert str(reason) != english


def test_the_text_says_what_the_html_says(inside):
    one = rendered("offer_sent", "en")
    assert one.text.splitlines()[0] == "Nordlicht IT offers you a job"
    assert "\nTheir ticket: NL-1042\n" in one.text
    assert f"\nView the offer:\n{django_settings.SITE_URL}/nordlicht/\n" in one.text
    assert one.text.endswith(f"\n-- \n{one.reason}\n")


def test_what_is_nothing_is_not_said(inside):
    assert "Authorised charges" not in rendered("offer_sent", "en", charges=0).text
    assert "Place" not in rendered("offer_sent", "en", place="").text


def test_every_mail_is_read_over_in_the_demo_by_its_administrators(max, ada, sam, settings, translated):
    """Criterion 8: text and HTML of each mail in the language asked for; elsewhere and for others there is no page."""
    at, frame = "/nordlicht/outbox/specimens/", "/nordlicht/outbox/specimens/offer_sent/de/"
    assert [sign_in(max).get(path).status_code for path in (at, frame)] == [404, 404], "not in the demo"
    settings.DEMO = True
    assert [sign_in(ada).get(path).status_code for path in (at, frame)] == [403, 403]
    assert [sign_in(sam).get(path).status_code for path in (at, frame)] == [404, 404]
    browser = sign_in(max)
    for language, said in (("en", "offers you a job"), ("de", "bietet Ihnen"), ("lv", "piedāvā jums")):
        page = browser.get(f"{at}?language={language}").content.decode()
        assert said in page and page.count('class="mail-text"') == len(MAILS), language
        for code in MAILS:
            assert f"/specimens/{code}/{language}/" in page
        shown = browser.get(f"{at}offer_sent/{language}/")
        assert said in shown.content.decode() and "sandbox" in shown["Content-Security-Policy"]
    assert browser.get(f"{at}offer_sent/xx/").status_code == browser.get(f"{at}no_such/de/").status_code == 404
