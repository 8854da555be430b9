"""What is overdue, what a customer owes, what recurs, and what goes to the books."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.invoices import ExportForm, UntilForm
from billing.kinds.invoices import DUN, RUN, letter_name
from billing.lists import invoices as lists
from billing.models import Invoice
from billing.services import accounts, dunning, exports, recurring
from psa.batches import batches
from psa.batches.models import BatchLine
from psa.directory.models import Company
from psa.tenancy.errors import Refused
from psa.web import refusals, throttle
from psa.web.access import needs

editing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs("invoice.view")
def overdue(request: Any) -> HttpResponseBase:
    """What should be paid by now and is not."""
    rows = dunning.overdue(Invoice.objects.visible_to(request.actor), timezone.localdate())
    context = {
        "ripe": dunning.to_dun(Invoice.objects.visible_to(request.actor), timezone.localdate()).count(),
        "may": request.actor.can("invoice.manage"),
    }
    return lists.OVERDUE.open(request, rows).answer("billing/invoices/overdue.html", context)


@editing
@needs("invoice.manage")
def dun(request: Any, pk: int) -> HttpResponse:
    """Look at the next letter, and send it."""
    invoice = get_object_or_404(
        Invoice.objects.visible_to(request.actor).select_related("company"), pk=pk, kind="invoice"
    )
    if request.method == "POST":
        try:
            dunning.dun(invoice, by=request.actor)
            messages.success(request, _("The letter is on its way."))
        except Refused as refused:
            messages.error(request, refusals.explain(refused))
        return HttpResponseRedirect(reverse("billing:invoice", args=[request.tenant.slug, invoice.pk]))
    level = min(invoice.dunning_level + 1, dunning.LETTERS)
    context = {
        "invoice": invoice,
        "level": letter_name(level),
        "letter": accounts.letter(invoice, level),
        "not_yet": _not_yet(invoice),
    }
    return render(request, "billing/invoices/dun.html", context)


@require_POST
@needs("invoice.manage")
def dun_all(request: Any) -> HttpResponse:
    """Every letter that is due."""
    rows = dunning.to_dun(Invoice.objects.visible_to(request.actor), timezone.localdate())
    lines = [
        BatchLine(subject_id=row.pk, label=f"{row.number} {row.company.name}") for row in rows.select_related("company")
    ]
    return _started(request, DUN, lines, {})


@require_safe
@needs("invoice.view")
def statement(request: Any, pk: int) -> HttpResponse:
    """A customer's account."""
    company = get_object_or_404(Company.objects.visible_to(request.actor), pk=pk)
    lines = accounts.lines(company, request.actor)
    context = {"company": company, "lines": lines, "totals": dunning.totals(lines)}
    return render(request, "billing/invoices/statement.html", context)


@require_safe
@needs("invoice.view")
@throttle.limited("export")
def statement_paper(request: Any, pk: int) -> HttpResponse:
    """The account as PDF, in the customer's language."""
    company = get_object_or_404(Company.objects.visible_to(request.actor), pk=pk)
    drawn = accounts.paper(company, request.actor)
    response = HttpResponse(drawn, content_type="application/pdf", headers={"Cache-Control": "no-store"})
    response["Content-Disposition"] = f'attachment; filename="statement-{company.pk}.pdf"'
    return response


@editing
@needs("invoice.manage")
def recurring_run(request: Any) -> HttpResponse:
    """What is due until a day, and billing it."""
    form = UntilForm(request.GET if "until" in request.GET else request.POST if request.method == "POST" else None)
    found = recurring.due(form.day)
    if request.method == "POST":
        lines = [BatchLine(subject_id=pk, label=one.name) for pk, one in recurring.companies(found).items()]
        return _started(request, RUN, lines, {"until": form.day.isoformat()})
    groups = [(company, list(rows)) for company, rows in groupby(found, lambda one: one.line.contract.company)]
    context = {"form": form, "groups": groups, "until": form.day, "count": len(found)}
    return render(request, "billing/invoices/recurring.html", context)


@editing
@needs("invoice.manage")
@throttle.limited("export")
def export(request: Any) -> HttpResponse:
    """A period for the books; what is in it is marked."""
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        clean = form.cleaned_data
        try:
            made = exports.export(
                clean["begins"], clean["ends"], clean["format"], only_new=clean["only_new"], by=request.actor
            )
            response = HttpResponse(made.content, content_type=made.content_type, headers={"Cache-Control": "no-store"})
            response["Content-Disposition"] = f'attachment; filename="{made.name}"'
            return response
        except Refused as refused:
            form.refuse(refused)
    return render(request, "billing/invoices/export.html", {"form": form}, status=422 if form.errors else 200)


def _not_yet(invoice: Invoice) -> str:
    """Why no letter may go out today; "" where one may."""
    try:
        dunning.check(invoice, timezone.localdate())
    except Refused as refused:
        return refusals.explain(refused)
    return ""


def _started(request: Any, kind: str, lines: list[BatchLine], params: dict[str, Any]) -> HttpResponse:
    """The batch and its page, where there is anything to do."""
    if not lines:
        messages.info(request, _("Nothing is due at the moment."))
        return HttpResponseRedirect(request.path.removesuffix("all/"))
    try:
        batch = batches.start(kind, by=request.actor, lines=lines, params=params)
    except Refused as refused:
        messages.error(request, refusals.explain(refused))
        return HttpResponseRedirect(request.path.removesuffix("all/"))
    batches.go_on(batch)
    return HttpResponseRedirect(reverse("batches:page", args=[request.tenant.slug, batch.pk]))
