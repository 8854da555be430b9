"""Money between partners: the settlement as a bill, and the rate between two currencies (outsourcing spec §9)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from billing.forms.partners import RateForm
from billing.services import margins, partner_billing
from outsourcing.views.fetching import handover_of, linked
from psa.tenancy.errors import Refused
from psa.web import htmx
from psa.web.access import needs
from psa.web.views import safe_next


@require_POST
@needs("invoice.manage")
def post_settlement(request: Any, key: Any) -> HttpResponse:
    """Make posted items of what the settlement says; twice the same adds nothing."""
    found, ticket = handover_of(request, key)
    ticket, _link = linked(found, ticket)
    made = partner_billing.post(ticket, found, by=request.actor)
    messages.success(request, _("The settlement is posted.") if made else _("The settlement was posted already."))
    return _back(request, key)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.all")
def exchange_rate(request: Any, key: Any) -> HttpResponse:
    """What one unit of the terms' currency is in the currency of our customer, for the margin."""
    found, ticket = handover_of(request, key)
    ticket, link = linked(found, ticket)
    margin = margins.of(link)
    form = RateForm(margin, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            margins.enter_rate(ticket, found, form.cleaned_data["rate"], by=request.actor)
            messages.success(request, _("The exchange rate is kept."))
            return _back(request, key)
        except Refused as refused:
            form.refuse(refused)
    context = {"form": form, "margin": margin, "handover": found, "link": link}
    return render(request, "billing/partners/rate.html", context, status=422 if form.errors else 200)


def _back(request: Any, key: Any) -> HttpResponse:
    """To the statement, unless the form says otherwise."""
    return htmx.go(request, safe_next(request, reverse("outsourcing:statement", args=[request.tenant.slug, key])))
