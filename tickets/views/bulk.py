"""Changing many tickets: choose what, see what would come of it, do it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from psa.batches import batches
from psa.batches.models import BatchLine
from psa.tenancy import capabilities
from psa.tenancy.errors import Denied, Refused
from psa.web import lists, refusals
from psa.web.access import needs
from tickets import ways
from tickets.forms import BulkForm
from tickets.kinds import told
from tickets.lists import address, listing
from tickets.models import Ticket
from tickets.services import bulk as services

SHOWN = 25


@dataclass(frozen=True, slots=True)
class Selection:
    """Which tickets: those ticked on a page, or all that pass the filters of a view."""

    rows: QuerySet
    back: str
    hidden: list[tuple[str, Any]]

    def count(self) -> int:
        """How many, never counting far past what a batch takes."""
        return self.rows.order_by()[: batches.MOST_LINES + 1].count()

    def lines(self) -> Iterator[BatchLine]:
        """A line for each, in the order in which they are locked."""
        for pk, number, title in self.rows.order_by("pk").values_list("pk", "number", "title").iterator():
            yield BatchLine(subject_id=pk, label=f"{number} {title}")


@require_POST
@needs("ticket.bulk")
def change(request: Any) -> HttpResponse:
    """The page that asks what to change, shows what would come of it, and starts it."""
    chosen = _selection(request)
    if not chosen.rows.exists():
        messages.info(request, _("Choose some tickets first."))
        return redirect(chosen.back)
    step = request.POST.get("step", "")
    form = BulkForm(request.POST) if step else BulkForm()
    context = {"form": form, "chosen": chosen, "count": chosen.count(), "step": step, "most": batches.MOST_LINES}
    if step and form.is_valid():
        wanted = form.change()
        if step == "go":
            try:
                params = {"change": wanted, "back": chosen.back}
                batch = batches.start("tickets.change", by=request.actor, lines=chosen.lines(), params=params)
            except Refused as refused:
                form.add_error(None, refusals.explain(refused))
            else:
                batches.go_on(batch)
                return redirect(batch)
        else:
            context |= {"told": told(wanted), "preview": _preview(request, chosen, wanted)}
    return render(request, "tickets/bulk.html", context, status=422 if form.errors else 200)


def _selection(request: Any) -> Selection:
    """What was ticked; `all` takes the whole view as its address says. Another tenant's ids are nobody's."""
    posted = request.POST
    view, query = posted.get("view", "open"), posted.get("query", "")[:2000]
    if ways.named(view, request.actor) is None:
        raise Http404
    hidden: list[tuple[str, Any]] = [("view", view), ("query", query)]
    back = address(request, view) + (f"?{query}" if query else "")
    if posted.get("all"):
        found = listing(lists.asked(query, request.actor, request.tenant), view)
        return Selection(found.filtered, back, [*hidden, ("all", "1")])
    ids = [int(pk) for pk in posted.getlist("pick")[:1000] if pk.isdecimal() and len(pk) < 19]
    rows = Ticket.objects.visible_to(request.actor).filter(pk__in=ids)
    return Selection(rows, back, [*hidden, *(("pick", pk) for pk in ids)])


def _preview(request: Any, chosen: Selection, wanted: services.Change) -> list[tuple[Ticket, str]]:
    """What would come of it for the first tickets: "" or the reason why not."""
    made = []
    for ticket in chosen.rows.select_related("company").order_by("pk")[:SHOWN]:
        try:
            no: Any = services.would(services.visible(request.actor, ticket.pk), wanted, by=request.actor)
        except (Refused, Denied) as refused:
            no = refused
        made.append((ticket, _reason(no)))
    return made


def _reason(no: Refused | Denied | None) -> str:
    if no is None:
        return ""
    if isinstance(no, Refused):
        return refusals.explain(no)
    return _("For this you need the right to %(right)s.") % {"right": capabilities.NAMES[no.capability]}
