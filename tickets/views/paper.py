"""A ticket to print: a page for paper, and the same as PDF; for ourselves, or for the customer (`?for=customer`)."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from psa.paper.document import Document, pdf
from psa.web import throttle
from psa.web.access import needs
from tickets import printing, services
from tickets.models import Ticket
from tickets.readers import Reader, readers
from tickets.views import fetch


@require_safe
@needs("ticket.view")
def paper(request: Any, number: int) -> HttpResponse:
    """The page. The customer's paper is in the customer's language, its buttons in the reader's."""
    ticket, found, asked = _asked(request, number)
    with _language(ticket, asked):
        document = printing.document(ticket, request.actor, found, asked)
    context = {
        "ticket": ticket,
        "paper": document,
        "customer": printing.customer_of(found),
        "is_for_customer": asked is not None,
    }
    return render(request, "tickets/paper.html", context)


@require_safe
@needs("ticket.view")
@throttle.limited("export")
def as_pdf(request: Any, number: int) -> HttpResponse:
    """The same as a file."""
    ticket, found, asked = _asked(request, number)
    with _language(ticket, asked):
        drawn = _drawn(printing.document(ticket, request.actor, found, asked))
    name = f"{ticket.number}-customer.pdf" if asked else f"{ticket.number}.pdf"
    drawn["Content-Disposition"] = f'attachment; filename="{name}"'
    return drawn


def _drawn(document: Document) -> HttpResponse:
    return HttpResponse(pdf(document), content_type="application/pdf", headers={"Cache-Control": "no-store"})


def _asked(request: Any, number: int) -> tuple[Ticket, list[Reader], Reader | None]:
    """The ticket, its readers, and who the paper is for: the customer, or nobody but us."""
    ticket = fetch.ticket(request, number)
    found = readers(ticket)
    customer = printing.customer_of(found)
    whom = request.GET.get("for", "us")
    if whom not in {"us", "customer"} or (whom == "customer" and customer is None):
        raise Http404
    return ticket, found, customer if whom == "customer" else None


def _language(ticket: Ticket, customer: Reader | None) -> AbstractContextManager[Any]:
    return translation.override(services.customer_mails.language_of(ticket)) if customer else nullcontext()
