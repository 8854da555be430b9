"""The end of a request and what comes after it: to billing, asked again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from tickets import permissions
from tickets.models import Ticket
from tickets.views import fetch
from workflows.forms.reviews import AskAgainForm
from workflows.services import followups, settling


@require_POST
@needs("ticket.edit")
def to_billing(request: Any, number: int) -> HttpResponse:
    """Pass insourced work on to billing once its handover has ended."""
    ticket = fetch.ticket(request, number)
    try:
        settling.to_billing(ticket, by=request.actor)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return redirect(fetch.address(request, ticket))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.edit")
def ask_again(request: Any, number: int) -> HttpResponse:
    """Open a request again that is over, or let another one follow it."""
    ticket = fetch.ticket(request, number)
    permissions.require(ticket, "ticket.edit", request.actor)
    form = AskAgainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            found = followups.ask_again(ticket, form.cleaned_data["text"], contact=None, by=request.actor)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
        else:
            if found.pk != ticket.pk:
                messages.success(request, _("This ticket follows %(number)s.") % {"number": ticket.number})
            return redirect(fetch.address(request, found))
    context = {"ticket": ticket, "form": form, **_what_happens(ticket, request.actor)}
    return render(request, "workflows/reviews/ask_again.html", context, status=422 if form.errors else 200)


def _what_happens(ticket: Ticket, by: Any) -> dict[str, Any]:
    """Whether the request is opened or followed by another one, or why neither."""
    if ticket.status not in followups.OVER:
        return {"said": refusals.explain(Refused("ticket_moved_on", status=ticket.status))}
    try:
        return {"opens": followups.opens_again(ticket, by)}
    except Refused as refused:
        return {"said": refusals.explain(refused)}
