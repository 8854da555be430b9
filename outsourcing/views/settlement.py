"""The settlement statement of a handover, the partner's invoice, and what is billed (outsourcing spec §8, §9)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outsourcing import papers
from outsourcing.dashboards import tiles
from outsourcing.forms.invoices import InvoiceForm
from outsourcing.links import moved_on
from outsourcing.services import announcing, invoices
from outsourcing.views.fetching import after, handover_of, linked, ticket_named, ticket_url
from psa.tenancy.errors import Refused
from psa.web import htmx, throttle
from psa.web.access import needs
from psa.web.views import safe_next
from tickets.services.files import clean_name
from tickets.views.files import handed


@require_safe
@needs("outsource.view_terms")
def statement(request: Any, key: Any) -> HttpResponse:
    """What is payable, the same page for both companies; so far, while the handover runs."""
    found, ticket = handover_of(request, key)
    ticket, link = linked(found, ticket)
    paper = papers.of(link)
    context = {"paper": paper, "link": link, "handover": found, "ticket": ticket, "owed": papers.owed(paper)}
    context["ticket_url"] = ticket_url(request, ticket)
    context["sees_papers"] = bool(request.actor.can("outsource.partners"))
    context["may_settle"] = context["sees_papers"] and found.is_ended
    return render(request, "outsourcing/statement.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.partners")
def invoice(request: Any, key: Any) -> HttpResponse:
    """Write down the partner's invoice: number, date, amount; a difference to the statement takes a word."""
    found, ticket = handover_of(request, key)
    ticket, link = linked(found, ticket)
    paper = papers.of(link)
    owed = papers.owed(paper)
    if owed is None:
        raise moved_on(found, request.actor)
    form = InvoiceForm(owed, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invoices.receive(ticket, found, **form.values(), by=request.actor)
            messages.success(request, _("The invoice is entered."))
            return _back(request, key)
        except Refused as refused:
            form.refuse(refused)
    context = {"form": form, "paper": paper, "owed": owed, "link": link, "handover": found}
    context |= {"next": safe_next(request, ""), "sees_papers": True}
    return render(request, "outsourcing/invoice.html", context, status=422 if form.errors else 200)


@require_safe
@needs("outsource.partners")
@throttle.limited("export")
def announced_paper(request: Any, key: Any, paper: UUID, kind: str = "pdf") -> HttpResponse:
    """The partner's invoice or credit note as it was made there: the PDF, or the electronic invoice."""
    found, _ticket = handover_of(request, key)
    row = announcing.paper_of(found, paper)
    if row is None:
        raise Http404
    return handed(row.xml if kind == "xml" else row.file, clean_name(f"{row.number}.{kind}"))


@require_POST
@needs("outsource.partners")
def paid(request: Any, key: Any) -> HttpResponse:
    """The partner's invoice is paid, today."""
    found, ticket = handover_of(request, key)
    ticket, _link = linked(found, ticket)
    invoices.pay(ticket, found, timezone.localdate(), by=request.actor)
    messages.success(request, _("Marked as paid."))
    return _back(request, key)


@require_POST
@needs("outsource.partners")
def billed(request: Any, key: Any) -> HttpResponse:
    """We have billed the lead partner for it; with billed=0, not after all."""
    found, ticket = handover_of(request, key)
    ticket, _link = linked(found, ticket)
    is_billed = request.POST.get("billed", "1") == "1"
    invoices.bill(ticket, found, is_billed, by=request.actor)
    tiles.forget(request)
    messages.success(request, _("Marked as billed.") if is_billed else _("Marked as not billed."))
    return _back(request, key)


@require_POST
@needs("outsource.send")
def ourselves(request: Any, number: int) -> HttpResponse:
    """No other partner is wanted: we do it ourselves."""
    ticket = ticket_named(request, number)
    invoices.keep(ticket, by=request.actor)
    messages.success(request, _("Noted: we do it ourselves."))
    return after(request, ticket)


def _back(request: Any, key: Any) -> HttpResponse:
    """To where it was asked, the statement unless the form says otherwise."""
    return htmx.go(request, safe_next(request, reverse("outsourcing:statement", args=[request.tenant.slug, key])))
