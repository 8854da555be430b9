"""The work order: one page for paper, for whoever goes there. Everybody who sees the ticket may print it; no money."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from outsourcing import readings, work_orders
from outsourcing.models import Handover, Side, Terms
from outsourcing.views.fetching import handover_of, ticket_url
from psa.paper.document import pdf
from psa.web import throttle
from psa.web.access import for_members
from tickets.models import Ticket


@require_safe
@for_members
def work_order(request: Any, key: Any) -> HttpResponse:
    """§5 "Insource information": the service side's paper, in the reader's language, with the dates of both zones."""
    found, ticket, terms = _received(request, key)
    context = {
        "handover": found,
        "ticket": ticket,
        "ticket_url": ticket_url(request, ticket),
        "terms": terms,
        "our_zone": timezone.get_current_timezone_name(),
    }
    return render(request, "outsourcing/work_order.html", context)


@require_safe
@for_members
@throttle.limited("export")
def work_order_pdf(request: Any, key: Any) -> HttpResponse:
    """The same page as a file, for whoever prints it or sends it along."""
    document = work_orders.document(*_received(request, key))
    response = HttpResponse(pdf(document), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{slugify(document.title)}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


def _received(request: Any, key: Any) -> tuple[Handover, Ticket, Terms]:
    """A handover we accepted, our ticket of it, and its terms in force."""
    found, ticket = handover_of(request, key)
    terms = readings.terms_of(found)
    if ticket is None or terms is None or found.side_of(request.tenant.pk) != Side.SERVICE:
        raise Http404
    return found, ticket, terms
