"""Texts are found in Python files and templates, and a catalogue that lacks one is noticed."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from psa.web import locale

PAGE = """{% load i18n %}
  <h1>{% translate "Tickets" %}</h1>
    {# Translators: a verb #}
    <p>{% translate "Open" context "verb" %} it's {{ name|default:_("nobody") }}</p>
  {% blocktranslate trimmed count n=notes|length %}
      {{ n }} note
    {% plural %}
      {{ n }} notes
  {% endblocktranslate %}
{% if a %}{% include "x.html" with label=_("Close") %}{% endif %}
"""
CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext_lazy
A = _("Ready")
B = pgettext_lazy("state", "open")
def said(n): return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": n}
"""


@pytest.fixture
def project(tmp_path: Path, settings, monkeypatch) -> Path:
    """A project of one page and one module, to be translated into German and Latvian."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(PAGE)
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "states.py").write_text(CODE)
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    monkeypatch.setattr(locale, "source_roots", lambda: ["desk", "templates"])
    return tmp_path


def test_texts_of_pages_and_modules_are_found(project: Path) -> None:
    found = {(message.context, message.id) for message in locale.extract() if message.id}
    assert found == {
        (None, "Tickets"),
        ("verb", "Open"),
        (None, "nobody"),
        (None, ("%(n)s note", "%(n)s notes")),
        (None, "Close"),
        (None, "Ready"),
        ("state", "open"),
        (None, ("%(n)s hour", "%(n)s hours")),
    }


def test_what_is_missing_is_named_and_what_is_translated_is_kept(project: Path) -> None:
    assert locale.update_catalogs() == {"de": 8, "lv": 8}
    assert len(locale.faults()) == 16
    for language in locale.languages():
        catalog = locale.read_catalog(language)
        for message in catalog:
            if message.id:
                forms = catalog.num_plurals if message.pluralizable else 1
                words = tuple(f"%(n)s {language}" if message.pluralizable else language for _ in range(forms))
                message.string = words if message.pluralizable else words[0]
        locale.write_catalog(language, catalog)
    assert locale.faults() == []
    before = locale.catalogue_path("lv").read_bytes()
    assert locale.update_catalogs() == {"de": 0, "lv": 0}
    assert locale.catalogue_path("lv").read_bytes() == before


def test_a_lost_placeholder_and_a_guess_are_faults(project: Path) -> None:
    test_what_is_missing_is_named_and_what_is_translated_is_kept(project)
    path = locale.catalogue_path("de")
    path.write_text(path.read_text().replace('msgstr[1] "%(n)s de"', 'msgstr[1] "%(m)s de"', 1))
    assert any("m" in fault and fault.startswith("de") for fault in locale.faults())
    path = locale.catalogue_path("lv")
    path.write_text(path.read_text().replace('msgid "Ready"', '#, fuzzy\nmsgid "Ready"'))
    assert [fault for fault in locale.faults() if "Ready" in fault] == [
        "lv: desk/states.py: not translated, or fuzzy: 'Ready'"
    ]


def test_catalogues_are_compiled_once_and_again_when_they_change(project: Path) -> None:
    assert locale.compile_catalogs() == []
    locale.update_catalogs()
    assert len(locale.compile_catalogs()) == 2
    assert locale.compile_catalogs() == []
    path = locale.catalogue_path("de")
    path.write_bytes(path.read_bytes())
    assert locale.compile_catalogs() == [path.with_suffix(".mo")]


def test_plural_forms_of_latvian_are_checked(project: Path) -> None:
    locale.update_catalogs()
    path = locale.catalogue_path("lv")
    path.write_text(path.read_text().replace("nplurals=3", "nplurals=2"))
    assert any("plural forms are not nplurals=3" in fault for fault in locale.faults())
    with path.open("rb") as file:
        assert read_po(file).num_plurals == 2
