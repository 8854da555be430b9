"""Reading a CSV file of unknown origin: its letters, its separator, its limits. Pure."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from psa.batches.batches import MOST_LINES
from psa.tenancy.errors import Refused
from psa.web.sheets import plain_cell

LARGEST = 10 * 1024 * 1024
MOST_ROWS = MOST_LINES
MOST_COLUMNS = 60
SEPARATORS = ",;\t"
# The length up to which letters are looked at to tell UTF-16 without a mark from single bytes.
GLANCE = 400


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says: its headings, and its rows as wide as those; the guard against formulas is taken off."""

    heads: list[str]
    rows: list[list[str]]


def read(data: bytes) -> Sheet:
    """The table in a file. Raises Refused: import.too_large, not_text, no_rows, too_many_rows, too_many_columns."""
    if len(data) > LARGEST:
        raise Refused("import.too_large", megabytes=LARGEST // (1024 * 1024))
    text = _text(data)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    heads: list[str] = []
    rows: list[list[str]] = []
    try:
        for line in lines:
            if not any(cell.strip() for cell in line):
                continue
            if not heads:
                heads = [" ".join(cell.split()) for cell in line]
                if len(heads) > MOST_COLUMNS:
                    raise Refused("import.too_many_columns", most=MOST_COLUMNS)
                continue
            if len(rows) == MOST_ROWS:
                raise Refused("import.too_many_rows", most=MOST_ROWS)
            cells = [plain_cell(cell) for cell in line[: len(heads)]]
            rows.append(cells + [""] * (len(heads) - len(cells)))
    except csv.Error as error:
        raise Refused("import.not_text") from error
    if not rows:
        raise Refused("import.no_rows")
    return Sheet(heads, rows)


def _text(data: bytes) -> str:
    """The file's letters. UTF-8 and UTF-16 are told by their marks or their look; what is neither is Windows' own."""
    try:
        text = data.decode(_encoding(data))
    except UnicodeDecodeError:
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError as error:
            raise Refused("import.not_text") from error
    if "\0" in text:
        raise Refused("import.not_text")
    return text


def _encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    even, odd = data[0:GLANCE:2], data[1:GLANCE:2]
    if odd and odd.count(0) * 2 > len(odd):
        return "utf-16-le"
    if even and even.count(0) * 2 > len(even):
        return "utf-16-be"
    return "utf-8-sig"


def _separator(text: str) -> str:
    """The separator that makes the most columns of the first line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    try:
        return max(SEPARATORS, key=lambda one: len(next(csv.reader([first], delimiter=one), [])))
    except csv.Error as error:
        raise Refused("import.not_text") from error
