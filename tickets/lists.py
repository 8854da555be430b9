"""The ticket list as it is declared: its columns, filters, orders and views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from psa.tenancy import plans
from psa.tenancy.actor import Actor
from psa.web import lists
from psa.web.templatetags import ui
from tickets import columns
from tickets.forms import colleagues
from tickets.labels import PRIORITIES, STATUSES, brief_priority
from tickets.models import Category, Queue, QueueMember, Status, Ticket
from tickets.models.ticket import NO_DEADLINE
from tickets.services import forwarding, searching


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
    queue: str
    assignee: str | None
    next_deadline: datetime
    last_activity: datetime
    is_open: bool
    checklist_done: int
    checklist_total: int

    @property
    def checklist(self) -> str:
        """Items done of items there are; "" without a checklist."""
        return f"{self.checklist_done}/{self.checklist_total}" if self.checklist_total else ""

    @property
    def due(self) -> datetime | None:
        return None if self.next_deadline >= NO_DEADLINE else self.next_deadline


def _title(row: Row) -> SafeString:
    return lists.row_link(f"{row.base}{row.number}/", row.title)


def _assignee(row: Row) -> SafeString | str:
    return ui.person(row.assignee) if row.assignee else ""


def _priority(row: Row) -> SafeString:
    return brief_priority(row.priority)


def _ago(row: Row) -> SafeString:
    return ui.ago(row.last_activity)


def _updated(row: Row) -> datetime:
    return row.last_activity


def _deadline(row: Row) -> SafeString:
    return ui.deadline(row.due, not row.is_open)


def _named(rows: Callable[[], QuerySet]) -> Callable[[Any], list[tuple[Any, Any]]]:
    return lambda request: list(rows().values_list("pk", "name"))


def _assignees(request: Any) -> list[tuple[Any, Any]]:
    return [("nobody", _("Nobody")), *colleagues().values_list("pk", "name")]


def _assigned_to(rows: QuerySet, asked: list[Any]) -> QuerySet:
    people = [one for one in asked if one != "nobody"]
    return rows.filter(Q(assignee_id__in=people) | (Q(assignee=None) if "nobody" in asked else Q(pk__in=())))


def _checklist(row: Row) -> SafeString | str:
    """How much of the checklists is done, green once all of it is."""
    colour = "green" if row.checklist_done >= row.checklist_total else "gray"
    return ui.badge(row.checklist, colour, "list-checks", plain=True) if row.checklist else ""


NOWRAP, WIDE = "cell-nowrap", "cell-nowrap cell-wide"
COLUMNS = (
    lists.Column("number", _("No."), lambda row: row.number, sort="number", css="cell-number"),
    lists.Column("title", _("Title"), _title, css="cell-title", plain=lambda row: row.title),
    lists.Column("customer", _("Customer"), lambda row: row.company, sort="customer", css="cell-clip"),
    lists.Column("status", _("Status"), lambda row: STATUSES.badge(row.status), css=NOWRAP),
    lists.Column("priority", _("Priority"), _priority, "priority", WIDE),
    lists.Column("deadline", _("Deadline"), _deadline, sort="deadline", css=NOWRAP, plain=lambda row: row.due),
    lists.Column("assignee", _("Assignee"), _assignee, css=NOWRAP, plain=lambda row: row.assignee or ""),
    lists.Column("checklist", _("Checklist"), _checklist, css=WIDE, plain=lambda row: row.checklist),
    lists.Column("queue", _("Queue"), lambda row: row.queue, css=WIDE, shown=False),
    lists.Column("updated", _("Updated"), _ago, "updated", WIDE, _updated, shown=False),
)  # fmt: skip
SORTS = (
    lists.Sort("deadline", _("Deadline"), "next_deadline", "datetime"),
    lists.Sort("updated", _("Updated"), "last_activity", "datetime", descending=True),
    lists.Sort("number", _("Number"), "number", "int", descending=True),
    lists.Sort("priority", _("Priority"), "priority", "int"),
    lists.Sort("customer", _("Customer"), "company__name"),
)
FILTERS = (
    lists.Choice("status", _("Status"), "status", STATUSES.choices()),
    lists.Choice("queue", _("Queue"), "queue_id", _named(Queue.objects.all)),
    lists.Choice("assignee", _("Assignee"), "assignee_id", _assignees, where=_assigned_to),
    lists.Choice("priority", _("Priority"), "priority", PRIORITIES.choices()),
    lists.Choice("category", _("Category"), "category_id", _named(Category.objects.all)),
    lists.Days("due", _("Deadline"), "due_at"),
)
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
        "queue__name",
        "assignee__name",
        "next_deadline",
        "last_activity",
        "is_open",
        "checklist_done",
        "checklist_total",
    ),
    columns=COLUMNS,
    sorts=SORTS,
    filters=FILTERS,
    search=searching.find,
    search_label=_("Number, title, customer, words"),
    empty_title=_("No tickets here"),
    empty_text=_("Nothing waits in this view."),
    empty_icon="ticket",
)


# Views ----------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class View:
    """One of the ways to look at the tickets: the rows it shows of those the member may see, and its first order."""

    label: Any
    icon: str
    rows: Callable[[Any, Actor], QuerySet]
    sort: str = "deadline"


def _my_queues(rows: QuerySet, actor: Actor) -> QuerySet:
    worked = QueueMember.objects.filter(member_id=actor.membership_id).values("queue_id")
    return rows.filter(is_open=True, queue_id__in=worked)


def _mine(rows: QuerySet, actor: Actor) -> QuerySet:
    """Those one is the assignee of, and those one helps on: named by id, so that an index finds either."""
    mine = Q(assignee_id=actor.membership_id)
    if helped := forwarding.helped_by(actor.membership_id):
        mine |= Q(pk__in=helped)
    return rows.filter(mine, is_open=True)


def _waiting(rows: QuerySet, actor: Actor) -> QuerySet:
    return rows.filter(is_open=True, status=Status.WAITING_CLARIFICATION)


VIEWS: dict[str, View] = {
    "open": View(_("All open"), "inbox", lambda rows, actor: rows.filter(is_open=True)),
    "mine": View(_("Mine"), "circle-user", _mine),
    "queues": View(_("My queues"), "users", _my_queues),
    "unassigned": View(_("Unassigned"), "user-plus", lambda rows, actor: rows.filter(is_open=True, assignee=None)),
    "waiting": View(_("Waiting"), "hourglass", _waiting),
    "closed": View(_("Closed"), "circle-check", lambda rows, actor: rows.filter(is_open=False), sort="updated"),
}  # fmt: skip
VIEWS_AND_SEARCH = VIEWS | {"search": View(_("All tickets"), "ticket", lambda rows, actor: rows, sort="updated")}


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


def address(request: Any, code: str) -> str:
    """Where a view stands."""
    slug = request.tenant.slug
    if code == "search":
        return reverse("tickets:search", args=[slug])
    return reverse("tickets:list", args=[slug]) if code == "open" else reverse("tickets:view", args=[slug, code])


def listing(request: Any, code: str) -> lists.Listing:
    """A view of the tickets its reader may see, as this request (or lists.Asked) asks for it."""
    view = VIEWS_AND_SEARCH[code]
    rows = view.rows(Ticket.objects.visible_to(request.actor), request.actor)
    return declared(request, view.sort).open(request, rows, address(request, code))
