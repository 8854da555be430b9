"""What stands above a list, as plain values: search box, filters, orders, columns, saved views. Drawn once."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from django.utils.translation import gettext as _

from psa.web.filters import Choice, Days, Filter, Flag

Option = tuple[Any, str, bool]
Link = tuple[str, str, bool]


class Control(NamedTuple):
    """One filter with what it is set to: options (code, label, chosen) of a choice, ends (name, day, word) of days."""

    key: str
    label: str
    kind: str
    value: Any
    options: tuple[Option, ...] = ()
    multiple: bool = False
    ends: tuple[tuple[str, str, str], ...] = ()


class Saved(NamedTuple):
    """The reader's saved views: name, address, whether it is this one; for whom else one may be saved."""

    views: tuple[Link, ...]
    audiences: tuple[tuple[str, str], ...]
    save_url: str
    manage_url: str
    list: str
    place: str
    query: str
    url: str


class Tools(NamedTuple):
    """Everything above a list. Whatever is drawn there stands here: the markup is kept by these values."""

    path: str
    plain_url: str
    hidden: tuple[tuple[str, str], ...]
    has_search: bool
    search_label: str
    q: str
    chips: tuple[tuple[str, str], ...]
    controls: tuple[Control, ...]
    sorting: tuple[Option, ...]
    shapes: tuple[tuple[str, str, str, bool], ...]
    saved: Saved | None
    choosable: tuple[tuple[str, bool, str], ...]
    export_url: str


def tools(listing: Any) -> Tools:
    """The toolbar of one opening of a list."""
    declared = listing.list
    return Tools(
        path=listing.path,
        plain_url=listing.plain_url,
        hidden=tuple(listing.hidden),
        has_search=listing.has_search,
        search_label=str(declared.search_label),
        q=listing.q,
        chips=tuple([(chip.text, chip.url) for chip in listing.chips]),
        controls=tuple([_control(one, listing) for one in declared.filters]),
        sorting=tuple(_sorting(listing)),
        shapes=tuple([(str(label), icon, url, here) for label, icon, url, here in listing.shapes]),
        saved=_saved(listing),
        choosable=tuple(_choosable(listing)) if declared.has_columns else (),
        export_url=listing.export_url,
    )


def _control(one: Filter, listing: Any) -> Control:
    value: Any = listing.asked.get(one.key)
    label = str(one.label)
    if isinstance(one, Choice):
        chosen = value or ()
        options = tuple([(code, str(said), code in chosen) for code, said in one.options(listing.request)])
        return Control(one.key, label, one.kind, "", options, one.multiple)
    if isinstance(one, Days):
        days = [day.isoformat() if day else "" for day in value or (None, None)]
        ends = tuple(zip(one.names(), days, (_("from"), _("to")), strict=True))
        return Control(one.key, label, one.kind, "", ends=ends)
    return Control(one.key, label, one.kind, bool(value) if isinstance(one, Flag) else str(value or ""))


def _sorting(listing: Any) -> list[Option]:
    """The orders for the sort menu: value, label, chosen."""
    made = []
    for sort in listing.list.sorts:
        is_here = sort is listing.sort
        down = listing.descending if is_here else sort.descending
        made.append((("-" if down else "") + sort.key, str(sort.label), is_here))
    return made


def _choosable(listing: Any) -> list[tuple[str, bool, str]]:
    """Every column the reader may see: label, whether it is shown, and the address where it is the other way."""
    shown = [column.key for column in listing.columns]
    plain = listing.url(cols=None)
    start = f"{plain}{'&' if '?' in plain else '?'}cols="
    made = []
    for column in listing.all_columns:
        is_shown = column.key in shown
        keys = [key for key in shown if key != column.key] if is_shown else [*shown, column.key]
        made.append((str(column.label), is_shown, start + quote(",".join(keys)) if keys else plain))
    return made


def _saved(listing: Any) -> Saved | None:
    kept = listing.saved
    if kept is None:
        return None
    return Saved(
        tuple([(name, url, here) for name, url, here in kept.views]),
        tuple([(value, str(label)) for value, label in kept.audiences]),
        kept.save_url,
        kept.manage_url,
        listing.list.saved_as,
        listing.place,
        listing.query,
        listing.url(),
    )
