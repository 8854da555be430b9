"""Who of a customer's people reads a request in the portal, as the desk says it for them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from psa.web.access import needs
from tickets import permissions
from tickets.views import fetch
from workflows.forms.portal import COMPANY
from workflows.services import customer_words, portal_access


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.edit")
def share(request: Any, number: int) -> HttpResponse:
    """Share it with the company, or keep it to its contact; the page names everybody who would read it."""
    ticket = fetch.ticket(request, number)
    permissions.require(ticket, "ticket.edit", request.actor)
    if request.method == "POST":
        is_shared = request.POST.get("share") == COMPANY
        customer_words.share(ticket, is_shared, by=request.actor)
        messages.success(
            request, _("The request is shared.") if is_shared else _("The request is its contact's alone.")
        )
        return redirect(fetch.address(request, ticket))
    context = {"ticket": ticket, "is_shared": customer_words.is_shared(ticket)}
    context["people"] = [one for one in portal_access.readers(ticket.company) if one.pk != ticket.contact_id]
    return render(request, "workflows/access/share.html", context)
