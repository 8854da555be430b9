"""Approve and post: what waits, by what stands against it; deciding on many at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet, Value
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from billing.forms.approving import ReasonForm
from billing.kinds import money as kinds
from billing.lists import approving as waiting
from billing.lists import posting as posted
from billing.models import BillingItem, BillingStatus
from psa.batches import batches
from psa.batches import kinds as batch_kinds
from psa.batches.models import BatchLine
from psa.tenancy.errors import Refused
from psa.web import lists, refusals
from psa.web.access import needs


@dataclass(frozen=True, slots=True)
class Tab:
    """One list of what waits: what its rows are, and what can be decided on them."""

    code: str
    label: Any
    icon: str
    kind: str
    does: tuple[str, ...]


TABS = (
    Tab("time", gettext_lazy("To approve"), "clock", kinds.TIME, ("approve", "return")),
    Tab("charges", gettext_lazy("Charges"), "receipt", kinds.CHARGES, ("approve", "return")),
    Tab("no-contract", gettext_lazy("No contract"), "circle-alert", kinds.TIME, ("contract", "approve", "return")),
    Tab("over-estimate", gettext_lazy("Over the estimate"), "hourglass", kinds.TIME, ("return",)),
    Tab("partners", gettext_lazy("Partner work"), "handshake", kinds.TIME, ("approve",)),
    Tab("returned", gettext_lazy("Returned"), "undo-2", kinds.TIME, ("approve",)),
    Tab("approved", gettext_lazy("Approved"), "badge-check", kinds.ITEMS, ("post", "return")),
)
BY_CODE = {tab.code: tab for tab in TABS}


@require_safe
@needs("time.approve")
def approve(request: Any, tab: str = "time") -> HttpResponseBase:
    """One of the lists."""
    here = _tab(tab)
    listing = _listing(request, here)
    context = {"tabs": _tabs(request, here), "here": here, "totals": _totals(request, here, listing.filtered)}
    context["sees_waiting"] = request.actor.can("invoice.view") and request.actor.can("price.view")
    return listing.answer("billing/approve/page.html", context)


@require_POST
@needs("time.approve")
def decide(request: Any, tab: str) -> HttpResponse:
    """Approve, give back or post what was ticked, or all of the view; each row says what came of it."""
    here, do = _tab(tab), request.POST.get("do", "")
    if do not in here.does:
        raise Http404
    chosen = _selection(request, here, do)
    if not chosen.rows.exists():
        messages.info(request, _("Choose some entries first."))
        return redirect(chosen.back)
    form = ReasonForm(request.POST if do == "return" and "reason" in request.POST else None)
    if do == "return" and not form.is_valid():
        context = {"form": form, "chosen": chosen, "here": here, "do": do, "count": chosen.rows.count()}
        return render(request, "billing/approve/return.html", context, status=422 if form.errors else 200)
    return _start(request, here, do, chosen, form.cleaned_data["reason"] if do == "return" else "")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows: those ticked on a page, or all that pass the filters of the view."""

    rows: QuerySet
    back: str
    hidden: list[tuple[str, Any]]

    def lines(self) -> Iterator[BatchLine]:
        """A line for each, in the order in which their tickets are locked."""
        name = "name" if self.rows.model is not waiting.TimeEntry else "ticket__title"
        rows = self.rows.order_by("ticket_id", "pk").values_list("pk", "ticket__number", name)
        for pk, number, title in rows.iterator():
            yield BatchLine(subject_id=pk, label=f"{number or '–'} {title}")


def _tab(code: str) -> Tab:
    if code not in BY_CODE:
        raise Http404
    return BY_CODE[code]


def _rows(request: Any, tab: Tab) -> QuerySet:
    if tab.kind == kinds.ITEMS:
        return BillingItem.objects.visible_to(request.actor).filter(status=BillingStatus.APPROVED)
    if tab.kind == kinds.CHARGES:
        return waiting.charges(request.actor)
    return waiting.entries(tab.code, request.actor)


def _ticked(request: Any, tab: Tab) -> QuerySet:
    """What may be ticked on this list, whatever became of it since."""
    kind = batch_kinds.named(tab.kind)
    assert isinstance(kind, kinds.Decide)
    rows = kind.seen(request.actor)
    return rows.filter(is_billable=True) if tab.kind != kinds.ITEMS else rows


def _listing(request: Any, tab: Tab) -> lists.Listing:
    engine = {kinds.ITEMS: posted.APPROVED, kinds.CHARGES: waiting.CHARGES}.get(tab.kind, waiting.ENTRIES)
    rows = _rows(request, tab).annotate(slug=Value(request.tenant.slug))
    return engine.open(request, rows, _url(request, tab), tab.code)


def _url(request: Any, tab: Tab) -> str:
    return reverse("billing:approve_tab", args=[request.tenant.slug, tab.code])


def _tabs(request: Any, here: Tab) -> list[tuple[Tab, str, bool]]:
    return [(tab, _url(request, tab), tab == here) for tab in TABS]


def _totals(request: Any, tab: Tab, rows: QuerySet) -> dict[str, Any]:
    """How much of it there is: minutes, or amounts for who sees prices."""
    if tab.kind == kinds.TIME:
        return waiting.sums(rows)
    is_shown = tab.kind == kinds.ITEMS and request.actor.can("price.view")
    return {"amounts": posted.sums(rows)} if is_shown else {}


def _selection(request: Any, tab: Tab, do: str) -> Selection:
    """What was ticked; `all` takes the whole view as its address says. What belongs together is decided together. What
    was approved or posted since it was ticked is among it, so that its line says so."""
    given = request.POST
    query = given.get("query", "")[:2000]
    hidden: list[tuple[str, Any]] = [("query", query)]
    back = _url(request, tab) + (f"?{query}" if query else "")
    if given.get("all"):
        asked = lists.asked(query, request.actor, request.tenant)
        rows, hidden = _listing(asked, tab).filtered, [*hidden, ("all", "1")]
    else:
        ids = [int(pk) for pk in given.getlist("pick")[:1000] if pk.isdecimal() and len(pk) < 19]
        rows = _ticked(request, tab) if do in kinds.ALREADY else _rows(request, tab)
        rows, hidden = rows.filter(pk__in=ids), [*hidden, *(("pick", pk) for pk in ids)]
    if tab.kind == kinds.ITEMS:
        whole = Q(pk__in=rows.filter(entry=None).values("pk"))
        whole |= Q(entry__in=rows.values("entry"), part=0, reverses=None)
        rows = _ticked(request, tab).filter(whole)
    return Selection(rows, back, hidden)


def _start(request: Any, tab: Tab, do: str, chosen: Selection, reason: str) -> HttpResponse:
    params = {"do": do, "reason": reason, "back": chosen.back}
    try:
        batch = batches.start(tab.kind, by=request.actor, lines=chosen.lines(), params=params)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
        return redirect(chosen.back)
    batches.go_on(batch)
    return redirect(batch)
