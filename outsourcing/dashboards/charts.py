"""Charts drawn on the server as SVG. Decoration beside a table that says the same: hidden from screen readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH, LABEL, BAR, ROW = 680, 270, 330, 40


def bars(rows: Sequence[tuple[Any, int | None, str]]) -> SafeString:
    """Horizontal bars of shares in per cent: label, share (None: nothing to show yet), tone. Over 100 % is marked."""
    drawn = [_bar(at * ROW, *row) for at, row in enumerate(rows)]
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">{}</svg>',
        WIDTH,
        len(rows) * ROW,
        format_html_join("", "{}", [(one,) for one in drawn]),
    )


def _bar(top: int, label: Any, share: int | None, tone: str) -> SafeString:
    long = BAR * min(share or 0, 100) // 100
    over = (
        mark_safe("")
        if (share or 0) <= 100
        else format_html('<rect class="tone-red" x="{}" y="{}" width="4" height="20"/>', LABEL + BAR - 4, top + 10)
    )
    return format_html(
        '<text class="chart-label" x="{}" y="{}" text-anchor="end">{}</text>'
        '<rect class="chart-track" x="{}" y="{}" width="{}" height="20" rx="4"/>'
        '<rect class="chart-bar tone-{}" x="{}" y="{}" width="{}" height="20" rx="4"/>{}'
        '<text class="chart-value" x="{}" y="{}">{}</text>',
        LABEL - 12,
        top + 25,
        label,
        LABEL,
        top + 10,
        BAR,
        tone,
        LABEL,
        top + 10,
        long,
        over,
        LABEL + BAR + 12,
        top + 25,
        "–" if share is None else f"{share} %",
    )
