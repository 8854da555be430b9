"""Documents drawn with fpdf2 (ADR 20). Imported only by whoever draws one: see psa/paper/document.py."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from struct import unpack
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from fpdf import FPDF

from psa.paper.document import (
    Block,
    Document,
    Entry,
    Fact,
    Facts,
    Heading,
    Letterhead,
    NewPage,
    Picture,
    Row,
    Table,
    Text,
    WriteOn,
)

FONTS = Path(__file__).parent / "fonts"
FAMILY = "DejaVu Sans Condensed"
MARGIN, FOOT = 20, 18  # millimetres
LOGO_WIDE, LOGO_HIGH = 54, 18  # at most
GAP, CLOSE, BETWEEN = 4, 1.5, 8
SIZES = {"title": 19, "subject": 11.5, "heading": 10.5, "text": 9.5, "small": 7.5, "foot": 6.5}  # points
LEADING = 0.49  # millimetres of line height for a point of size
INK, QUIET, RULE = (24, 28, 33), (92, 101, 112), (205, 210, 216)
WRITING = 8.5  # from one line for the pen to the next
SIGNING = 15  # room above a signature's line
# A letter as DIN 5008, form B, has it: what is read through the window (its last line at 90), the facts beside it, what
# comes below; where the sheet is folded, and its middle for the punch.
LETTER_LEFT, WINDOW, WINDOW_WIDE, WINDOW_LINES, LETTER_BEGINS = 25, 62.7, 80, 5, 98.5
FACTS_LEFT, FACTS_TOP, FACTS_NAME, FACTS_WIDE = 122, 50, 28, 68
FOLDS, MIDDLE = (105, 210), 148.5
LETTER_FOOT, FOOT_LINES = 34, 5  # as much for the columns at a letter's foot
UNKNOWN = "□"
LAST_PAGE = "\u2007"  # stands for the last page's number until that is known: a space as wide as a figure
# Says nothing on paper: joiners, direction marks, selectors of a picture's variant, control characters.
UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\x00-\x08\x0b-\x1f\x7f]")


class Sheet(FPDF):
    """A4 pages with the sender and the title at the foot of each, and the title again on top from the second on."""

    def __init__(self, document: Document) -> None:
        super().__init__(unit="mm", format="A4", enforce_compliance="PDF/A-3B" if document.is_archived else None)
        self.document = document
        self.add_font(FAMILY, "", FONTS / "DejaVuSansCondensed.ttf")
        self.add_font(FAMILY, "B", FONTS / "DejaVuSansCondensed-Bold.ttf")
        self.alias_nb_pages(LAST_PAGE)
        letters: Any = self.fonts[FAMILY.lower()]
        self.known = frozenset(letters.cmap) - {ord(LAST_PAGE)}
        self.set_margins(LETTER_LEFT if document.letterhead else MARGIN, MARGIN, MARGIN)
        self.c_margin = 0
        self.foot = LETTER_FOOT if document.letterhead and document.letterhead.foot else FOOT
        self.set_auto_page_break(True, self.foot + GAP)
        self.set_title(self.plain(f"{document.title} · {document.sender}"))
        self.set_author(self.plain(document.sender))
        self.set_creator("Tandem")
        self.set_lang(document.language)
        self.set_creation_date(timezone.now())
        self.add_page()

    # Once a page, called by fpdf2
    def header(self) -> None:
        if self.page_no() > 1:
            self.row(self.document.title, self.document.subject)
            self.rule(2)
            self.ln(GAP)

    def footer(self) -> None:
        if self.foot == LETTER_FOOT:
            self.columns(self.document.letterhead.foot if self.document.letterhead else ())
        self.set_y(-FOOT + (6 if self.foot == LETTER_FOOT else 0))
        self.row(f"{self.document.sender} · {self.document.title}", "")
        self.set_y(-FOOT + (6 if self.foot == LETTER_FOOT else 0))
        pages = _("Page %(number)s of %(last)s") % {"number": self.page_no(), "last": LAST_PAGE}
        self.cell(self.epw, 4, pages, align="R")

    def row(self, left: str, right: str) -> None:
        """Two small texts on one line, each cut where it would meet the other."""
        self.style("small", QUIET)
        self.cell(self.epw * 0.6, 4, self.cut(left, self.epw * 0.57))
        self.cell(self.epw * 0.4, 4, self.cut(right, self.epw * 0.4), align="R", new_x="LMARGIN", new_y="NEXT")

    def columns(self, texts: Sequence[str]) -> None:
        """Small texts beside each other under a line, at the foot of a letter."""
        self.set_y(-LETTER_FOOT)
        self.rule()
        self.ln(2)
        top, width = self.get_y(), (self.epw - GAP * (len(texts) - 1)) / max(1, len(texts))
        for place, text in enumerate(texts):
            height = self.style("foot", QUIET)
            for number, line in enumerate(self.broken(text, width, height)[:FOOT_LINES]):
                self.set_xy(self.l_margin + place * (width + GAP), top + number * height)
                self.cell(width, height, self.cut(line, width))

    # The pen
    def style(self, size: str, colour: Sequence[int] = INK, bold: bool = False) -> float:
        """Take up a size and a colour; gives back the height of a line."""
        self.set_font(FAMILY, "B" if bold else "", SIZES[size])
        self.set_text_color(*colour)
        return SIZES[size] * LEADING

    def plain(self, text: str) -> str:
        """The text in letters the font has; whatever it has none for is one box, however many signs it is made of."""
        whole = UNSEEN.sub("", unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\t", "    "))
        known = "".join(sign if sign == "\n" or ord(sign) in self.known else "\0" for sign in whole)
        return re.sub("\0+", UNKNOWN, known)

    def cut(self, text: str, width: float) -> str:
        """As much of one line as there is room for, in the present style."""
        line = " ".join(self.plain(text).split())
        if self.get_string_width(line) <= width:
            return line
        while line and self.get_string_width(f"{line}…") > width:
            line = line[:-1]
        return f"{line.rstrip()}…"

    def write_text(self, text: str, width: float, height: float) -> None:
        """Text of any length from here on down; it breaks in a word that is longer than a line."""
        self.multi_cell(width, height, self.plain(text), align="L", new_x="LEFT", new_y="NEXT")

    def broken(self, text: str, width: float, height: float) -> list[str]:
        """The lines the text takes in the present style."""
        found: Any = self.multi_cell(width, height, self.plain(text), align="L", dry_run=True, output="LINES")
        return list(found)

    def height_of(self, text: str, width: float, height: float) -> float:
        """How much room the text takes in the present style."""
        found: Any = self.multi_cell(width, height, self.plain(text), align="L", dry_run=True, output="HEIGHT")
        return float(found)

    def rule(self, gap: float = 0, colour: Sequence[int] = RULE, width: float | None = None) -> None:
        """A line across the page, or `width` of it, `gap` below the last one."""
        self.set_draw_color(*colour)
        self.set_line_width(0.2)
        y = self.get_y() + gap
        self.line(self.get_x(), y, self.get_x() + (width or self.epw), y)
        self.set_y(y)

    def logo(self) -> float:
        """The sender's logo in the upper right corner; gives back the width it takes, 0 without one."""
        if not self.document.logo:
            return 0
        size: tuple[int, int] = unpack(">II", self.document.logo[16:24])  # where every PNG says it
        scale = min(LOGO_WIDE / size[0], LOGO_HIGH / size[1])
        wide, high = size[0] * scale, size[1] * scale
        x = self.w - self.r_margin - wide
        self.image(BytesIO(self.document.logo), x, MARGIN, wide, high, alt_text=self.plain(self.document.sender))
        return wide + BETWEEN

    def keep(self, height: float) -> None:
        """A new page, unless there is this much room on this one."""
        if self.will_page_break(height):
            self.add_page()


def draw(document: Document) -> bytes:
    """The document as a PDF."""
    sheet = Sheet(document)
    beside = sheet.logo()
    if document.letterhead:
        beside = _letterhead(sheet, document.letterhead)
    else:
        height = sheet.style("small", QUIET, bold=True)
        sheet.write_text(document.sender, sheet.epw - beside, height)
        sheet.ln(1)
    height = sheet.style("title", bold=True)
    sheet.write_text(document.title, sheet.epw - beside, height)
    height = sheet.style("subject")
    sheet.set_y(max(sheet.get_y(), MARGIN + (LOGO_HIGH if beside else 0)))
    sheet.write_text(document.subject, sheet.epw, height)
    sheet.rule(3)
    before: Block | None = None
    for block in document.blocks:
        follows = isinstance(before, Heading) or (isinstance(before, Entry) and isinstance(block, Entry))
        sheet.ln(CLOSE if follows else GAP)
        _DRAWN[type(block)](sheet, block)
        before = block
    return bytes(sheet.output())


def _letterhead(sheet: Sheet, head: Letterhead) -> float:
    """Who gets it on the left, the facts on the right, and room for the title below; nothing stands beside that."""
    _marks(sheet)
    if not sheet.document.logo:
        height = sheet.style("subject", bold=True)
        sheet.set_y(MARGIN)
        sheet.write_text(sheet.document.sender, sheet.epw, height)
    below = _window(sheet, head)
    sheet.set_y(FACTS_TOP)
    for fact in head.facts:
        top, height = sheet.get_y(), sheet.style("small", QUIET)
        sheet.set_x(FACTS_LEFT)
        sheet.cell(FACTS_NAME, height, sheet.cut(fact.name, FACTS_NAME - 1))
        sheet.style("small")
        sheet.set_xy(FACTS_LEFT + FACTS_NAME, top)
        sheet.write_text(fact.value, FACTS_WIDE - FACTS_NAME, height)
        sheet.ln(1)
    sheet.set_y(max(below + GAP, sheet.get_y() + GAP, LETTER_BEGINS))
    return 0


def _window(sheet: Sheet, head: Letterhead) -> float:
    """The sender in one small line and the recipient below it; more lines than usual begin higher up. Gives back where
    they end."""
    line = sheet.style("text")
    top = WINDOW - line * max(0, len(head.recipient) - WINDOW_LINES)
    small = sheet.style("foot", QUIET)
    sheet.set_y(top - small - 1.2)
    sheet.cell(WINDOW_WIDE, small, sheet.cut(head.sender, WINDOW_WIDE))
    sheet.set_y(top)
    sheet.style("text")
    for text in head.recipient:
        sheet.cell(WINDOW_WIDE, line, sheet.cut(text, WINDOW_WIDE), new_x="LMARGIN", new_y="NEXT")
    return float(sheet.get_y())


def _marks(sheet: Sheet) -> None:
    """Where the sheet is folded and punched, at its edge."""
    sheet.set_draw_color(*RULE)
    sheet.set_line_width(0.2)
    for y in FOLDS:
        sheet.line(5, y, 9, y)
    sheet.line(5, MIDDLE, 11, MIDDLE)


def _table(sheet: Sheet, block: Table) -> None:
    whole = sum(column.share for column in block.columns)
    widths = [column.share / whole * sheet.epw for column in block.columns]
    _heads(sheet, block, widths)
    for row in block.rows:
        _row(sheet, block, widths, row)
    if block.sums:
        _sums(sheet, block.sums)


def _sums(sheet: Sheet, sums: Sequence[tuple[str, str, bool]]) -> None:
    """What it comes to, on one page, under the right half of the table."""
    height = sheet.style("text")
    sheet.keep(len(sums) * (height + 2) + GAP)
    sheet.ln(CLOSE)
    left, width = sheet.l_margin + sheet.epw * 0.48, sheet.epw * 0.52
    for label, value, counts in sums:
        if counts:
            sheet.set_x(left)
            sheet.rule(1, QUIET, width)
            sheet.ln(0.8)
        sheet.style("text", bold=counts)
        sheet.set_x(left)
        sheet.cell(width * 0.62, height + 0.6, sheet.cut(label, width * 0.6))
        sheet.cell(width * 0.38, height + 0.6, sheet.plain(value), align="R", new_x="LMARGIN", new_y="NEXT")


def _heads(sheet: Sheet, block: Table, widths: Sequence[float]) -> None:
    sheet.keep(24)
    height = sheet.style("small", QUIET, bold=True)
    for column, width in zip(block.columns, widths, strict=True):
        sheet.cell(width, height + 1, sheet.cut(column.label, width - 1), align="R" if column.is_figure else "L")
    sheet.ln(height + 1)
    sheet.rule(0.3, QUIET)
    sheet.ln(1)


def _row(sheet: Sheet, block: Table, widths: Sequence[float], row: Row) -> None:
    """The cells beside each other. A row stays on one page; only what is under its widest cell may go over to the next,
    where it is long."""
    height, widest = sheet.style("text"), widths.index(max(widths))
    tall = max(sheet.height_of(text, width - 2, height) for text, width in zip(row.cells, widths, strict=True))
    small = sheet.style("small", QUIET)
    under = sheet.height_of(row.aside, widths[widest] - 2, small) if row.aside else 0
    if sheet.will_page_break(tall + 2 + (under if under < sheet.eph / 3 else small)):
        sheet.add_page()
        _heads(sheet, block, widths)
    height, top, x = sheet.style("text"), sheet.get_y(), sheet.l_margin
    for text, width, column in zip(row.cells, widths, block.columns, strict=True):
        sheet.set_xy(x, top)
        align = "R" if column.is_figure else "L"
        inner = width - (0 if column.is_figure else 2)
        sheet.multi_cell(inner, height, sheet.plain(text), align=align, new_x="LEFT", new_y="NEXT")
        x += width
    sheet.set_xy(sheet.l_margin + sum(widths[:widest]), top + tall)
    if row.aside:
        height = sheet.style("small", QUIET)
        sheet.write_text(row.aside, widths[widest] - 2, height)
    sheet.set_x(sheet.l_margin)
    sheet.rule(0.8)
    sheet.ln(0.8)


def _heading(sheet: Sheet, block: Heading) -> None:
    sheet.keep(22)  # itself, and two lines of what it opens
    height = sheet.style("heading", bold=True)
    sheet.write_text(block.text, sheet.epw, height)


def _text(sheet: Sheet, block: Text) -> None:
    height = sheet.style("text", QUIET if block.is_quiet else INK)
    for paragraph in re.split(r"\n\s*\n", block.text.strip()):
        sheet.write_text(paragraph, sheet.epw, height)
        sheet.ln(height / 2)


def _entry(sheet: Sheet, block: Entry) -> None:
    sheet.keep(14)  # its line, and the first of its words
    height = sheet.style("small", QUIET)
    beside = sheet.epw * 0.3 if block.mark else 0
    top = sheet.get_y()
    if block.mark:
        sheet.set_x(sheet.l_margin + sheet.epw - beside)
        sheet.multi_cell(beside, height, sheet.plain(block.mark), align="R", new_x="LMARGIN", new_y="NEXT")
    below = sheet.get_y()
    sheet.set_xy(sheet.l_margin, top)
    sheet.write_text(block.head, sheet.epw - beside, height)
    sheet.set_xy(sheet.l_margin, max(below, sheet.get_y()) + 0.5)
    if block.text:
        _text(sheet, Text(block.text))


def _facts(sheet: Sheet, block: Facts) -> None:
    width = (sheet.epw - BETWEEN) / 2
    for first in range(0, len(block.facts), 2):
        pair = block.facts[first : first + 2]
        tall = max(_fact_height(sheet, fact, width) for fact in pair)
        if tall > sheet.eph / 2:
            for fact in pair:  # too long to stand beside another
                _fact(sheet, fact, sheet.l_margin, sheet.epw)
            continue
        sheet.keep(tall)
        top = sheet.get_y()
        for column, fact in enumerate(pair):
            sheet.set_y(top)
            _fact(sheet, fact, sheet.l_margin + column * (width + BETWEEN), width)
        sheet.set_xy(sheet.l_margin, top + tall + 2)


def _lines(sheet: Sheet, fact: Fact) -> Iterator[tuple[str, float]]:
    """The parts of a fact one below the other, each with its height; the style is set as they come."""
    yield fact.name, sheet.style("small", QUIET)
    yield fact.value, sheet.style("text")
    if fact.aside:
        yield fact.aside, sheet.style("small", QUIET)


def _fact_height(sheet: Sheet, fact: Fact, width: float) -> float:
    return sum(sheet.height_of(text, width, height) for text, height in _lines(sheet, fact))


def _fact(sheet: Sheet, fact: Fact, x: float, width: float) -> None:
    for text, height in _lines(sheet, fact):
        sheet.set_x(x)
        sheet.write_text(text, width, height)


def _write_on(sheet: Sheet, block: WriteOn) -> None:
    around = SIGNING + 18  # the heading, and the labels under what is signed
    sheet.keep(block.lines * WRITING + around)
    _heading(sheet, Heading(block.heading))
    room = sheet.page_break_trigger - sheet.get_y() - SIGNING - 8
    for _line in range(max(block.lines, int(room / WRITING)) if block.lines else 0):
        sheet.rule(WRITING)
    sheet.ln(SIGNING)
    width = (sheet.epw - BETWEEN * (len(block.signatures) - 1)) / len(block.signatures)
    top = sheet.get_y()
    for column, label in enumerate(block.signatures):
        sheet.set_xy(sheet.l_margin + column * (width + BETWEEN), top)
        x = sheet.get_x()
        sheet.rule(0, QUIET, width)
        sheet.set_xy(x, top + 1)
        height = sheet.style("small", QUIET)
        sheet.write_text(label, width, height)


def _picture(sheet: Sheet, block: Picture) -> None:
    size: tuple[int, int] = unpack(">II", block.png[16:24])
    scale = min(block.wide / size[0], block.high / size[1])
    wide, high = size[0] * scale, size[1] * scale
    sheet.keep(high)
    top = sheet.get_y()
    sheet.image(BytesIO(block.png), sheet.l_margin, top, wide, high, alt_text=sheet.plain(block.says))
    sheet.set_xy(sheet.l_margin, top + high)


def _new_page(sheet: Sheet, block: NewPage) -> None:
    sheet.add_page()


_DRAWN: dict[type[Block], Any] = {
    Facts: _facts,
    Heading: _heading,
    Text: _text,
    Entry: _entry,
    WriteOn: _write_on,
    Table: _table,
    Picture: _picture,
    NewPage: _new_page,
}
