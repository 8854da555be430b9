"""A document for paper as plain data: what stands on it, ready in the reader's language. Drawing it is `drawing`'s.

    Document(sender="Baltic Service", title="Work order 1001", subject="Replace the switch", blocks=[Facts([…]), …])

fpdf2 and what it brings cost a process 25 MB and half a second. `pdf` loads them with the first document that is made,
so that a process that never prints does not pay for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what it is: `value` may have several lines; `aside` stands behind it, quieter."""

    name: str
    value: str
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, two beside each other."""

    kind: ClassVar[str] = "facts"
    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Heading:
    """Opens a part; it never stands alone at the foot of a page."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """What somebody wrote, with its own paragraphs and line breaks; `is_quiet` for words that stand for nothing."""

    kind: ClassVar[str] = "text"
    text: str
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a row of things: a line that says what it is, who reads it at that line's end, and its words."""

    kind: ClassVar[str] = "entry"
    head: str
    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class WriteOn:
    """Lines to write on by hand under a heading, and labelled lines to sign on, together on one page.

    There are at least so many `lines`, and as many more as the page has room for; with 0 there is nothing but what is
    signed."""

    kind: ClassVar[str] = "write_on"
    heading: str
    lines: int
    signatures: Sequence[str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what stands above it, its share of the width, and whether it holds figures."""

    label: str
    share: float
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: a text for each column, and what is said more quietly under the widest one."""

    cells: Sequence[str]
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads that are said again on every page, and sums below them: a name, an amount, and whether it is
    the one that counts."""

    kind: ClassVar[str] = "table"
    columns: Sequence[Column]
    rows: Sequence[Row]
    sums: Sequence[tuple[str, str, bool]] = ()


@dataclass(frozen=True, slots=True)
class Letterhead:
    """A letter's head and foot: where it goes, from whom in one line, the facts beside it, and the columns at its foot.

    The recipient stands where an envelope's window is (DIN 5008, form B)."""

    sender: str
    recipient: Sequence[str]
    facts: Sequence[Fact] = ()
    foot: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as PNG, at most so wide and high in millimetres, and what it says for whoever does not see it."""

    kind: ClassVar[str] = "picture"
    png: bytes
    says: str
    wide: float = 80
    high: float = 30


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows stands on a page of its own."""

    kind: ClassVar[str] = "new_page"


Block = Facts | Heading | Text | Entry | WriteOn | Table | Picture | NewPage


@dataclass(frozen=True, slots=True)
class Document:
    """A document of `sender`, the company it comes from: a title, what it is about, and its blocks in their order.

    `logo` is the sender's, as PNG; it stands at the top of the first page. With `is_archived` it is PDF/A-3,
    which may carry files."""

    sender: str
    title: str
    subject: str
    language: str
    blocks: Sequence[Block] = field(default_factory=list)
    logo: bytes = b""
    is_archived: bool = False
    letterhead: Letterhead | None = None


def pdf(document: Document) -> bytes:
    """The document as a PDF in A4, pages numbered in the active language."""
    return import_string("psa.paper.drawing.draw")(document)
