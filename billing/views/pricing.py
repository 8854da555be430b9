"""Giving a price to what cannot be approved without: words nobody priced, and a partner's other money."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.forms.approving import PriceForm
from billing.kinds import money as kinds
from billing.services import approving, partner_money, prices
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from tickets.models import TimeEntry

# The lists of what waits on which such things are found.
KINDS: dict[str, kinds.Decide] = {"partners": kinds.DecideTime(), "charges": kinds.DecideCharges()}


@require_http_methods(["GET", "HEAD", "POST"])
@needs("time.approve")
def price(request: Any, tab: str, pk: int) -> HttpResponse:
    """A price of one, or the rate of exchange; with it the entry or charge is approved."""
    request.actor.require("price.view")
    thing, back = _thing(request, tab, pk), reverse("billing:approve_tab", args=[request.tenant.slug, tab])
    lack = prices.lack(thing)
    if lack is None:
        messages.info(request, _("This has a price already."))
        return redirect(back)
    is_time = isinstance(thing, TimeEntry)
    currency = partner_money.book([thing]).currency(thing) if thing.is_copy else thing.currency
    form = PriceForm(is_time, lack, currency, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _approved(request, thing, form):
        messages.success(request, _("It was approved at this price."))
        return redirect(back)
    context = {"form": form, "thing": thing, "is_time": is_time, "why": refusals.explain(lack), "back": back}
    return render(request, "billing/approve/price.html", context, status=422 if form.errors else 200)


def _thing(request: Any, tab: str, pk: int) -> Any:
    if tab not in KINDS:
        raise Http404
    rows = KINDS[tab].seen(request.actor).select_related("ticket__tenant", "ticket__company")
    return get_object_or_404(rows, pk=pk)


def _approved(request: Any, thing: Any, form: PriceForm) -> bool:
    each, rate = form.cleaned_data["each"], form.cleaned_data.get("rate")
    try:
        if rate is not None:
            approving.approve_exchanged(thing, rate, by=request.actor)
        else:
            approving.approve(thing, by=request.actor, each=each)
    except Refused as refused:
        form.refuse(refused)
        return False
    return True
