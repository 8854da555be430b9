"""The ticket list as it is declared: its columns, filters and orders."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from psa.tenancy import plans
from psa.tenancy.actor import Actor
from psa.tenancy.prepared import Prepared
from psa.web import lists, nav, presence
from psa.web.reading import once
from psa.web.templatetags import ui
from tickets import columns, keeping, ways
from tickets.forms import colleagues
from tickets.labels import PRIORITIES, SOURCES, STATUSES, brief_priority
from tickets.models import Category, Queue, QueueMember, Ticket, TicketType
from tickets.models.ticket import NO_DEADLINE
from tickets.services import opened, searching
from tickets.services.saved_views import FOR_OTHERS


@dataclass(slots=True)
class Row:
    """A ticket as the list shows it; `base` is the address of the list it stands in."""

    base: str
    id: int
    number: int
    title: str
    company: str
    status: str
    priority: int
    source: str
    created_at: datetime
    assignee_id: int | None
    assignee: str | None
    next_deadline: datetime
    last_activity: datetime
    is_open: bool
    checklist_done: int
    checklist_total: int
    is_unread: bool

    @property
    def checklist(self) -> str:
        """Items done of items there are; "" without a checklist."""
        return f"{self.checklist_done}/{self.checklist_total}" if self.checklist_total else ""

    @property
    def due(self) -> datetime | None:
        return None if self.next_deadline >= NO_DEADLINE else self.next_deadline


def _title(row: Row) -> SafeString:
    return _linked(f"{row.base}{row.number}/", row.title, row.is_unread)


@once
def _linked(href: str, title: str, is_unread: bool) -> SafeString:
    if not is_unread:
        return lists.row_link(href, title)
    return format_html(
        '<a class="row-link is-unread" href="{}"><span class="unread-mark" title="{}"></span>'
        '<span class="unseen">{}: </span>{}</a>',
        href,
        _("Changed since you last opened it"),
        _("Unread"),
        title,
    )


def _here(rows: Sequence[Row], actor: Actor) -> dict[int, str]:
    """Which assignees were seen in the last minutes."""
    here = presence.here({row.assignee_id for row in rows if row.assignee_id})
    return {row.id: "here" if row.assignee_id in here else "off" for row in rows if row.assignee_id}


def _assignee(row: Row, seen: str | None = None) -> SafeString | str:
    return ui.person(row.assignee, seen or "") if row.assignee else ""


def _priority(row: Row) -> SafeString:
    return brief_priority(row.priority)


def _ago(row: Row) -> SafeString:
    return ui.ago(row.last_activity)


def _updated(row: Row) -> datetime:
    return row.last_activity


def _created(row: Row) -> datetime:
    return row.created_at


def _deadline(row: Row) -> SafeString:
    return ui.deadline(row.due, not row.is_open)


def _sorted_by(kind: str) -> Callable[[Any], list[tuple[Any, Any]]]:
    """The queues (all, or those the reader works in), categories, types or people to choose from: fetched at once,
    once a request."""

    def options(request: Any) -> list[tuple[Any, Any]]:
        kept = request.__dict__.setdefault("_ticket_sorts", {})
        if not kept:
            kept |= {name: [] for name in [*SORTED_BY, "team"]}
            for pk, name, found, is_mine in _NAMES(member=request.actor.membership_id):
                kept[found].append((pk, name))
                if is_mine:
                    kept["team"].append((pk, name))
        return kept[kind]

    return options


SORTED_BY: dict[str, Callable[[], QuerySet]] = {
    "queue": Queue.objects.all,
    "category": Category.objects.all,
    "type": TicketType.objects.all,
    "assignee": colleagues,
}


def _all_names(member: int | None) -> QuerySet[Any]:
    worked = QueueMember.objects.filter(member_id=member).values("queue_id")
    is_team = {"queue": Case(When(pk__in=worked, then=Value(1)), default=Value(0))}
    first, *others = (
        rows().order_by().values_list("pk", "name", Value(name), is_team.get(name, Value(0)))
        for name, rows in SORTED_BY.items()
    )
    return first.union(*others, all=True).order_by("name")


_NAMES: Prepared[Any] = Prepared(_all_names)


def _assignees(request: Any) -> list[tuple[Any, Any]]:
    return [("nobody", _("Nobody")), *_sorted_by("assignee")(request)]


def _assigned_to(rows: QuerySet, asked: list[Any]) -> QuerySet:
    people = [one for one in asked if one != "nobody"]
    return rows.filter(Q(assignee_id__in=people) | (Q(assignee=None) if "nobody" in asked else Q(pk__in=())))


def _late(rows: QuerySet, request: Any) -> QuerySet:
    return rows.filter(is_open=True, next_deadline__lt=timezone.now())


def _of_customer(rows: QuerySet, text: str) -> QuerySet:
    return rows.filter(company__name__icontains=text)


def _numbered(rows: QuerySet, text: str) -> QuerySet:
    number = text.removeprefix("#")
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    return rows.filter(number=int(number)) if is_number else rows.none()


CHECKLISTS = (("open", _("items open")), ("done", _("all done")), ("none", _("no checklist")))


def _with_checklist(rows: QuerySet, asked: list[str]) -> QuerySet:
    ways = {
        "open": Q(checklist_total__gt=F("checklist_done")),
        "done": Q(checklist_total__gt=0, checklist_total=F("checklist_done")),
        "none": Q(checklist_total=0),
    }
    found = Q(pk__in=())
    for code in asked:
        found |= ways[code]
    return rows.filter(found)


def _checklist(row: Row) -> SafeString | str:
    """How much of the checklists is done, green once all of it is."""
    colour = "green" if row.checklist_done >= row.checklist_total else "gray"
    return ui.badge(row.checklist, colour, "list-checks", plain=True) if row.checklist else ""


def _names(field: str, ids: Sequence[int], actor: Actor) -> dict[int, str]:
    """What a ticket is sorted by, for the columns most lists do not show: the list joins less, and reads its index."""
    return dict(Ticket.objects.filter(pk__in=ids).values_list("pk", f"{field}__name"))


def _named(row: Row, name: str | None) -> str:
    return name or ""


NOWRAP, WIDE = "cell-nowrap", "cell-nowrap cell-wide"
COLUMNS = (
    lists.Column("number", _("No."), lambda row: row.number, sort="number", css="cell-number"),
    lists.Column("title", _("Title"), _title, css="cell-title", plain=lambda row: row.title),
    lists.Column("customer", _("Customer"), lambda row: row.company, sort="customer", css="cell-clip"),
    lists.Column("status", _("Status"), lambda row: STATUSES.badge(row.status), css=NOWRAP),
    lists.Column("priority", _("Priority"), _priority, "priority", WIDE),
    lists.Column("deadline", _("Deadline"), _deadline, sort="deadline", css=NOWRAP, plain=lambda row: row.due),
    lists.Column("assignee", _("Assignee"), _assignee, css=NOWRAP, plain=lambda row: row.assignee or "", beside=_here),
    lists.Column("checklist", _("Checklist"), _checklist, css=WIDE, plain=lambda row: row.checklist),
    lists.Column("queue", _("Queue"), _named, css=WIDE, batch=partial(_names, "queue"), shown=False),
    lists.Column("category", _("Category"), _named, css=WIDE, batch=partial(_names, "category"), shown=False),
    lists.Column("type", _("Type"), _named, css=WIDE, batch=partial(_names, "type"), shown=False),
    lists.Column("source", _("Source"), lambda row: SOURCES.text(row.source), css=WIDE, shown=False),
    lists.Column("created", _("Created"), lambda row: ui.ago(row.created_at), "created", WIDE, _created, shown=False),
    lists.Column("updated", _("Updated"), _ago, "updated", WIDE, _updated, shown=False),
)  # fmt: skip
SORTS = (
    lists.Sort("deadline", _("Deadline"), "next_deadline", "datetime"),
    lists.Sort("updated", _("Updated"), "last_activity", "datetime", descending=True),
    lists.Sort("number", _("Number"), "number", "int", descending=True),
    lists.Sort("priority", _("Priority"), "priority", "int"),
    lists.Sort("customer", _("Customer"), "company__name"),
    lists.Sort("created", _("Created"), "created_at", "datetime", descending=True),
)
FILTERS = (
    lists.Flag("unread", _("Changed since I opened it"), lambda rows, request: opened.unread(rows, request.actor)),
    lists.Flag("late", _("Overdue"), _late),
    lists.Choice("status", _("Status"), "status", STATUSES.choices()),
    lists.Choice("assignee", _("Assignee"), "assignee_id", _assignees, where=_assigned_to),
    lists.Choice("queue", _("Queue"), "queue_id", _sorted_by("queue")),
    lists.Choice("priority", _("Priority"), "priority", PRIORITIES.choices()),
    lists.Text("customer", _("Customer"), where=_of_customer),
    lists.Text("title", _("Title"), "title"),
    lists.Text("number", _("Number"), where=_numbered),
    lists.Choice("category", _("Category"), "category_id", _sorted_by("category")),
    lists.Choice("type", _("Type"), "type_id", _sorted_by("type")),
    lists.Choice("source", _("Source"), "source", SOURCES.choices()),
    lists.Choice("checklist", _("Checklist"), choices=CHECKLISTS, where=_with_checklist),
    lists.Days("due", _("Deadline"), "next_deadline"),
    lists.Days("updated", _("Updated"), "last_activity"),
    lists.Days("created", _("Created"), "created_at"),
)


def _may_keep_for(request: Any) -> list[tuple[str, Any]]:
    """For whom else than oneself the reader may save a view."""
    if not request.actor.can(FOR_OTHERS):
        return []
    teams = [(str(pk), _("the team of %(queue)s") % {"queue": name}) for pk, name in _sorted_by("team")(request)]
    return [*teams, ("all", _("everybody in the company"))]


TICKETS = lists.List(
    "tickets",
    row=Row,
    fields=(
        "id",
        "number",
        "title",
        "company__name",
        "status",
        "priority",
        "source",
        "created_at",
        "assignee_id",
        "assignee__name",
        "next_deadline",
        "last_activity",
        "is_open",
        "checklist_done",
        "checklist_total",
        "is_unread",
    ),
    columns=COLUMNS,
    sorts=SORTS,
    filters=FILTERS,
    search=searching.find,
    search_label=_("Number, title, customer, words"),
    empty_title=_("No tickets here"),
    empty_text=_("Nothing waits in this view."),
    empty_icon="ticket",
    saved_as="tickets",
    keeps_for=_may_keep_for,
    bar="tickets/_bulk_bar.html",
    shapes=lambda found: _shapes(found),
    place_url=lambda request, code: address(request, code),
)


def may_change(request: Any) -> bool:
    """Whether the reader may change many tickets at once, here."""
    return bool(request.actor.can("ticket.bulk")) and plans.opens(request.tenant, "tickets:bulk")


def declared(request: Any, sort: str) -> lists.List:
    """The list with the columns and filters of the apps above, its first order first."""
    extra = columns.columns()
    return replace(
        TICKETS,
        pick="bulk" if may_change(request) else "",
        row=partial(Row, reverse("tickets:list", args=[request.tenant.slug])),
        columns=(*COLUMNS[:7], *(_extra_column(one) for one in extra), *COLUMNS[7:]),
        filters=(*FILTERS, *(_extra_filter(one) for one in extra if one.filter)),
        sorts=tuple(sorted(SORTS, key=lambda one: one.key != sort)),
    )


def _extra_column(one: columns.ExtraColumn) -> lists.Column:
    return lists.Column(
        one.key,
        one.label,
        lambda row, cell: "" if cell is None else cell,
        css=NOWRAP,
        batch=one.cells,
        shown=one.shown,
    )


def _extra_filter(one: columns.ExtraColumn) -> lists.Filter:
    passes = one.filter
    assert passes is not None
    if one.choices is None:
        return lists.Text(one.key, one.label, where=lambda rows, value: rows.filter(passes(value)))

    def where(rows: QuerySet, asked: list[Any]) -> QuerySet:
        found = Q(pk__in=())
        for code in asked:
            found |= passes(code)
        return rows.filter(found)

    options = one.choices
    return lists.Choice(one.key, one.label, choices=lambda request: options(request.actor), where=where)


def address(request: Any, code: str, shape: str = "") -> str:
    """Where a view stands, as a list or in another shape (board, week)."""
    slug = request.tenant.slug
    if shape:
        named = code not in {"open", ""}
        return reverse(
            f"tickets:{shape}_view" if named else f"tickets:{shape}", args=[slug, *([code] if named else [])]
        )
    if code == "search":
        return reverse("tickets:search", args=[slug])
    return reverse("tickets:list", args=[slug]) if code in {"open", ""} else reverse("tickets:view", args=[slug, code])


def listing(request: Any, code: str, shape: str = "") -> lists.Listing:
    """A view of the tickets its reader may see, as this request (or lists.asked) asks for it."""
    view = ways.named(code, request.actor)
    assert view is not None
    found = declared(request, view.sort)
    if shape:
        found = replace(found, part=f"tickets/_{shape}.html", pick="", export=False, has_columns=False)
    rows = opened.told(ways.rows(code, request.actor), request.actor)
    return found.open(request, rows, address(request, code, shape), code)


SHAPES = {"": (_("List"), "clipboard-list"), "board": (_("Board"), "kanban"), "agenda": (_("Week"), "calendar")}


def _shapes(found: lists.Listing) -> list[tuple[Any, str, str, bool]]:
    """The same view and filters as a list, a board and a week, where the company has them."""
    request, query = found.request, found.query
    if not plans.opens(request.tenant, "tickets:board"):
        return []
    made = []
    for shape, (label, icon) in SHAPES.items():
        url = address(request, "open" if shape and found.place == "search" else found.place, shape)
        made.append((label, icon, f"{url}?{query}" if query else url, url == found.path))
    return made


# What stands beside the list ------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Tab:
    """A view to go to: its code, label, icon and address, and whether the page shows it."""

    code: str
    label: Any
    icon: str
    href: str
    is_here: bool


def tabs(request: Any, code: str, query: str, shape: str = "") -> list[Tab]:
    """The views the reader is offered; `query` says whether the page shows one as it is."""
    return [
        Tab(f"view-{key}", one.label, one.icon, address(request, key, shape), key == code)
        for key, one in ways.views(request.actor).items()
    ]


def saved(request: Any, found: lists.Listing, shape: str = "") -> list[Tab]:
    """The saved views the reader may open: their own, their teams', the company's."""
    here = (found.place, found.query)
    return [
        Tab(
            f"saved-{one.id}",
            one.name,
            one.icon,
            f"{address(request, one.view, shape)}?{one.query}",
            (one.view or "open", one.query) == here,
        )
        for one in keeping.views(request, TICKETS.saved_as)
        if ways.named(one.view or "open", request.actor)
    ]


MOST_COUNTED = 12


def counts_of(request: Any) -> dict[str, str]:
    """How many each view and each saved view has for this reader, never counting past 99."""
    found = {
        f"view-{code}": nav.shown(nav.capped(ways.rows(code, request.actor)))
        for code, view in ways.views(request.actor).items()
        if view.is_counted
    }
    for one in keeping.views(request, TICKETS.saved_as)[:MOST_COUNTED]:
        if ways.named(one.view or "open", request.actor):
            asked = lists.asked(one.query, request.actor, request.tenant)
            found[f"saved-{one.id}"] = nav.shown(nav.capped(listing(asked, one.view or "open").filtered))
    return found


def counts_key(request: Any) -> str:
    """Where the counts are kept for a moment. What the reader may see is part of it: with another right, another queue
    or another view the next question is asked anew (hostile test A7)."""
    worked = QueueMember.objects.filter(member_id=request.actor.membership_id).order_by("queue")
    said = [
        request.actor.can("ticket.view"),
        *worked.values_list("queue_id", flat=True),
        *((one.id, one.view, one.query) for one in keeping.views(request, TICKETS.saved_as)),
    ]
    digest = hashlib.sha256(repr(said).encode()).hexdigest()[:20]
    return f"ticket-counts:{request.tenant.pk}:{request.actor.membership_id}:{digest}"
