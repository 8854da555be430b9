"""A review as the desk keeps it: its clock, decisions recorded for the customer, and what waits for a dispatcher."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from psa.web.views import safe_next
from tickets import permissions
from tickets.models import DispatcherTask
from tickets.views import fetch
from workflows.forms.reviews import PauseForm, RecordForm
from workflows.services import reviews, tasks


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.override")
def record(request: Any, number: int) -> HttpResponse:
    """Record what a contact decided on the phone, by mail or on paper, with what shows it."""
    ticket = fetch.ticket(request, number)
    permissions.require(ticket, "ticket.override", request.actor)
    form = RecordForm(ticket, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reviews.record(ticket, by=request.actor, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
        else:
            messages.success(request, _("The decision is recorded; the person gets a mail about it."))
            return redirect(fetch.address(request, ticket))
    context = {"ticket": ticket, "form": form}
    return render(request, "workflows/reviews/record.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.edit")
def pause(request: Any, number: int) -> HttpResponse:
    """Stop the customer's time, until a moment or until somebody goes on."""
    ticket = fetch.ticket(request, number)
    permissions.require(ticket, "ticket.edit", request.actor)
    form = PauseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            reviews.pause(ticket, form.cleaned_data["until"], by=request.actor)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
        else:
            return redirect(fetch.address(request, ticket))
    context = {"ticket": ticket, "form": form}
    return render(request, "workflows/reviews/pause.html", context, status=422 if form.errors else 200)


@require_POST
@needs("ticket.edit")
def resume(request: Any, number: int) -> HttpResponse:
    """Go on: a full new period with a new notice."""
    ticket = fetch.ticket(request, number)
    try:
        reviews.resume(ticket, by=request.actor)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return redirect(fetch.address(request, ticket))


@require_POST
@needs("ticket.override")
def switch(request: Any, number: int) -> HttpResponse:
    """Let silence count as acceptance on this ticket, or not."""
    ticket = fetch.ticket(request, number)
    try:
        reviews.switch(ticket, request.POST.get("on") == "1", by=request.actor)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return redirect(fetch.address(request, ticket))


@require_POST
@needs("ticket.override")
def settle_task(request: Any, pk: int) -> HttpResponse:
    """Somebody decided what waited for a dispatcher."""
    task = get_object_or_404(DispatcherTask.objects.visible_to(request.actor).select_related("ticket"), pk=pk)
    tasks.settle(task, by=request.actor)
    return redirect(safe_next(request, fetch.address(request, task.ticket)))
