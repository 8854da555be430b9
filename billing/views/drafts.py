"""From what waits to a draft, and from a draft to an invoice."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.invoices import DraftForm, LineForm, VersionForm
from billing.lists import invoices as lists
from billing.models import BillingItem, Invoice, InvoiceLine
from billing.services import drafts, issuing
from billing.views.fetching import for_drafts
from psa.directory.models import Company
from psa.tenancy.errors import Refused
from psa.web import figures, refusals
from psa.web.access import needs
from psa.web.once import counted, counts_once

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
    """Choose what goes on the draft. It is empty only where nothing is posted that could be chosen."""
    company = get_object_or_404(Company.objects.visible_to(request.actor), pk=pk)
    currency = request.GET.get("currency", "")[:3] or request.tenant.currency
    free = drafts.free(BillingItem.objects.visible_to(request.actor).filter(company=company, currency=currency))
    items = list(drafts.told(free).select_related("ticket").order_by("worked_on", "pk")[:MOST_ITEMS])
    chosen, wrong = [item.pk for item in items], ""
    if request.method == "POST":
        chosen = [int(one) for one in request.POST.getlist("item")[:MOST_ITEMS] if one.isdecimal()]
        try:
            if items and not chosen:
                raise Refused("nothing_is_ticked")
            return _to(request, drafts.draw(company, currency, chosen, by=request.actor))
        except Refused as refused:
            wrong = refusals.explain(refused)
    context = {"company": company, "currency": currency, "items": items, "chosen": chosen, "wrong": wrong}
    context["sum"] = figures.money(sum(item.amount for item in items), currency)
    context["locale"] = str(figures.of_numbers()).replace("_", "-")
    return render(request, "billing/invoices/draw.html", context, status=422 if wrong else 200)


@editing
@needs("invoice.manage")
@for_drafts
def edit(request: Any, invoice: Invoice) -> HttpResponse:
    """Texts and references of a draft."""
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
@for_drafts
@counts_once
def new_line(request: Any, invoice: Invoice) -> HttpResponse:
    """A line by hand."""
    form = LineForm(invoice, None, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            wanted = drafts.Wanted(**form.values)
            with counted(request) as sent:
                drafts.add_line(invoice, wanted, version=form.cleaned_data["version"], by=request.actor)
                return sent.leads_to("billing:invoice", request.tenant.slug, invoice.pk)
        except Refused as refused:
            form.refuse(refused)
    context = {"form": form, "invoice": invoice, "title": _("New line")}
    return render(request, "billing/invoices/edit.html", context, status=422 if form.errors else 200)


@editing
@needs("invoice.manage")
@for_drafts
def edit_line(request: Any, invoice: Invoice, line: int) -> HttpResponse:
    """What a line says; of a posted item its words and its discount."""
    row = _line(invoice, line)
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
@for_drafts
def drop_line(request: Any, invoice: Invoice, line: int) -> HttpResponse:
    """Take a line off the draft. Taken off twice it is off once."""
    try:
        row = _line(invoice, line)
    except Http404:
        messages.info(request, _("That line is off the draft already."))
        return _to(request, invoice)
    return _do(request, row.invoice, lambda version: drafts.drop_line(row, version=version, by=request.actor))


@require_POST
@needs("invoice.manage")
@for_drafts
def shift_line(request: Any, invoice: Invoice, line: int) -> HttpResponse:
    """Let a line change places with its neighbour."""
    row, up = _line(invoice, line), request.POST.get("to") == "up"
    return _do(request, row.invoice, lambda version: drafts.shift_line(row, up, version=version, by=request.actor))


@require_POST
@needs("invoice.manage")
@for_drafts
def reckon(request: Any, invoice: Invoice) -> HttpResponse:
    """VAT and sums at today's data."""
    return _do(request, invoice, lambda version: drafts.reckon_again(invoice, version=version, by=request.actor))


@require_POST
@needs("invoice.manage")
@for_drafts
def discard(request: Any, invoice: Invoice) -> HttpResponse:
    """Throw the draft away."""
    answer = _do(request, invoice, lambda version: drafts.discard(invoice, version=version, by=request.actor))
    if Invoice.objects.visible_to(request.actor).filter(pk=invoice.pk).exists():
        return answer
    messages.success(request, _("The draft is gone. What it billed can be invoiced again."))
    return HttpResponseRedirect(reverse("billing:invoices", args=[request.tenant.slug]))


@require_POST
@needs("invoice.manage")
@for_drafts
def issue(request: Any, invoice: Invoice) -> HttpResponse:
    """Number and date; the papers follow."""
    is_mailed = request.POST.get("mail") != "no"

    def verb(version: int) -> Invoice:
        return issuing.issue(invoice, version=version, by=request.actor, is_mailed=is_mailed)

    return _do(request, invoice, verb)


def _line(invoice: Invoice, line: int) -> InvoiceLine:
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
