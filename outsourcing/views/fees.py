"""The operator's page of transaction fees: per lead, and one by one; page and CSV."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from outsourcing import fee_list
from outsourcing.services import fee_statements
from psa.operators.services import Operator
from psa.tenancy.errors import Refused
from psa.web import htmx, refusals, sheets
from psa.web.access import for_operators


@require_safe
@for_operators
def fees(request: Any) -> HttpResponseBase:
    """What leads owe for work that portal companies accepted."""
    listing = fee_list.fees(request)
    if request.GET.get("format") == "csv":
        return _sheet(listing)
    context: dict[str, Any] = {"months": fee_statements.months(request.GET.get("lead", ""))}
    context |= {"totals": fee_list.totals(listing), "sheet_url": listing.url(format="csv"), "area": "fees"}
    return listing.answer("outsourcing/fees.html", context)


def _sheet(listing: Any) -> HttpResponse:
    """The sheet in one piece: it is read before the operators' scope is left."""
    streamed = sheets.answer(listing)
    return HttpResponse(b"".join(streamed), headers=dict(streamed.items()))


@require_safe
@for_operators
def fee_month(request: Any, slug: str, year: int, month: int, currency: str) -> HttpResponse:
    """What one lead owes for one month, to print; its sheet is the list's own, of these days."""
    found = _month(slug, year, month, currency)
    context = {"found": found, "fees": list(fee_statements.fees_of(slug, found.month, currency)), "area": "fees"}
    return render(request, "outsourcing/fee_month.html", context)


@require_POST
@for_operators
def bill_month(request: Any, slug: str, year: int, month: int, currency: str) -> HttpResponse:
    """The month is billed; a second time it is refused."""
    found = _month(slug, year, month, currency)
    try:
        fee_statements.bill(slug, found.month, currency, by=Operator.of(request.user))
        messages.success(request, _("Marked as billed."))
    except Refused as refused:
        messages.error(request, refusals.explain(refused))
    return htmx.go(request, reverse("outsourcing:fee_month", args=[slug, year, month, currency]))


def _month(slug: str, year: int, month: int, currency: str) -> fee_statements.Month:
    try:
        found = fee_statements.month_of(slug, date(year, month, 1), currency)
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found
