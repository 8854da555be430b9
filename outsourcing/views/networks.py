"""Networks and vendors: the page to manage them, and passing a ticket on to one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from outsourcing import links
from outsourcing.forms.networks import CancelForm, NetworkForm, ReferralForm, said_of
from outsourcing.labels import NETWORK_KINDS
from outsourcing.models import Network, ReferralStatus
from outsourcing.services import referring
from outsourcing.views.fetching import after, ticket_named, ticket_url
from psa.tenancy.errors import Refused
from psa.web.access import needs
from tickets import permissions
from tickets.models import Ticket

editing = require_http_methods(["GET", "HEAD", "POST"])


@editing
@needs("outsource.partners")
def manage(request: Any) -> HttpResponse:
    """All of them, and a form for another one."""
    form = NetworkForm(None, request.POST or None)
    if request.method == "POST" and _kept(request, None, form):
        return _back(request)
    rows = [(one, NETWORK_KINDS.text(one.kind), said_of(one)) for one in referring.networks()]
    context = {"rows": rows, "form": form}
    return render(request, "outsourcing/networks.html", context, status=422 if form.errors else 200)


@editing
@needs("outsource.partners")
def edit(request: Any, pk: int) -> HttpResponse:
    """One of them."""
    network = get_object_or_404(Network, pk=pk)
    form = NetworkForm(network, request.POST or None)
    if request.method == "POST" and _kept(request, network, form):
        return _back(request)
    context = {"network": network, "form": form}
    return render(request, "outsourcing/network.html", context, status=422 if form.errors else 200)


@editing
@needs("outsource.send")
def refer(request: Any, number: int) -> HttpResponse:
    """Pass a ticket on: save it for later, or send it. A refusal keeps what was typed."""
    ticket = _open_ticket(request, number)
    referral = links.referral_of(ticket)
    if referral and referral.status != ReferralStatus.UNSENT:
        raise Refused("referral_is_active", network=referral.network.name)
    form = ReferralForm(ticket, referral, request.POST or None, request.GET.get("network", ""))
    if request.method == "POST" and form.is_valid() and request.POST.get("do") in {"save", "send"}:
        try:
            _refer(request, ticket, form)
            return after(request, ticket)
        except Refused as refused:
            form.refuse(refused)
    context = {"ticket": ticket, "ticket_url": ticket_url(request, ticket), "form": form, "referral": referral}
    return render(request, "outsourcing/refer.html", context, status=422 if form.errors else 200)


@require_POST
@needs("outsource.send")
def complete(request: Any, number: int) -> HttpResponse:
    """They did it."""
    ticket = ticket_named(request, number)
    referring.complete(ticket, by=request.actor)
    messages.success(request, _("The referral is complete."))
    return after(request, ticket)


@editing
@needs("outsource.send")
def cancel(request: Any, number: int) -> HttpResponse:
    """We do it otherwise; the page asks why."""
    ticket = ticket_named(request, number)
    permissions.require(ticket, "ticket.edit", request.actor)
    referral = links.referral_of(ticket)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        referring.cancel(ticket, form.cleaned_data["reason"], by=request.actor)
        messages.success(request, _("The referral was canceled. The ticket is ours again."))
        return after(request, ticket)
    if referral is None:
        raise Refused("referral_moved_on")
    context = {"ticket": ticket, "ticket_url": ticket_url(request, ticket), "form": form, "referral": referral}
    return render(request, "outsourcing/cancel_referral.html", context, status=422 if form.errors else 200)


def _open_ticket(request: Any, number: int) -> Ticket:
    """The ticket, for somebody who may pass it on, while that can be done. Raises Denied, Refused."""
    ticket = ticket_named(request, number)
    permissions.require(ticket, "ticket.edit", request.actor)
    referring.possible(ticket)
    return ticket


def _refer(request: Any, ticket: Ticket, form: ReferralForm) -> None:
    if request.POST.get("do") == "save":
        referring.prepare(ticket, *form.values(), by=request.actor)
        messages.success(request, _("Saved. Nothing has left our company yet."))
        return
    made = referring.send(ticket, *form.values(), by=request.actor)
    messages.success(request, _("Passed on to %(network)s.") % {"network": made.network.name})


def _kept(request: Any, network: Network | None, form: NetworkForm) -> bool:
    if not form.is_valid():
        return False
    try:
        kept = referring.keep_network(network, by=request.actor, **form.cleaned_data)
    except Refused as refused:
        form.refuse(refused)
        return False
    messages.success(request, _("%(network)s is saved.") % {"network": kept.name})
    return True


def _back(request: Any) -> HttpResponse:
    return HttpResponseRedirect(reverse("outsourcing:networks", args=[request.tenant.slug]))
