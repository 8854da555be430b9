"""The catalogues of translations: what there is to translate, whether it is translated, and their compiled form.

Written on Babel, because xgettext and msgfmt are not on a bare machine. Catalogues stand in locale/<language>/
LC_MESSAGES/django.po; the .mo files are built from them and never committed.
"""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS
from babel.messages.extract import extract as extract_messages
from babel.messages.mofile import write_mo
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
TEMPLATE_ENDINGS = {".html", ".txt"}
NOT_READ = {"migrations", "__pycache__", "static"}
# Lines of a catalogue's head that change with the day or the tool and say nothing.
RESTLESS_HEAD = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Generated-By', b'"Last-Translator', b'"Report-Msgid')


def languages() -> list[str]:
    """The languages that need a catalogue: all but the one the texts are written in."""
    return [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def catalogue_path(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def compile_catalogs() -> list[Path]:
    """Write the .mo beside every .po that is newer; gives back what was written. No locale folder is no error."""
    written = []
    for source in sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns > source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalog = read_po(file, locale=source.parent.parent.name)
        beside = target.with_name(f".{target.name}.{os.getpid()}")  # another process may be reading the old one
        with beside.open("wb") as file:
            write_mo(file, catalog)
        beside.replace(target)
        written.append(target)
    return written


def extract() -> Catalog:
    """Every text to be translated, from the project's Python files and templates, with where it stands."""
    catalog = Catalog(project="Tandem", charset="utf-8")
    for path in source_files():
        place = path.relative_to(settings.BASE_DIR).as_posix()
        for line, message, comments, context in texts_of(path):
            catalog.add(message, locations=[(place, line)], auto_comments=comments, context=context)
    return catalog


def texts_of(path: Path) -> Iterator[tuple]:
    """(line, message, comments, context) of one file."""
    source = path.read_text(encoding="utf-8")
    if path.suffix in TEMPLATE_ENDINGS:
        # What templatize leaves of the page is names and calls; in brackets its indentation means nothing to Python.
        source = f"({templatize(source, origin=str(path))}\n)"
    yield from extract_messages("python", BytesIO(source.encode()), KEYWORDS, ["Translators:"])


def source_files() -> Iterator[Path]:
    """The project's own Python files and templates, in a steady order."""
    for root in source_roots():
        for folder, folders, names in os.walk(settings.BASE_DIR / root):
            folders[:] = sorted(set(folders) - NOT_READ)
            for name in sorted(names):
                path = Path(folder, name)
                if path.suffix == ".py" or path.suffix in TEMPLATE_ENDINGS:
                    yield path


def source_roots() -> list[str]:
    """The project's apps by their first name, and the templates they share."""
    return sorted({name.partition(".")[0] for name in settings.INSTALLED_APPS} | {"templates"})


def update_catalogs() -> dict[str, int]:
    """Bring every .po up to the present texts, keeping translations; gives back how many are missing, by language."""
    template = extract()
    missing = {}
    for language in languages():
        catalog = read_catalog(language)
        catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
        catalog.obsolete.clear()
        write_catalog(language, catalog)
        missing[language] = sum(1 for message in catalog if message.id and not is_translated(message))
    return missing


def read_catalog(language: str) -> Catalog:
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, project="Tandem", charset="utf-8", fuzzy=False, header_comment="")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def write_catalog(language: str, catalog: Catalog) -> None:
    """In an order and a form that makes small differences between two versions."""
    buffer = BytesIO()
    write_po(buffer, catalog, width=110, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    lines = [line for line in buffer.getvalue().splitlines(keepends=True) if not line.startswith(RESTLESS_HEAD)]
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(lines))


def faults() -> list[str]:
    """What is wrong with the catalogues: a text missing, empty or fuzzy, a placeholder lost, plural forms not right."""
    template = extract()
    found = []
    for language in languages():
        catalog = read_catalog(language)
        expected = get_plural(language)
        if (catalog.num_plurals, catalog.plural_expr) != (expected.num_plurals, expected.plural_expr):
            found.append(f"{language}: the plural forms are not {expected.plural_forms}")
        for message in template:
            if not message.id:
                continue
            translation = catalog.get(message.id, message.context)
            where = ", ".join(sorted({place for place, _ in message.locations})[:2])
            if translation is None:
                found.append(f"{language}: {where}: missing: {message.id!r}")
            elif not is_translated(translation):
                found.append(f"{language}: {where}: not translated, or fuzzy: {message.id!r}")
        for message, errors in catalog.check():
            found.extend(f"{language}: {message.id!r}: {error}" for error in errors if is_translated(message))
    return found


def is_translated(message: Message) -> bool:
    """Whether every form of the text has words, and none of them is a guess."""
    forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(forms) and not message.fuzzy
