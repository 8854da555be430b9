"""A new ticket, on one screen and in one POST."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from psa.tenancy.errors import Refused
from psa.web import htmx, throttle
from psa.web.access import needs
from tickets import inserting, services
from tickets.forms.fields import clean_line
from tickets.forms.opening import MOST_FOUND, OpeningForm, find_customers
from tickets.labels import STATUSES
from tickets.models import Ticket
from tickets.views import drafts

log = logging.getLogger(__name__)

# The buttons that bring the form back as typed: nothing is saved.
AGAIN = ("again", "preview", "search")
MOST_RECENT = 5


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.create")
def new(request: Any) -> HttpResponse:
    """The form; with `again` it comes back as typed, with what customer, contact and category bring."""
    typed = request.POST if request.method == "POST" else request.GET
    if request.method != "POST" and (form := _taken_up(request)):
        return _form(request, form)
    if request.method != "POST" or any(name in typed for name in AGAIN) or inserting.is_asked(typed):
        return _again(request, typed)
    form, status = OpeningForm(request.actor, typed, request.FILES), 422
    if form.is_valid():
        try:
            throttle.spend("upload", request, len(form.opening.uploads))
            ticket = services.opening.open_ticket(form.opening, by=request.actor)
        except throttle.TooOften as late:
            form.add_error("upload", late.sentence)
            status = 429
        except Refused as refused:
            form.refuse(refused)
        except DatabaseError:
            log.exception("a new ticket could not be saved")
            form.add_error(None, _("This could not be saved, and nothing of it was. What you typed is still here."))
        else:
            messages.success(request, _("Ticket %(number)s was created.") % {"number": ticket.number})
            services.drafts.sent(None, form.place, by=request.actor)
            return drafts.tell_sent(
                request, htmx.go(request, reverse("tickets:page", args=[request.tenant.slug, ticket.number]))
            )
    return _form(request, drafts.remembered(form), status=status)


@require_safe
@needs("ticket.create")
@throttle.limited("search")
def customers(request: Any) -> HttpResponse:
    """The customers that fit what was typed, for the box that searches while somebody types."""
    words = clean_line(request.GET.get("q", ""))[:100]
    found = find_customers(words, request.actor).values_list("pk", "name", "number")[:MOST_FOUND]
    return render(request, "tickets/_customers_found.html", {"found": found})


def _taken_up(request: Any) -> OpeningForm | None:
    """The form as somebody left it, where they come back to it."""
    begun = drafts.asked_for(request, None, "new")
    if begun is None:
        return None
    typed = {**begun.fields, "key": begun.place.removeprefix("new-")}
    return drafts.taken_up(OpeningForm(request.actor, typed=typed), begun)


def _again(request: Any, typed: Any) -> HttpResponse:
    """The form as typed, with what the chosen customer and category bring, and the text module if one was chosen."""
    form = OpeningForm(request.actor, typed=typed)
    if request.method != "POST":
        return _form(request, drafts.offered(request, form, "new"))
    drafts.remembered(form)
    if not inserting.is_asked(typed):
        return _form(request, form)
    form.initial["description"] = inserting.inserted(
        typed.get("description", ""), typed, "ticket", form.about, request.actor
    )
    return _form(request, form, texts=inserting.choice("ticket", form.about, request.actor))


def _form(request: Any, form: OpeningForm, status: int = 200, texts: Any = None) -> HttpResponse:
    context = {
        "form": form,
        "texts": texts,
        "recent": _recent(request.actor, form.company_id),
        "checklists": services.checklists.usual(form.chosen) if form.chosen else [],
    }
    return htmx.answer(
        request, "tickets/new.html", "tickets/_new_form.html", context, target="new-ticket", status=status
    )


def _recent(actor: Any, company_id: int | None) -> list[tuple[Ticket, str]]:
    """The newest tickets of the chosen customer: perhaps it was reported already."""
    if company_id is None:
        return []
    rows = Ticket.objects.visible_to(actor).filter(company_id=company_id).order_by("-pk")[:MOST_RECENT]
    return [(one, STATUSES.badge(one.status, plain=True)) for one in rows]
