"""The moves of a handover: a page that asks, a POST that decides; and closing a ticket a partner still has."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from outsourcing import links, moves
from outsourcing.forms.answers import EndAndCloseForm, MoveForm
from outsourcing.models import Side
from outsourcing.services import ending
from outsourcing.views.fetching import after, done_before, reading_of, ticket_named, ticket_url
from psa.tenancy.errors import Refused
from psa.web.access import needs
from psa.web.views import safe_next
from tickets import permissions


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.view")
def move(request: Any, number: int, name: str) -> HttpResponse:
    """One move of the table: asked by GET, made by POST. A refusal keeps the words."""
    ticket, wanted = ticket_named(request, number), moves.MOVES[name]
    wanted.require(ticket, request.actor)
    url, said = ticket_url(request, ticket), request.POST.get("reason")
    try:
        reading = reading_of(request, ticket)
    except Refused as refused:
        if answer := done_before(request, refused, said, url):
            return answer
        raise
    asks = wanted.fields(reading)
    form = MoveForm(wanted, asks, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            wanted.call(ticket, form.cleaned_data, request.actor)
            messages.success(request, str(wanted.done))
            return after(request, ticket)
        except Refused as refused:
            if answer := done_before(request, refused, said, url):
                return answer
            form.refuse(refused)
    context = {"move": wanted, "form": form, "reading": reading, "ticket": ticket, "next": safe_next(request, "")}
    context["ticket_url"] = url
    return render(request, "outsourcing/move.html", context, status=409 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.send")
def end_and_close(request: Any, number: int) -> HttpResponse:
    """T12: close our ticket although a partner has it. It asks how the handover ends."""
    ticket = ticket_named(request, number)
    permissions.require(ticket, "ticket.edit", request.actor)
    link = links.active(ticket)
    if link is None or link.side != Side.LEAD:
        raise Refused("handover_moved_on")
    reading = reading_of(request, ticket)
    form = EndAndCloseForm(link.partner, link.handover.is_running, reading.is_flat, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = form.cleaned_data
            ending.end_and_close(ticket, asked.get("how", ""), asked["text"], by=request.actor, part=asked.get("part"))
            messages.success(request, _("The ticket is closed and the handover has ended."))
            return after(request, ticket)
        except Refused as refused:
            form.refuse(refused)
    context = {"form": form, "ticket": ticket, "link": link, "reading": reading}
    context |= {"ticket_url": ticket_url(request, ticket), "stage": moves.stage(link.handover)}
    return render(request, "outsourcing/end_and_close.html", context, status=409 if form.errors else 200)
