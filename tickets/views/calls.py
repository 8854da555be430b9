"""A call note: a page of its own, reached from the ticket."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from psa.tenancy.errors import Refused
from psa.web.access import needs
from tickets import guards, permissions, services
from tickets.forms import CallForm
from tickets.models import Ticket
from tickets.views import drafts, fetch


@require_http_methods(["GET", "HEAD", "POST"])
@needs("note.write")
def call(request: Any, number: int) -> HttpResponse:
    """Write down a call on this ticket. A no stands over what was typed."""
    ticket = fetch.ticket(request, number)
    permissions.require(ticket, "note.write", request.actor)
    if request.method != "POST":
        return _page(request, ticket, drafts.restored(CallForm(ticket, request.actor)))
    form = CallForm(ticket, request.actor, request.POST)
    if form.is_valid():
        try:
            services.calls.note(ticket, form.chosen, by=request.actor, **form.values())
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("The call is noted."))
            services.drafts.sent(ticket, form.place, by=request.actor)
            return drafts.tell_sent(request, redirect(fetch.address(request, ticket)))
    return _page(request, ticket, drafts.remembered(form), 422)


def _page(request: Any, ticket: Ticket, form: CallForm, status: int = 200) -> HttpResponse:
    refused = guards.refusals(ticket, "note.add", [], request.actor).get(None)
    return render(request, "tickets/call.html", {"ticket": ticket, "form": form, "refused": refused}, status=status)
