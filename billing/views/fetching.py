"""What the pages of drafts begin with: the draft, or what became of it for who comes too late."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.models import Invoice
from billing.services import drafts
from psa.web import htmx

View = Callable[..., Any]


def for_drafts(view: View) -> View:
    """The view gets the draft instead of its id. From a page that is older than what became of the draft the way leads
    to the invoice, or to the list where it was discarded; what never was, or is not the reader's, is 404."""

    @wraps(view)
    def asked(request: Any, pk: int, **more: Any) -> Any:
        row = Invoice.objects.visible_to(request.actor).select_related("company").filter(pk=pk).first()
        if row is None and not drafts.was_discarded(pk):
            raise Http404
        if row is None:
            return discarded_already(request, "billing:invoices")
        if row.status != "draft":
            return issued_already(request, row, reverse("billing:invoice", args=[request.tenant.slug, row.pk]))
        return view(request, row, **more)

    return asked


def issued_already(request: Any, invoice: Invoice, page: str) -> HttpResponse:
    """To the page of the invoice, with its number: nothing was done to it."""
    said = _("Issued already as %(number)s. Nothing was changed.")
    messages.warning(request, said % {"number": invoice.number})
    return htmx.go(request, page)


def discarded_already(request: Any, name: str) -> HttpResponse:
    """To the list of invoices, by the name of its address."""
    messages.warning(request, _("This draft was discarded meanwhile. Nothing was changed."))
    return htmx.go(request, reverse(name, args=[request.tenant.slug]))
