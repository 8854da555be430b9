"""A stranger's HTML: what is left of it when nothing may run, load or pose as our page (hostile test X2). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import nh3

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "center", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3",
    "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol", "p", "pre", "q", "s", "small", "span", "strike", "strong",
    "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href"},
    "img": {"alt"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
    "ol": {"start"},
}
WITH_CONTENT = {"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math", "select"}
SCHEMES = {"http", "https", "mailto", "tel"}
# Longer HTML than this is cut before it is looked at; deeper than this nothing is drawn.
LONGEST = 1_000_000
DEEPEST = 200
BREAKS = {"p", "div", "table", "ul", "ol", "dl", "blockquote", "pre", "center", *(f"h{level}" for level in range(1, 7))}
LINES = {"li", "tr", "dd", "dt", "hr"}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,30})")
_VOID = {"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "param", "source", "wbr"}


@dataclass(frozen=True, slots=True)
class Clean:
    """HTML that may be shown in a sandbox, how many pictures were left out of it, and whether it was cut."""

    html: str
    pictures: int = 0
    is_cut: bool = False


def clean(html: str) -> Clean:
    """Without scripts, forms, styles, frames and pictures; links go to the web, to mail or to a telephone."""
    cut = html[:LONGEST]
    if (depth := _too_deep_at(cut)) is not None:
        cut = cut[:depth]
    pictures = len(re.findall(r"<img[\s/>]", cut, re.IGNORECASE))
    made = nh3.clean(
        cut,
        tags=TAGS,
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        clean_content_tags=WITH_CONTENT,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return Clean(made, pictures, len(cut) < len(html))


def as_text(clean_html: str) -> str:
    """The words of HTML that `clean` gave back; quotations get the mark they have in plain text."""
    reader = _Reader()
    reader.feed(clean_html)
    reader.close()
    return reader.text()


def _too_deep_at(html: str) -> int | None:
    """Where the open tags are more than anybody writes, if they are anywhere."""
    depth = 0
    for found in _TAG.finditer(html):
        if found[2].lower() in _VOID:
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > DEEPEST:
            return found.start()
    return None


class _Reader(HTMLParser):
    """Walks well-formed HTML once."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" or tag in LINES:
            self._new_line()
        elif tag in BREAKS:
            self._gap()
        if tag == "blockquote":
            self.quoted += 1
            self._new_line()
        elif tag == "li":
            self.lines[-1] += "- "
        elif tag == "img" and (alt := dict(attrs).get("alt")):
            self.lines[-1] += f"[{alt}]"

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self.quoted = max(0, self.quoted - 1)
        if tag in BREAKS:
            self._gap()
        elif tag in {"td", "th"}:
            self.lines[-1] += " "

    def handle_data(self, data: str) -> None:
        words = re.sub(r"\s+", " ", data)
        if words.strip() or self.lines[-1].strip(" >"):
            self.lines[-1] += words

    def _new_line(self) -> None:
        self.lines.append("> " * min(self.quoted, 5))

    def _gap(self) -> None:
        if self.lines[-1].strip(" >"):
            self._new_line()
        self._new_line()

    def text(self) -> str:
        lines = [line.rstrip() for line in self.lines]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
