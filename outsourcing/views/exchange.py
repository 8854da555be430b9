"""What goes between partners: the ledger of all that left, and the links that hang."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from outsourcing import ledger as sent
from outsourcing import stuck as trouble
from psa.web.access import needs


@require_safe
@needs("outsource.partners")
def ledger(request: Any) -> HttpResponseBase:
    """Everything that ever left this company."""
    listing = sent.Sent(sent.LEDGER, request, sent.rows_of(request.actor), request.path)
    return listing.answer("outsourcing/ledger.html")


@require_safe
@needs("outsource.partners")
def stuck(request: Any) -> HttpResponseBase:
    """The links that hang, with retry and skip in place."""
    listing = trouble.Troubles(trouble.STUCK, request, trouble.lanes_of(request.actor), request.path)
    return listing.answer("outsourcing/stuck.html")
