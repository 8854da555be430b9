"""Reading the demo's cases: what goes wrong at a customer's, and how such a ticket goes, in one language a file.

A case begins with "== title"; the line below says "category | priority | source"; then its description, and then what
happens, a line each, by its first sign:

    ? we ask the customer           < the customer writes          > we write to the customer
    * a note for ourselves          @ minutes, what was done       $ name | quantity | unit | price
    ! how it was closed             ~ why it was reopened          # a file's name
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

TEXTS = Path(__file__).resolve().parent / "texts"
SIGNS = "?<>*@$!~#"


@dataclass(slots=True)
class Case:
    """One kind of trouble."""

    title: str
    category: str
    priority: str
    source: str
    description: str = ""
    steps: list[tuple[str, str]] = field(default_factory=list)


@cache
def cases(language: str) -> tuple[Case, ...]:
    """The cases of a language, in the order of the file."""
    text = (TEXTS / f"cases.{language}.txt").read_text(encoding="utf-8")
    return tuple(_case(block) for block in text.split("\n== ")[1:])


def text(name: str) -> str:
    """One of the demo's other texts."""
    return (TEXTS / name).read_text(encoding="utf-8").strip() + "\n"


def _case(block: str) -> Case:
    title, kind, *lines = block.strip().splitlines()
    category, priority, source = (word.strip() for word in kind.split("|"))
    case = Case(title.strip(), category, priority, source)
    described = []
    for line in lines:
        if line[:2].strip() and line[0] in SIGNS and line[1:2] == " ":
            case.steps.append((line[0], line[2:].strip().replace("\\n", "\n")))
        else:
            described.append(line)
    case.description = "\n".join(described).strip()
    return case
