"""Plain text as a page shows it."""

from __future__ import annotations

import re
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from tickets.cards import figures_of

register = template.Library()

ADDRESS = re.compile(r"https?://[^\s<>\"'`]{3,1000}")
TAIL = ".,;:!?)]}…"


@register.filter
def figures(item: Any) -> str:
    """What an item counts, in the reader's language; nothing where it counts nothing or has a line of its own."""
    return figures_of(item)


@register.filter
def written(text: str) -> SafeString:
    """What somebody typed: paragraphs, line breaks and web addresses; everything else is only text."""
    paragraphs = re.split(r"\n\s*\n", str(text or "").strip())
    return mark_safe("".join(f'<p dir="auto">{_linked(part)}</p>' for part in paragraphs if part))


def _linked(text: str) -> str:
    made, at = [], 0
    for found in ADDRESS.finditer(text):
        href = found[0].rstrip(TAIL)
        made += [_lines(text[at : found.start()]), _link(href)]
        at = found.start() + len(href)
    return "".join([*made, _lines(text[at:])])


def _lines(text: str) -> str:
    return str(conditional_escape(text)).replace("\n", "<br>")


def _link(href: str) -> str:
    return format_html('<a href="{}" rel="nofollow noopener noreferrer" target="_blank">{}</a>', href, href)
