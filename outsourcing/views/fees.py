"""The operator's page of transaction fees: per lead, and one by one; page and CSV."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from outsourcing import fee_list
from psa.web import sheets
from psa.web.access import for_operators


@require_safe
@for_operators
def fees(request: Any) -> HttpResponseBase:
    """What leads owe for work that portal companies accepted."""
    listing = fee_list.fees(request)
    if request.GET.get("format") == "csv":
        return _sheet(listing)
    context = {"totals": fee_list.totals(listing), "sheet_url": listing.url(format="csv"), "area": "fees"}
    return listing.answer("outsourcing/fees.html", context)


def _sheet(listing: Any) -> HttpResponse:
    """The sheet in one piece: it is read before the operators' scope is left."""
    streamed = sheets.answer(listing)
    return HttpResponse(b"".join(streamed), headers=dict(streamed.items()))
