"""The desk's pages of an estimate: write and send it, record what was decided elsewhere, take it along on paper."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from psa.fsm import can_proceed
from psa.paper.document import pdf
from psa.tenancy.errors import Refused
from psa.web import refusals, throttle
from psa.web.access import needs
from tickets import permissions
from tickets.models import Status, Ticket
from tickets.views import fetch
from workflows import documents
from workflows.forms.estimates import EstimateForm, RecordForm
from workflows.models import Estimate, EstimateStatus, cents
from workflows.services import allowance, approvers, estimates


@require_http_methods(["GET", "HEAD", "POST"])
@needs("estimate.send")
def estimate(request: Any, number: int) -> HttpResponse:
    """Write the next version, look at what it comes to and who decides, send it."""
    ticket = _ticket(request, number)
    permissions.require(ticket, "estimate.send", request.actor)
    form = EstimateForm(request.POST if request.method == "POST" else None, initial=estimates.suggested(ticket))
    if request.method == "POST" and form.is_valid() and request.POST.get("do") == "send":
        verb = estimates.revise if ticket.status == Status.ESTIMATED else estimates.send
        try:
            made = verb(ticket, form.draft, by=request.actor)
            messages.success(request, _("Version %(version)s is with the customer.") % {"version": made.version})
            return HttpResponseRedirect(fetch.address(request, ticket))
        except Refused as refused:
            form.refuse(refused)
    status = 422 if form.errors else 200
    return render(request, "workflows/estimates/estimate.html", _context(request, ticket, form), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.override")
def record(request: Any, number: int) -> HttpResponse:
    """What a named contact decided on the phone, by mail or on paper."""
    ticket = _ticket(request, number)
    row = get_object_or_404(Estimate.objects.visible_to(request.actor), ticket=ticket, status=EstimateStatus.SENT)
    row.ticket = ticket
    seats = approvers.seats(ticket.company_id, timezone.localdate())
    people = list({one.pk: one for seat in seats for one in seat.people}.values())
    form = RecordForm(request.POST if request.method == "POST" else None, people=people)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            estimates.record(
                row, clean["decision"], contact=clean["contact"], proof=clean["proof"], text=clean["text"],
                by=request.actor,
            )  # fmt: skip
            messages.success(request, _("Recorded. %(name)s is told by mail.") % {"name": clean["contact"].name})
            return HttpResponseRedirect(fetch.address(request, ticket))
        except Refused as refused:
            form.refuse(refused)
    context = {"ticket": ticket, "form": form, "row": row, "people": people, "url": fetch.address(request, ticket)}
    status = 422 if form.errors else 200
    return render(request, "workflows/estimates/record.html", context, status=status)


@require_safe
@needs("price.view")
@throttle.limited("export")
def paper(request: Any, number: int, version: int) -> HttpResponse:
    """One version as PDF, with what was said to it."""
    ticket = _ticket(request, number)
    row = get_object_or_404(Estimate.objects.visible_to(request.actor), ticket=ticket, version=version)
    row.ticket = ticket
    drawn = pdf(documents.estimate(row, list(row.decisions.order_by("pk"))))
    response = HttpResponse(drawn, content_type="application/pdf", headers={"Cache-Control": "no-store"})
    response["Content-Disposition"] = f'attachment; filename="{number}-estimate-{version}.pdf"'
    return response


def _ticket(request: Any, number: int) -> Ticket:
    ticket = fetch.ticket(request, number)
    ticket.tenant = request.tenant
    return ticket


def _context(request: Any, ticket: Ticket, form: EstimateForm) -> dict[str, Any]:
    """The page: what it would come to, who would decide on that, and why it cannot be sent where it cannot."""
    measured = allowance.read(ticket)
    waiting = measured.waiting if measured else 0
    context: dict[str, Any] = {"ticket": ticket, "form": form, "url": fetch.address(request, ticket)}
    context |= {"allowance": measured, "waiting": waiting, "is_revision": ticket.status == Status.ESTIMATED}
    move = ticket.revise if ticket.status == Status.ESTIMATED else ticket.estimate
    context["is_possible"] = can_proceed(move) and ticket.source != "insourced"
    seats = approvers.seats(ticket.company_id, timezone.localdate())
    context |= {"seats": seats, "mode": approvers.mode_of(ticket.company_id)}
    context["may_add"] = request.actor.can("company.manage") == "all"
    if form.is_bound and not form.errors:
        context |= _sums(form, waiting, seats)
    return context


def _sums(form: EstimateForm, waiting: int, seats: list[approvers.Seat]) -> dict[str, Any]:
    """What the customer would read, and who could say yes to it."""
    draft = form.draft
    try:
        net = estimates.amount_of(draft, waiting)
    except Refused as refused:
        return {"nobody": refusals.explain(refused)}
    share = 0 if draft.kind == "fixed" else draft.tolerance or 0
    most, vat = cents(net * (100 + share) / 100), cents(net * draft.vat_rate / 100)
    found: dict[str, Any] = {
        "sums": {"net": net, "vat": vat, "gross": net + vat, "most": most, "currency": draft.currency},
        "share": Decimal(share),
    }
    try:
        found["able"] = approvers.covering(seats, most, draft.currency)
    except Refused as refused:
        found["nobody"] = refusals.explain(refused)
    return found
