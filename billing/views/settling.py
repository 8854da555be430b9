"""Closing a request that waits for its bill, and the rules of approving."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.forms.approving import ChecksForm, SettleForm
from billing.services import billing_settings, settling
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from tickets.models import Status
from tickets.views import fetch


@require_http_methods(["GET", "HEAD", "POST"])
@needs("billing.post")
def settle(request: Any, number: int) -> HttpResponse:
    """Close what waits for its bill: all of it was approved, or an administrator writes the rest off and says why."""
    ticket = fetch.ticket(request, number)
    form = SettleForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        write_off = request.POST.get("do") == "write_off"
        try:
            settling.settle(ticket, form.cleaned_data["reason"], write_off=write_off, by=request.actor)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
        else:
            return redirect(fetch.address(request, ticket))
    context = {"ticket": ticket, "form": form, "found": settling.billable(ticket)}
    context |= {"may_write_off": bool(request.actor.can("tenant.manage")), "is_here": ticket.status == Status.INVOICE}
    return render(request, "billing/settle.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("tenant.settings")
def checks(request: Any) -> HttpResponse:
    """What is checked of each role's entries before they are approved."""
    kept = billing_settings.of_tenant()
    form = ChecksForm(kept.checks, kept.settles_tickets, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        billing_settings.settle(form.values, version=kept.version, by=request.actor)
        messages.success(request, _("Saved."))
        return redirect("billing:checks", request.tenant.slug)
    context = {"form": form}
    return render(request, "billing/approve/checks.html", context, status=422 if form.errors else 200)
