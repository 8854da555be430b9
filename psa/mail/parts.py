"""Reading a rendered mail: subject, reason line and text part come out of the HTML, so nothing is written twice.

The layout marks what is what: the subject is the title, `label` is a class, `reason` an id, and what carries
`data-text="none"` is decoration. Pure.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from html.parser import HTMLParser

WIDTH = 76
BREAKS = {"p", "h1", "h2", "table", "ul", "ol", "blockquote", "div"}
LINES = {"tr", "li"}
VOID = {"br", "img", "meta", "hr", "link", "input"}


@dataclass(frozen=True, slots=True)
class Parts:
    """What a mail consists of besides its HTML."""

    subject: str
    text: str
    reason: str


class _Reader(HTMLParser):
    """Walks the document once and keeps three texts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self.body: list[str] = []
        self.reason: list[str] = []
        self.open: list[tuple[str, str]] = []
        self.href = ""
        self.begun = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "br":
            self._put("\n")
        if tag in VOID:
            return
        role = "none" if given.get("data-text") == "none" or tag in {"style", "script"} else ""
        role = role or ("label" if "label" in (given.get("class") or "").split() else "")
        role = role or ("reason" if given.get("id") == "reason" else "")
        self.open.append((tag, role))
        if tag in BREAKS:
            self._put("\n\n")
        elif tag in LINES:
            self._put("\n" if tag == "tr" else "\n- ")
        if tag == "a":
            self.href, self.begun = given.get("href") or "", len(self.body)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or tag not in [name for name, _ in self.open]:
            return
        if tag == "a" and "".join(self.body[self.begun :]).strip() == self.href:
            self.href = ""  # the link is its own text
        if tag == "a" and self.href:
            self._put(f":\n{self.href}\n")
            self.href = ""
        while self.open:
            name, role = self.open.pop()
            if name == tag:
                break
        if role == "label":
            self._put(": ")
        elif tag in BREAKS:
            self._put("\n\n")

    def handle_data(self, data: str) -> None:
        self._put(re.sub(r"\s+", " ", data))

    def _put(self, words: str) -> None:
        names = {name for name, _ in self.open}
        roles = {role for _, role in self.open}
        if "title" in names:
            self.title.append(words)
        elif "none" in roles or "head" in names:
            return
        elif "reason" in roles:
            self.reason.append(words)
        else:
            self.body.append(words)


def read(html: str) -> Parts:
    """The parts of a rendered mail."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reason = " ".join("".join(reader.reason).split())
    body = _tidy("".join(reader.body))
    text = f"{body}\n\n-- \n{_wrap(reason)}\n" if reason else f"{body}\n"
    return Parts(subject="".join(reader.title), text=text, reason=reason)


def _tidy(body: str) -> str:
    """Single spaces, at most one empty line, lines of readable length."""
    lines = [" ".join(line.split()) for line in body.split("\n")]
    kept = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return "\n".join(_wrap(line) for line in kept.split("\n"))


def _wrap(line: str) -> str:
    return textwrap.fill(line, WIDTH, break_long_words=False, break_on_hyphens=False) if line else line
