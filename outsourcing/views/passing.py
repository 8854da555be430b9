"""A copy for somebody who did not get the original: publish to the customer, pass on to the partner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from outsourcing import links
from outsourcing.composing import PassForm
from outsourcing.services import passing
from outsourcing.views.fetching import after, ticket_named, ticket_url
from psa.tenancy.errors import Refused
from psa.web.access import needs
from tickets import permissions
from tickets.models import Item, Ticket

Make = Callable[..., Item]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.send")
def publish(request: Any, number: int, item: UUID) -> HttpResponse:
    """A partner's item as one of ours to the customer."""
    ticket, found = _item(request, number, item)
    permissions.require(ticket, "note.publish_to_customer", request.actor)
    if found.key not in passing.publishable(ticket, [found], request.actor):
        raise Refused("nothing_to_publish")
    reader = f"{ticket.contact} ({ticket.company})"
    words = {"title": _("Publish to the customer"), "done": _("Published to the customer."), "reader": reader}
    return _asked(request, ticket, found, passing.publish, {**words, "audience": "customer"})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("note.write")
def pass_on(request: Any, number: int, item: UUID) -> HttpResponse:
    """What the customer wrote, as one of ours to the partner."""
    ticket, found = _item(request, number, item)
    permissions.require(ticket, "note.write", request.actor)
    link = links.running(ticket)
    if link is None or found.key not in passing.passable(ticket, [found], request.actor):
        raise Refused("nothing_to_pass_on")
    words = {"title": _("Pass on to the partner"), "done": _("Passed on to the partner."), "reader": link.partner}
    return _asked(request, ticket, found, passing.pass_on, {**words, "audience": "partner"})


def _item(request: Any, number: int, key: UUID) -> tuple[Ticket, Item]:
    ticket = ticket_named(request, number)
    found = passing.item_of(ticket, key)
    if found is None:
        raise Http404
    return ticket, found


def _asked(request: Any, ticket: Ticket, item: Item, make: Make, words: dict[str, Any]) -> HttpResponse:
    """The copy with its words to change, and who will read it; a POST makes it."""
    form = PassForm(item, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            make(ticket, item, form.words, by=request.actor)
            messages.success(request, words["done"])
            return after(request, ticket)
        except Refused as refused:
            form.refuse(refused)
    if form.errors:
        status = 409
    context = {**words, "form": form, "item": item, "ticket": ticket, "ticket_url": ticket_url(request, ticket)}
    return render(request, "outsourcing/pass.html", context, status=status)
