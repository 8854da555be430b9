"""Invoices: the list, one with its papers, what was paid, credited and sent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.invoices import CreditForm, PaymentForm
from billing.lists import invoices as lists
from billing.models import Invoice, Payment
from billing.services import credit_notes, dunning, papers, payments, showing
from psa.tenancy.errors import Refused
from psa.web import refusals, throttle
from psa.web.access import needs
from psa.web.once import counted, counts_once
from tickets.views.files import handed

editing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs("invoice.view")
def listing(request: Any) -> HttpResponseBase:
    """All of them, drafts first seen newest first."""
    found = lists.ALL.open(request, Invoice.objects.visible_to(request.actor))
    return found.answer("billing/invoices/list.html", {"sums": lists.open_sums(request.actor)})


@require_safe
@needs("invoice.view")
def page(request: Any, pk: int) -> HttpResponse:
    """One invoice: its lines, sums, papers, payments, and what can be done with it."""
    invoice = _invoice(request, pk)
    context = _shown(request, invoice, PaymentForm(invoice))
    return render(request, "billing/invoices/page.html", context)


@require_safe
@needs("invoice.view")
@throttle.limited("export")
def paper(request: Any, pk: int) -> HttpResponse:
    """The PDF as it was sent; of a draft how it would look."""
    invoice = _invoice(request, pk)
    if invoice.file is not None:
        return handed(invoice.file, papers.name(invoice, "pdf"))
    if invoice.number:
        raise Http404
    drawn, _written = papers.preview(invoice)
    response = HttpResponse(drawn, content_type="application/pdf", headers={"Cache-Control": "no-store"})
    named = content_disposition_header(as_attachment=True, filename=papers.draft_name(invoice, "pdf"))
    response["Content-Disposition"] = str(named)
    return response


@require_safe
@needs("invoice.view")
@throttle.limited("export")
def electronic(request: Any, pk: int) -> HttpResponse:
    """The XML as it was sent."""
    invoice = _invoice(request, pk)
    return handed(invoice.xml, papers.name(invoice, "xml"))


@require_POST
@needs("invoice.manage")
def send(request: Any, pk: int) -> HttpResponse:
    """Send the papers once more."""
    invoice = _invoice(request, pk)
    return _do(request, invoice, _("It is on its way."), lambda: papers.send_again(invoice, by=request.actor))


@require_POST
@needs("invoice.manage")
@counts_once
def pay(request: Any, pk: int) -> HttpResponse:
    """Write a payment down."""
    invoice = _invoice(request, pk)
    form = PaymentForm(invoice, request.POST)
    if form.is_valid():
        clean = form.cleaned_data
        values = (clean["amount"], clean["on"], clean["note"])
        try:
            with counted(request) as sent:
                payments.pay(invoice, *values, by=request.actor)
                answer = sent.leads_to("billing:invoice", request.tenant.slug, invoice.pk)
            messages.success(request, _("The payment was recorded."))
            return answer
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
    context = _shown(request, invoice, form)
    return render(request, "billing/invoices/page.html", context, status=422)


@require_POST
@needs("invoice.manage")
def take_back(request: Any, pk: int, payment: int) -> HttpResponse:
    """A payment was wrong, or bounced."""
    invoice = _invoice(request, pk)
    row = get_object_or_404(Payment, pk=payment, invoice=invoice)
    row.invoice = invoice
    return _do(request, invoice, _("The payment was taken back."), lambda: payments.take_back(row, by=request.actor))


@editing
@needs("invoice.manage")
def credit(request: Any, pk: int) -> HttpResponse:
    """Take lines back, with a credit note."""
    invoice = _invoice(request, pk)
    may_write_off = bool(request.actor.can("tenant.manage"))
    data = request.POST if request.method == "POST" else None
    form = CreditForm(showing.creditable(invoice), showing.credited(invoice), may_write_off, data)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            note = credit_notes.credit(
                invoice, clean["lines"], clean["reason"], written_off=form.written_off, by=request.actor
            )
            messages.success(request, _("Credit note %(number)s was issued.") % {"number": note.number})
            return _to(request, note)
        except Refused as refused:
            form.refuse(refused)
    context = {"form": form, "invoice": invoice}
    return render(request, "billing/invoices/credit.html", context, status=422 if form.errors else 200)


def _shown(request: Any, invoice: Invoice, form: PaymentForm) -> dict[str, Any]:
    faces = {"status": lists.standing(invoice), "late": lists.LATES.badge("late")}
    is_late = dunning.overdue(Invoice.objects.visible_to(request.actor), timezone.localdate()).filter(pk=invoice.pk)
    return {**showing.shown(invoice, request.actor), **faces, "is_late": is_late.exists(), "pay_form": form}


def _invoice(request: Any, pk: int) -> Invoice:
    rows = Invoice.objects.visible_to(request.actor).select_related("company", "corrects", "file", "xml", "tenant")
    return get_object_or_404(rows, pk=pk)


def _do(request: Any, invoice: Invoice, done: str, verb: Any) -> HttpResponse:
    try:
        verb()
        messages.success(request, done)
    except Refused as refused:
        messages.error(request, refusals.explain(refused))
    return _to(request, invoice)


def _to(request: Any, row: Invoice) -> HttpResponse:
    return HttpResponseRedirect(reverse("billing:invoice", args=[request.tenant.slug, row.pk]))
