"""What the desk does in batches: changing many tickets, and writing a large list as CSV."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from psa.batches import kinds
from psa.batches.models import Batch, BatchLine
from psa.tenancy.actor import Actor
from psa.web import lists, sheets
from psa.web.keyset import KINDS, Cursor
from tickets.lists import address, listing
from tickets.models import QueueMember, Ticket
from tickets.services import MOVES_FOR_ALL, bulk

# More rows than this are written in the background.
BIG = 2_000
EXPORT = "tickets.export"
FIELDS = {
    "assignee": gettext_lazy("Set the assignee"),
    "queue": gettext_lazy("Set the queue"),
    "category": gettext_lazy("Set the category"),
    "priority": gettext_lazy("Set the priority"),
    "due_at": gettext_lazy("Set the due date"),
}


class ChangeTickets(kinds.LineKind):
    """The same change for each ticket of a selection, a transaction each."""

    code, label, icon, capability = "tickets.change", gettext_lazy("Change tickets"), "list-checks", "ticket.bulk"

    def title(self, batch: Batch) -> str:
        many = ngettext("%(n)s ticket", "%(n)s tickets", batch.total) % {"n": batch.total}
        return f"{told(batch.params['change'])} – {many}"

    def back(self, batch: Batch) -> str:
        return batch.params.get("back", "")

    def href(self, batch: Batch, line: BatchLine) -> str:
        number = line.label.partition(" ")[0]
        return reverse("tickets:page", args=[batch.tenant.slug, int(number)]) if number.isdecimal() else ""

    def seen(self, by: Actor) -> QuerySet[Ticket]:
        return Ticket.objects.visible_to(by)

    def each(self, batch: Batch, line: BatchLine, by: Actor) -> None:
        assert line.subject_id is not None
        bulk.make(bulk.visible(by, line.subject_id), batch.params["change"], by=by)


def told(change: Any) -> str:
    """A change in a few words."""
    if "note" in change:
        return _("Add an internal note")
    if "move" in change:
        return str(next(move.label for move in MOVES_FOR_ALL if move.name == change["move"]))
    return str(FIELDS[change["field"]])


class ExportTickets(kinds.SheetKind):
    """The rows of a view as its starter may see them at that moment, a piece at a time."""

    code, label, icon, capability = EXPORT, gettext_lazy("Tickets as CSV"), "download", "export.csv"
    sheet = "tickets"

    def back(self, batch: Batch) -> str:
        where, query = address(batch, batch.params["view"]), batch.params["query"]
        return f"{where}?{query}" if query else where

    def sees(self, by: Actor) -> str:
        worked = QueueMember.objects.filter(member_id=by.membership_id).order_by("queue")
        queues = list(worked.values_list("queue_id", flat=True)) if by.can("ticket.view") == "queues" else []
        return f"{by.can(self.capability)} {by.can('ticket.view')} {queues}"

    def piece(self, batch: Batch, by: Actor) -> tuple[str, bool]:
        found = listing(lists.asked(batch.params["query"], by, batch.tenant), batch.params["view"])
        begun: Any = batch.cursor
        cursor = Cursor(KINDS[found.sort.kind](begun[0]), begun[1]) if begun else None
        text, count, cursor = sheets.piece(found, cursor)
        if cursor is not None:
            batch.cursor = [plain(cursor.value), cursor.id]
        batch.done = min(batch.done + count, sheets.LIMIT)
        batch.total = max(batch.total, batch.done)
        text = text if begun else sheets.head(found) + text
        more = count == sheets.CHUNK
        if more and batch.done >= sheets.LIMIT:
            return text + sheets.rest(sheets.LIMIT), False
        return text, more


def plain(value: Any) -> Any:
    """A sort value as JSON keeps it and KINDS read it again."""
    return value if isinstance(value, int | str) else value.isoformat() if hasattr(value, "isoformat") else str(value)


def register() -> None:
    """Make the desk's kinds known."""
    kinds.register(ChangeTickets())
    kinds.register(ExportTickets())
