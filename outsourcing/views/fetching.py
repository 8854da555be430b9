"""What a page is about, found among what its reader may see: 404 for strangers, 403 with the right for members."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from outsourcing import links, readings
from outsourcing.models import Handover
from outsourcing.readings import Reading
from psa.tenancy.errors import Refused
from psa.web import htmx, refusals
from psa.web.views import safe_next
from tickets.models import Ticket


def ticket_named(request: Any, number: int) -> Ticket:
    """The ticket of this number, if the reader may see it."""
    rows = Ticket.objects.visible_to(request.actor)
    return get_object_or_404(rows.select_related("tenant", "company", "contact", "location"), number=number)


def handover_of(request: Any, key: Any) -> tuple[Handover, Ticket | None]:
    """A handover and our ticket of it, if the reader may see it."""
    try:
        return readings.handover_named(key, request.actor)
    except Handover.DoesNotExist:
        raise Http404 from None


def reading_of(request: Any, ticket: Ticket) -> Reading:
    """The ticket's handover. Raises Refused where there is none (any more): somebody was faster."""
    found = readings.of(ticket, request.actor)
    if found is None:
        last = next(iter(links.links(ticket)), None)
        raise links.moved_on(last.handover, request.actor) if last else Refused("handover_moved_on")
    return found


def done_before(request: Any, refused: Refused, said: str | None, to: str) -> HttpResponse | None:
    """The answer to a second press of the same button by the same person, who is told that it is done; None where
    the refusal is another, or where other words were typed than those that went out."""
    told = refused.params
    if request.method != "POST" or not told.get("own") or (said or told["said"]).strip() != told["said"].strip():
        return None
    messages.info(request, refusals.explain(refused))
    return htmx.go(request, safe_next(request, to))


def linked(found: Handover, ticket: Ticket | None) -> tuple[Ticket, links.Link]:
    """Our ticket with the link of this handover. Raises Refused where there is no ticket of ours."""
    link = next((one for one in links.links(ticket) if one.handover == found), None) if ticket else None
    if ticket is None or link is None:
        raise Refused("handover_moved_on", status=found.status)
    return ticket, link


def ticket_url(request: Any, ticket: Ticket) -> str:
    return reverse("tickets:page", args=[request.tenant.slug, ticket.number])


def after(request: Any, ticket: Ticket) -> HttpResponse:
    """Back to where the move was made, the ticket unless the form says otherwise."""
    return htmx.go(request, safe_next(request, ticket_url(request, ticket)))


def is_too_late(handover: Handover) -> bool:
    """Whether an offer's time to answer is over, the timer having run or not."""
    return handover.answer_by is not None and timezone.now() >= handover.answer_by
