"""From what waits to a draft, and from a draft to an invoice."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.invoices import DraftForm, LineForm, VersionForm
from billing.lists import invoices as lists
from billing.models import BillingItem, Invoice, InvoiceLine
from billing.services import drafts, issuing
from psa.directory.models import Company
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from psa.web.once import counts_once

editing = require_http_methods(["GET", "HEAD", "POST"])
MOST_ITEMS = 300


@require_safe
@needs("invoice.view")
def to_invoice(request: Any) -> HttpResponse:
    """The customers with something posted that stands on no invoice."""
    request.actor.require("price.view")
    rows = lists.waiting(request.actor, request.tenant.slug)
    context = {"rows": rows, "may": request.actor.can("invoice.manage"), "most": lists.MOST_WAITING}
    return render(request, "billing/invoices/to_invoice.html", context)


@editing
@needs("invoice.manage")
def draw(request: Any, pk: int) -> HttpResponse:
    """Choose what goes on the draft; nothing chosen gives an empty one."""
    company = get_object_or_404(Company.objects.visible_to(request.actor), pk=pk)
    currency = request.GET.get("currency", "")[:3] or request.tenant.currency
    free = drafts.free(BillingItem.objects.visible_to(request.actor).filter(company=company, currency=currency))
    items = free.select_related("ticket").order_by("worked_on", "pk")[:MOST_ITEMS]
    if request.method == "POST":
        chosen = [int(one) for one in request.POST.getlist("item")[:MOST_ITEMS] if one.isdecimal()]
        try:
            return _to(request, drafts.draw(company, currency, chosen, by=request.actor))
        except Refused as refused:
            messages.error(request, refusals.explain(refused))
    context = {"company": company, "currency": currency, "items": items}
    return render(request, "billing/invoices/draw.html", context)


@editing
@needs("invoice.manage")
def edit(request: Any, pk: int) -> HttpResponse:
    """Texts and references of a draft."""
    invoice = _draft(request, pk)
    form = DraftForm(invoice, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            drafts.reword(invoice, form.values, version=form.cleaned_data["version"], by=request.actor)
            return _to(request, invoice)
        except Refused as refused:
            form.refuse(refused)
    context = {"form": form, "invoice": invoice, "title": _("Texts and references")}
    return render(request, "billing/invoices/edit.html", context, status=422 if form.errors else 200)


@editing
@needs("invoice.manage")
@counts_once
def new_line(request: Any, pk: int) -> HttpResponse:
    """A line by hand."""
    invoice = _draft(request, pk)
    form = LineForm(invoice, None, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            wanted = drafts.Wanted(**form.values)
            drafts.add_line(invoice, wanted, version=form.cleaned_data["version"], by=request.actor)
            return _to(request, invoice)
        except Refused as refused:
            form.refuse(refused)
    context = {"form": form, "invoice": invoice, "title": _("New line")}
    return render(request, "billing/invoices/edit.html", context, status=422 if form.errors else 200)


@editing
@needs("invoice.manage")
def edit_line(request: Any, pk: int, line: int) -> HttpResponse:
    """What a line says; of a posted item its words and its discount."""
    row = _line(request, pk, line)
    form = LineForm(row.invoice, row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            drafts.edit_line(row, form.values, version=form.cleaned_data["version"], by=request.actor)
            return _to(request, row.invoice)
        except Refused as refused:
            form.refuse(refused)
    context = {"form": form, "invoice": row.invoice, "title": row.name, "is_posted": bool(row.item_id)}
    return render(request, "billing/invoices/edit.html", context, status=422 if form.errors else 200)


@require_POST
@needs("invoice.manage")
def drop_line(request: Any, pk: int, line: int) -> HttpResponse:
    """Take a line off the draft."""
    row = _line(request, pk, line)
    return _do(request, row.invoice, lambda version: drafts.drop_line(row, version=version, by=request.actor))


@require_POST
@needs("invoice.manage")
def shift_line(request: Any, pk: int, line: int) -> HttpResponse:
    """Let a line change places with its neighbour."""
    row, up = _line(request, pk, line), request.POST.get("to") == "up"
    return _do(request, row.invoice, lambda version: drafts.shift_line(row, up, version=version, by=request.actor))


@require_POST
@needs("invoice.manage")
def reckon(request: Any, pk: int) -> HttpResponse:
    """VAT and sums at today's data."""
    row = _draft(request, pk)
    return _do(request, row, lambda version: drafts.reckon_again(row, version=version, by=request.actor))


@require_POST
@needs("invoice.manage")
def discard(request: Any, pk: int) -> HttpResponse:
    """Throw the draft away."""
    row = _draft(request, pk)
    answer = _do(request, row, lambda version: drafts.discard(row, version=version, by=request.actor))
    if Invoice.objects.visible_to(request.actor).filter(pk=pk).exists():
        return answer
    messages.success(request, _("The draft is gone. What it billed can be invoiced again."))
    return HttpResponseRedirect(reverse("billing:invoices", args=[request.tenant.slug]))


@require_POST
@needs("invoice.manage")
def issue(request: Any, pk: int) -> HttpResponse:
    """Number and date; the papers follow."""
    row, is_mailed = _draft(request, pk), request.POST.get("mail") != "no"
    return _do(request, row, lambda version: issuing.issue(row, version=version, by=request.actor, is_mailed=is_mailed))


def _draft(request: Any, pk: int) -> Invoice:
    rows = Invoice.objects.visible_to(request.actor).filter(status="draft").select_related("company")
    return get_object_or_404(rows, pk=pk)


def _line(request: Any, pk: int, line: int) -> InvoiceLine:
    invoice = _draft(request, pk)
    row: InvoiceLine = get_object_or_404(InvoiceLine, pk=line, invoice=invoice)
    row.invoice = invoice
    return row


def _do(request: Any, row: Invoice, verb: Any) -> HttpResponse:
    """Do it to the draft as its reader saw it, and go back to its page."""
    form = VersionForm(request.POST)
    try:
        verb(form.cleaned_data["version"] if form.is_valid() else 0)
    except Refused as refused:
        messages.error(request, refusals.explain(refused))
    return _to(request, row)


def _to(request: Any, row: Invoice) -> HttpResponse:
    return HttpResponseRedirect(reverse("billing:invoice", args=[request.tenant.slug, row.pk]))
