"""The list engine: a page's columns, filters and sorts are declared once; the address is the view.

    TICKETS = lists.List(
        "tickets", row=TicketRow, fields=("id", "number", "title", "status", …),
        columns=(
            Column("number", _("Number"), lambda row: row.number, sort="number", css="cell-number"),
            Column("title", _("Title"), lambda row: row_link(row.href, row.title), css="cell-title"),
        ),
        sorts=(Sort("deadline", _("Deadline"), "next_deadline", "datetime"), Sort("number", _("Number"), "id", "int")),
        filters=(Choice("status", _("Status"), "status", STATUSES.choices()), Flag("late", _("Overdue"), Q(…)), …),
        search=lambda rows, words: rows.filter(search_text__contains=fold(words)),
    )

    def tickets(request):
        return TICKETS.open(request, Ticket.objects.visible_to(request.actor)).answer("tickets/list.html", {…})

Only what is declared is ever read from the address: an unknown parameter, value, sort or cursor is as if it were not
there. Pages are found by key (sort value, id), so the hundredth costs what the first costs. Rows come as
`values_list()` into a slotted dataclass with an `id`; a cell is text (escaped) or ready markup, never a tag in a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.functional import cached_property
from django.utils.html import conditional_escape, escape, format_html, strip_tags
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from psa.web import htmx, sheets, throttle, toolbar
from psa.web.asking import asked
from psa.web.filters import Choice, Days, Filter, Flag, Text, clean
from psa.web.kept import SavedViews, keep_views, kept
from psa.web.keyset import (
    KINDS,
    LONGEST_CURSOR,
    Cursor,
    Sort,
    after,
    read_cursor,
    write_cursor,
)
from psa.web.nav import LIMIT
from psa.web.templatetags.ui import icon

__all__ = [
    "Choice",
    "Column",
    "Cursor",
    "Days",
    "Filter",
    "Flag",
    "List",
    "Listing",
    "SavedViews",
    "Sort",
    "Text",
    "asked",
    "joined",
    "keep_views",
    "row_link",
    "two_lines",
]

PAGE = 25
SIZES = (25, 50, 100)
RESERVED = frozenset({"q", "sort", "cols", "size", "after", "before", "format", "page"})


# What a list is made of ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Column:
    """One column. `cell(row)` gives text or ready markup; `plain(row)` the value for CSV where the text of the cell is
    not it. `batch(ids, actor)` fetches what the row does not have, once a page; `cell` gets the row and what was
    found. `beside(rows, actor)` does so for the screen alone, from the rows. `needs` is a capability.
    `beneath` names the column in whose cell it stands on the screen, as a second line; in a sheet it is its own.
    Classes: cell-title (with is-short: as wide as it has to be), cell-number, cell-num, cell-nowrap, cell-clip (with
    has-room: wider); cell-text (two lines of what somebody wrote), cell-hide (not on a phone), cell-wide (not on a
    tablet), cell-labelled (says its name on a phone)."""

    key: str
    label: Any
    cell: Callable[..., Any]
    sort: str = ""
    css: str = ""
    plain: Callable[..., Any] | None = None
    batch: Callable[[Sequence[Any], Any], Mapping[Any, Any]] | None = None
    beside: Callable[[Sequence[Any], Any], Mapping[Any, Any]] | None = None
    needs: str = ""
    shown: bool = True
    beneath: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter in words, and the address without it."""

    text: str
    url: str


# Named here because a listing has a field called `list`.
Pairs = list[tuple[Any, Any]]
Params = list[tuple[str, str]]
Cells = list[Any]
Chips = list[Chip]


# The list and one opening of it --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class List:
    """A list as an app declares it, once."""

    name: str
    row: Any
    fields: tuple[str, ...]
    columns: tuple[Column, ...]
    sorts: tuple[Sort, ...]
    filters: tuple[Filter, ...] = ()
    search: Callable[[QuerySet, str], QuerySet] | None = None
    search_label: Any = ""
    pick: str = ""
    row_css: Callable[[Any], str] | None = None
    empty_title: Any = ""
    empty_text: Any = ""
    empty_icon: str = "inbox"
    export: bool = True
    export_limit: int = 0
    read_id: Callable[[Any], Any] = KINDS["int"]
    part: str = "components/list.html"
    saved_as: str = ""
    place_url: Callable[[Any, str], str] | None = None
    keeps_for: Callable[[Any], Sequence[tuple[str, Any]]] | None = None
    bar: str = ""
    shapes: Callable[[Any], Sequence[tuple[Any, str, str, bool]]] | None = None
    has_columns: bool = True

    def __post_init__(self) -> None:
        names = [name for one in self.filters for name in one.names()]
        if wrong := (set(names) & RESERVED) or (set(names) if len(set(names)) != len(names) else set()):
            raise ValueError(f"{self.name}: filters may not be called {', '.join(sorted(wrong))}.")
        if missing := {column.sort for column in self.columns if column.sort} - {sort.key for sort in self.sorts}:
            raise ValueError(f"{self.name}: columns sort by {', '.join(sorted(missing))}, which is no sort.")

    def open(self, request: HttpRequest, rows: QuerySet, url: str = "", place: str = "") -> Listing:
        """The list as this request asks for it. `rows` is what the reader may see; `place` says which of several
        pages of the list it is (`place_url` knows their addresses), and is kept with a saved view."""
        return Listing(self, request, rows, url or request.path, place)


@dataclass
class Listing:
    """One page of a list, everything on it made ready."""

    list: List
    request: Any
    queryset: QuerySet
    path: str
    place: str = ""
    asked: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        given = self.request.GET
        self.q = clean(given.get("q", "")) if self.list.search else ""
        self.asked = {
            one.key: value for one in self.list.filters if (value := one.read(given, self.request)) is not None
        }
        word = given.get("sort", "")
        self.sort = next((sort for sort in self.list.sorts if sort.key == word.removeprefix("-")), self.list.sorts[0])
        is_asked = bool(word) and word.removeprefix("-") == self.sort.key
        self.descending = word.startswith("-") if is_asked else self.sort.descending
        size = given.get("size", "")
        self.size = int(size) if size in {str(number) for number in SIZES} else PAGE
        allowed = [column for column in self.list.columns if not column.needs or self.request.actor.can(column.needs)]
        chosen = given.get("cols", "")[:LONGEST_CURSOR].split(",")
        by_key = {column.key: column for column in allowed}
        self.columns = [by_key[key] for key in dict.fromkeys(chosen) if key in by_key]
        self.has_own_columns = bool(self.columns)
        self.columns = self.columns or [column for column in allowed if column.shown]
        self.all_columns = allowed

    # Addresses
    def params(self, **changes: Any) -> Params:
        """The parameters of this view and no others, in a fixed order; `changes` replaces keys, None drops them."""
        found: Params = [("q", self.q)] if self.q else []
        for one in self.list.filters:
            if one.key in self.asked:
                found += one.write(self.asked[one.key])
        if (self.sort, self.descending) != (self.list.sorts[0], self.list.sorts[0].descending):
            found.append(("sort", ("-" if self.descending else "") + self.sort.key))
        if self.has_own_columns:
            found.append(("cols", ",".join(column.key for column in self.columns)))
        if self.size != PAGE:
            found.append(("size", str(self.size)))
        kept = [pair for pair in found if pair[0] not in changes]
        return kept + [(name, value) for name, value in changes.items() if value is not None]

    def url(self, **changes: Any) -> str:
        """The address of this view with something changed; always from its first page."""
        query = urlencode(self.params(**changes))
        return f"{self.path}?{query}" if query else self.path

    def link(self, url: str, name: str = "") -> SafeString:
        """The attributes of a link that replaces the list alone where scripts run."""
        return format_html(
            'href="{}" hx-get="{}" hx-target="#list" hx-swap="outerHTML" hx-push-url="true"{}',
            url,
            url,
            format_html(' id="{}"', name) if name else "",
        )

    # Rows
    @cached_property
    def filtered(self) -> QuerySet:
        """Everything that passes, unordered."""
        rows = self.list.search(self.queryset, self.q) if self.q and self.list.search else self.queryset
        for one in self.list.filters:
            if one.key in self.asked:
                rows = one.apply(rows, self.asked[one.key], self.request)
        return rows

    def fetch(self, cursor: Cursor | None, size: int) -> Pairs:
        """At most `size` pairs of a row and its sort value, in the list's order whichever way the cursor looks."""
        backwards = cursor is not None and cursor.backwards
        sign = "-" if self.descending != backwards else ""
        rows = self.sort.annotate(self.filtered).order_by(f"{sign}sort_value", f"{sign}pk")
        if cursor is not None:
            rows = after(rows, cursor, self.descending)
        if self.q:  # so many may be found: the page is chosen first, and only its rows are joined with what they show
            chosen = self.queryset.filter(pk__in=rows.values("pk")[:size])
            rows = self.sort.annotate(chosen).order_by(f"{sign}sort_value", f"{sign}pk")
        make = self.list.row
        found = [
            (make(*values[:-1]), values[-1]) for values in rows.values_list(*self.list.fields, "sort_value")[:size]
        ]
        return found[::-1] if backwards else found

    @cached_property
    def page(self) -> tuple[Pairs, bool, bool]:
        """The pairs of this page, whether there are pages before it and behind it."""
        for name, backwards in (("after", False), ("before", True)):
            word = self.request.GET.get(name, "")
            if cursor := read_cursor(word, self.sort, self.descending, backwards, self.list.read_id):
                found = self.fetch(cursor, self.size + 1)
                more = len(found) > self.size
                if backwards and found:
                    return found[-self.size :], more, True
                if found:
                    return found[: self.size], True, more
        found = self.fetch(None, self.size + 1)
        return found[: self.size], False, len(found) > self.size

    def fill(self) -> None:
        """Fetch what the page shows now: for rows that another scope than the page's sees."""
        self.page, self.count  # noqa: B018  (both are kept)

    @property
    def rows(self) -> Cells:
        """The rows of this page."""
        return [row for row, _value in self.page[0]]

    @property
    def next_url(self) -> str:
        """The address of the page behind this one, "" at the end."""
        return self._turn("after", self.page[0][-1]) if self.page[2] else ""

    @property
    def previous_url(self) -> str:
        """The address of the page before this one, "" at the start."""
        return self._turn("before", self.page[0][0]) if self.page[1] else ""

    @property
    def next_link(self) -> SafeString | str:
        """The attributes of the link forward."""
        return self.link(self.next_url, "list-next") if self.page[2] else ""

    @property
    def previous_link(self) -> SafeString | str:
        """The attributes of the link back."""
        return self.link(self.previous_url, "list-previous") if self.page[1] else ""

    def _turn(self, name: str, pair: tuple[Any, Any]) -> str:
        return self.url(**{name: write_cursor(self.sort, self.descending, pair[1], pair[0].id)})

    @cached_property
    def count(self) -> int:
        """How many pass, never counting past LIMIT."""
        found, before, behind = self.page
        if not before and not behind:
            return len(found)
        return self.filtered.order_by().values("pk")[:LIMIT].count()

    @property
    def count_text(self) -> str:
        """The count in words."""
        if self.count >= LIMIT:
            return _("more than %(n)s entries") % {"n": LIMIT - 1}
        return ngettext("%(n)s entry", "%(n)s entries", self.count) % {"n": self.count}

    def cells(self, rows: Sequence[Any], plain: bool = False) -> Iterator[Cells]:
        """The cells of each row: markup, or values for CSV."""
        actor = getattr(self.request, "actor", None)
        ids = [row.id for row in rows]
        found = {column.key: column.batch(ids, actor) for column in self.columns if column.batch}
        if not plain:
            found |= {column.key: column.beside(rows, actor) for column in self.columns if column.beside}
        for row in rows:
            made = {}
            for column in self.columns:
                is_fetched = column.batch or column.beside and not plain
                args = (row, found[column.key].get(row.id)) if is_fetched else (row,)
                if plain:
                    made[column.key] = (
                        column.plain(*args) if column.plain else unescape(strip_tags(str(column.cell(*args))))
                    )
                else:
                    made[column.key] = column.cell(*args)
            yield list(made.values()) if plain else self._folded(made)

    @cached_property
    def below(self) -> Mapping[str, Sequence[str]]:
        """The columns with a head of their own on the screen, and the keys of those that stand beneath them."""
        keys = {column.key for column in self.columns}
        heads = [column.key for column in self.columns if column.beneath not in keys]
        return {key: [column.key for column in self.columns if column.beneath == key] for key in heads}

    @property
    def on_screen(self) -> Sequence[Column]:
        """The columns with a head of their own on the screen."""
        return [column for column in self.columns if column.key in self.below]

    def _folded(self, made: Mapping[str, Any]) -> Cells:
        """The cells on the screen: what stands beneath another as that one's second line."""
        return [two_lines(made[key], *(made[one] for one in keys)) for key, keys in self.below.items()]

    @cached_property
    def body(self) -> SafeString:
        """The table's rows, ready."""
        heads = [
            f'<td role="cell" class="{column.css}" data-label="{conditional_escape(column.label)}">'
            for column in self.on_screen
        ]
        pick, css = self.list.pick, self.list.row_css
        said = conditional_escape(_("Select"))
        lines = []
        for row, cells in zip(self.rows, self.cells(self.rows), strict=True):
            line = "".join(
                [
                    f"{head}{conditional_escape('' if cell is None else cell)}</td>"
                    for head, cell in zip(heads, cells, strict=True)
                ]
            )
            box = ""
            if pick:
                box = (
                    f'<td role="cell" class="cell-pick"><input type="checkbox" name="pick" value="{row.id}"'
                    f' form="{pick}" aria-label="{said} {row.id}"></td>'
                )
            classes = conditional_escape(css(row)) if css else ""
            lines.append(f'<tr role="row" id="row-{row.id}" class="{classes}">{box}{line}</tr>')
        return mark_safe("\n".join(lines))

    @property
    def head(self) -> SafeString:
        """The table's heads with their links to sort."""
        made = []
        for column in self.on_screen:
            if not column.sort:
                made.append(
                    format_html('<th role="columnheader" scope="col" class="{}">{}</th>', column.css, column.label)
                )
                continue
            sort = next(sort for sort in self.list.sorts if sort.key == column.sort)
            here = sort is self.sort
            down = not self.descending if here else sort.descending
            made.append(
                format_html(
                    '<th role="columnheader" scope="col" class="{}"{}><a {}>{}{}</a></th>',
                    column.css,
                    mark_safe(f' aria-sort="{"descending" if self.descending else "ascending"}"') if here else "",
                    self.link(self.url(sort=("-" if down else "") + sort.key), f"list-sort-{sort.key}"),
                    column.label,
                    icon("arrow-down" if self.descending else "arrow-up", "s") if here else "",
                )
            )
        return mark_safe("".join(made))

    # What the toolbar draws
    @property
    def tools(self) -> toolbar.Tools:
        """Everything above the list, as values."""
        return toolbar.tools(self)

    @property
    def has_search(self) -> bool:
        """Whether there is a search box. (A template would call the function itself.)"""
        return self.list.search is not None

    @property
    def chips(self) -> Chips:
        """The active filters in words."""
        made = [Chip(f"“{self.q}”", self.url(q=None))] if self.q else []
        for one in self.list.filters:
            if one.key in self.asked:
                words = one.words(self.asked[one.key], self.request)
                made.append(
                    Chip(f"{one.label}: {words}" if words else str(one.label), self.url(**dict.fromkeys(one.names())))
                )
        return made

    @property
    def hidden(self) -> Params:
        """Parameters that the filter form carries along unseen."""
        return [pair for pair in self.params() if pair[0] in {"cols", "size"}]

    @property
    def export_url(self) -> str:
        actor = getattr(self.request, "actor", None)
        return self.url(format="csv") if self.list.export and actor is not None and actor.can("export.csv") else ""

    @property
    def query(self) -> str:
        """This view as the parameters of an address."""
        return urlencode(self.params())

    @cached_property
    def saved(self) -> SavedViews | None:
        """The reader's saved views, where the list has them."""
        actor = getattr(self.request, "actor", None)
        is_kept = bool(self.list.saved_as and actor is not None and actor.membership_id)
        return kept(self) if is_kept else None

    @property
    def shapes(self) -> Sequence[tuple[Any, str, str, bool]]:
        """The same rows in other shapes (board, week): label, icon, address, and whether it is this one."""
        return self.list.shapes(self) if self.list.shapes else ()

    @property
    def plain_url(self) -> str:
        """The list without any filter."""
        return self.path

    # Answers
    def answer(self, template: str, context: Mapping[str, Any] | None = None) -> HttpResponse | StreamingHttpResponse:
        """CSV, the list alone for htmx, or the page `template` (which includes the list as `list`)."""
        if self.q:
            throttle.spend("search", self.request)
        if self.request.GET.get("format") == "csv" and self.list.export:
            self.request.actor.require("export.csv")
            throttle.spend("export", self.request)
            return sheets.answer(self)
        context = {**(context or {}), "list": self}
        response = htmx.answer(self.request, template, self.list.part, context, target="list")
        if htmx.wants_part(self.request, "list"):
            response["HX-Push-Url"] = self._here()
        return response

    def _here(self) -> str:
        turned = {name: self.request.GET[name] for name in ("after", "before") if self.request.GET.get(name)}
        return self.url(**turned)


def row_link(href: str, text: Any) -> SafeString:
    """The link a row is opened by; the whole row is its target."""
    return mark_safe(f'<a class="row-link" href="{escape(href)}">{conditional_escape(text)}</a>')


def two_lines(first: Any, *below: Any) -> Any:
    """A cell with a quieter second line; as it is where there is none."""
    parts = [conditional_escape(part) for part in below if part]
    if not parts:
        return first
    return mark_safe(f'{conditional_escape(first)} <span class="under tiny muted">{" · ".join(parts)}</span>')


def joined(parts: Iterable[Any]) -> SafeString:
    """Several pieces of one cell, what is empty left out."""
    return mark_safe(" ".join(conditional_escape(part) for part in parts if part))
