"""A new ticket."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from psa.tenancy.errors import Refused
from psa.web import htmx, refusals
from psa.web.access import needs
from tickets import inserting, services
from tickets.forms import TicketForm

AGAIN = "again"


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.create")
def new(request: Any) -> HttpResponse:
    """The form; with `again` it comes back as typed, with the chosen customer's contacts and locations."""
    if request.method != "POST" or AGAIN in request.POST or inserting.is_asked(request.POST):
        return _again(request, request.POST if request.method == "POST" else request.GET)
    form = TicketForm(request.actor, request.POST)
    if form.is_valid():
        try:
            ticket = services.create(by=request.actor, **form.fields_for_service())
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
        else:
            messages.success(request, _("Ticket %(number)s was created.") % {"number": ticket.number})
            return redirect("tickets:page", request.tenant.slug, ticket.number)
    return _form(request, form, status=422)


def _again(request: Any, typed: Any) -> HttpResponse:
    """The form as typed, with what the chosen customer and category bring, and the text module if one was chosen."""
    initial = {name: typed[name] for name in TicketForm.base_fields if name in typed}
    form = TicketForm(request.actor, initial=initial)
    if not inserting.is_asked(typed):
        return _form(request, form)
    draft = inserting.draft_of(typed, request.actor)
    form.initial["description"] = inserting.inserted(
        typed.get("description", ""), typed, "ticket", draft, request.actor
    )
    return _form(request, form, texts=inserting.choice("ticket", draft, request.actor))


def _form(request: HttpRequest, form: TicketForm, status: int = 200, texts: Any = None) -> HttpResponse:
    context = {"form": form, "texts": texts}
    return htmx.answer(
        request, "tickets/new.html", "tickets/_new_form.html", context, target="new-ticket", status=status
    )
