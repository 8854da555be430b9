"""A list as CSV: exactly the columns and rows that are shown, safe to open in a spreadsheet, streamed.

Numbers are written as the company writes them, without groups; what separates the cells follows from it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from psa.web import figures, reading
from psa.web.keyset import Cursor

if TYPE_CHECKING:
    from psa.web.lists import Listing

CHUNK = 500
LIMIT = 50_000
FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def answer(listing: Listing) -> StreamingHttpResponse:
    """The sheet as a download named after the list and the day."""
    pieces = lines(listing, get_language() or "en", timezone.get_current_timezone(), reading.numbers.get())
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    name = f"{slugify(listing.list.name)}-{timezone.localdate().isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def lines(listing: Listing, language: str, zone: tzinfo, numbers: str = "") -> Iterator[bytes]:
    """The sheet piece by piece, its times in `zone`; `numbers` is the locale they are written in, "" for the
    language's. Nothing of the request is asked for here: it is over when the first piece is made."""
    cursor: Cursor | None = None
    written, more = 0, True
    with override(language), figures.numbers_as(numbers):
        yield head(listing).encode()
    most = listing.list.export_limit or LIMIT
    while more and written < most:
        # A generator runs between requests' contexts: language and zone are set for each piece and given back.
        with override(language), timezone.override(zone), figures.numbers_as(numbers):
            text, count, cursor = piece(listing, cursor)
        yield text.encode()
        written += count
        more = count == CHUNK
    if more:
        with override(language), figures.numbers_as(numbers):
            yield rest(most).encode()


def head(listing: Listing) -> str:
    """The first line: what the columns are called."""
    return "\ufeff" + _line([str(column.label) for column in listing.columns])


def piece(listing: Listing, cursor: Cursor | None) -> tuple[str, int, Cursor | None]:
    """The next lines behind `cursor`, how many they are, and where the piece after them begins."""
    found = listing.fetch(cursor, CHUNK)
    text = "".join(_line(cells) for cells in listing.cells([row for row, _value in found], plain=True))
    return text, len(found), Cursor(found[-1][1], found[-1][0].id) if found else cursor


def rest(most: int) -> str:
    """The last line of a sheet that stops before the list does."""
    return _line([_("Only the first %(n)s rows are here; filter to get the others.") % {"n": most}])


def _line(cells: Iterable[Any]) -> str:
    return csv.writer(_Echo(), delimiter=delimiter()).writerow([written_cell(cell) for cell in cells])


def delimiter() -> str:
    """English readers get commas, the others, and who writes decimals with one, semicolons: as spreadsheets expect."""
    return "," if get_language() == "en" and figures.decimal_sign() == "." else ";"


def written_cell(value: Any) -> Any:
    """A cell as a person's spreadsheet reads it: safe, and decimals with the sign the company writes them with."""
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", figures.decimal_sign())
    return safe_cell(value)


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def safe_cell(value: Any) -> Any:
    """A cell no spreadsheet takes for a formula: text that begins like one gets an apostrophe. Numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return value
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    text = str(value).replace("\0", "")
    return f"'{text}" if _is_guarded(text) else text


def plain_cell(text: str) -> str:
    """A cell as it was before `safe_cell`: what we export is read in again as the same."""
    return text[1:] if text.startswith("'") and _is_guarded(text) else text


def _is_guarded(text: str) -> bool:
    """Whether a text begins like a formula, also behind apostrophes of its own: they must be told from the guard."""
    begins = text.lstrip("'")
    return begins.startswith(FORMULA) or begins.lstrip().startswith(FORMULA)
