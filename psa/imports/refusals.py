"""What the imports' codes say, in the reader's language: refusals, and what came or would come of a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from psa.imports.subjects import field_label
from psa.web import refusals

Params = Mapping[str, Any]


def _named(params: Params) -> dict[str, Any]:
    return {**params, "field": field_label(params["field"])}


def _no_key_column(params: Params) -> str:
    names = " / ".join(field_label(one) for one in params["fields"])
    return _("Choose a column for at least one of these, so that a row is known again: %(names)s.") % {"names": names}


SENTENCES = {
    "import.too_large": lambda p: _("The file is larger than %(megabytes)s MB. Split it and bring the parts in.") % p,
    "import.not_text": lambda p: _("This is not a CSV file we can read. Save it as CSV with UTF-8 and try again."),
    "import.no_rows": lambda p: _("The file needs a first line with headings and at least one row below it."),
    "import.too_many_rows": lambda p: (
        _("These are more than %(most)s rows. Split the file; no row comes in twice.") % p
    ),
    "import.too_many_columns": lambda p: _("These are more than %(most)s columns. Take out what is not needed.") % p,
    "import.columns_changed": lambda p: _("The columns do not fit this file. Choose them again."),
    "import.column_twice": lambda p: _("Two columns are chosen for “%(field)s”. Leave one of them out.") % _named(p),
    "import.column_missing": lambda p: _("Choose the column with “%(field)s”; no row can be without it.") % _named(p),
    "import.no_key_column": _no_key_column,
    "import.not_checked": lambda p: _("Check the rows first; then they can be brought in."),
    "import.ran_already": lambda p: _("This file was brought in already. Upload it again to bring in changes."),
    "import.subject_is_gone": lambda p: _("Rows of this kind cannot be brought in here."),
    "import.key_twice": lambda p: _("The same entry stands in row %(row)s already. Keep one of them.") % p,
    "import.missing": lambda p: _("“%(field)s” is empty.") % _named(p),
    "import.too_long": lambda p: _("“%(field)s” has more than %(most)s letters.") % _named(p),
    "import.unreadable": lambda p: _("“%(value)s” cannot be read as “%(field)s”.") % _named(p),
    "import.unknown": lambda p: _("There is no “%(value)s” for “%(field)s”.") % _named(p),
    "import.ambiguous": lambda p: (
        _("“%(value)s” for “%(field)s” fits several entries. Use a number or key.") % _named(p)
    ),
    "import.would_be_created": lambda p: _("Would be added"),
    "import.would_be_updated": lambda p: _("Would be changed"),
    "import.would_be_unchanged": lambda p: _("Is there already, the same"),
    "import.created": lambda p: _("Added"),
    "import.updated": lambda p: _("Changed"),
    "import.unchanged": lambda p: _("Was there already, the same"),
}


def register() -> None:
    """Give every code its sentence."""
    for code, say in SENTENCES.items():
        refusals.register(code, say)
