"""Drafts: saved while somebody types, restored where they typed, listed, thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST, require_safe

from psa.tenancy.errors import Refused
from psa.web import presence
from psa.web.access import needs
from psa.web.views import safe_next
from tickets import services
from tickets.forms.kept import KeptForm
from tickets.models import Draft, Ticket
from tickets.services.drafts import MOST_SHOWN, NOT_TYPED
from tickets.views import fetch

# Names the opening that was sent, for the script that keeps the browser's copy; it takes the cookie away.
SENT = "tandem_sent"
REMEMBERED = 300
F = TypeVar("F", bound=KeptForm)
COMPOSERS = {"note": "note", "timeentry": "time", "charge": "charge"}
PAGES = {
    "call": "call",
    "mail": "write_customer",
    "forward": "forward",
    "split": "split",
    "delete": "delete",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """Something begun in another opening of a form: when, its first words, and where to go on or throw it away."""

    at: str
    words: str
    saved: str
    take_up: str
    discard: str


@require_POST
@needs("ticket.view")
def save(request: Any, number: int, place: str) -> HttpResponse:
    """Keep what is being typed. Over another draft than the one seen, both stay: the answer brings the other one."""
    ticket = fetch.bare(request, number)
    presence.on(ticket, request.member, writing=True)
    return _save(request, ticket, place)


@require_POST
@needs("ticket.create")
def save_new(request: Any, place: str) -> HttpResponse:
    """Keep what is being typed about a ticket that is not there yet."""
    return _save(request, None, place)


def _save(request: Any, ticket: Ticket | None, place: str) -> HttpResponse:
    if _was_sent(request, ticket, place):
        return JsonResponse({"sent": True}, status=409)
    try:
        seen, stamp = _uuid(request.POST.get("stamp")), _uuid(request.POST.get("next_stamp"))
        kept = services.drafts.save(ticket, place, request.POST.dict(), seen, by=request.actor, stamp=stamp)
    except Refused as refused:
        there = services.drafts.of(ticket, place, request.actor) if refused.code == "draft_changed" else None
        return JsonResponse(_told(there) if there else {}, status=409)
    return JsonResponse(_told(kept))


@require_POST
@needs("ticket.view")
def discard(request: Any, number: int, place: str) -> HttpResponse:
    """Throw a draft away."""
    ticket = fetch.ticket(request, number)
    services.drafts.discard(ticket, place, by=request.actor)
    return redirect(safe_next(request, fetch.address(request, ticket)))


@require_POST
@needs("ticket.create")
def discard_new(request: Any, place: str) -> HttpResponse:
    """Throw away what was typed about a ticket that is not there yet."""
    services.drafts.discard(None, place, by=request.actor)
    return redirect(safe_next(request, reverse("tickets:new", args=[request.tenant.slug])))


@require_safe
@needs("ticket.view")
def mine(request: Any) -> HttpResponse:
    """What the reader typed and did not send, on which tickets."""
    found = [
        (draft, _address(request, draft), _at(draft), _kept_at(request, draft, "discard"))
        for draft in services.drafts.mine(request.actor)[:MOST_SHOWN]
    ]
    return render(request, "tickets/drafts.html", {"drafts": found})


def restored(form: F) -> F:
    """The form as its writer left it, where they left something. What it was made from stays what it was made from."""
    remembered(form)
    if form.draft is not None:
        form.take(form.draft.fields)
        form.draft_at = _at(form.draft)
    return form


def remembered(form: F) -> F:
    """The form with the draft that is kept of it, for the script that goes on saving; nothing of it is filled in."""
    if form.draft is None:
        form.draft = services.drafts.of(form.ticket, form.place, form.actor)
    return form


def offered(request: Any, form: F, name: str) -> F:
    """A form that opens as it is, with what its reader began in it before: to take up, or to throw away."""
    here = request.path
    form.offers = [
        Offer(
            _at(one),
            one.words,
            _kept_at(request, one, "save"),
            f"{here}?draft={one.place.removeprefix(f'{name}-')}",
            _kept_at(request, one, "discard"),
        )
        for one in services.drafts.begun(form.ticket, name, form.actor)
    ]
    return form


def asked_for(request: Any, ticket: Ticket | None, name: str) -> Draft | None:
    """What its reader comes back to, named by the address."""
    key = _uuid(request.GET.get("draft"))
    return services.drafts.of(ticket, f"{name}-{key}", request.actor) if key else None


def taken_up(form: F, begun: Draft) -> F:
    """The form that goes on where it was left."""
    form.draft, form.draft_at, form.is_typed = begun, _at(begun), False
    return form


def tell_sent(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Tell the browser that the copy it keeps of this form is on the ticket now, and remember it for a late save."""
    opening = _opening(request)
    if opening is not None:
        cache.set(_sent_key(request, opening), 1, REMEMBERED)
        response.set_cookie(SENT, str(opening), max_age=REMEMBERED, samesite="Lax", secure=request.is_secure())
    return response


def _was_sent(request: Any, ticket: Ticket | None, place: str) -> bool:
    """Whether what is saved here was sent already: the save was on its way while the form was, too."""
    opening = _opening(request)
    if opening is None:
        return False
    if ticket is not None and place in COMPOSERS and services.replies.was_sent(ticket, place, opening, request.actor):
        return True
    return cache.get(_sent_key(request, opening)) is not None


def _opening(request: Any) -> UUID | None:
    return _uuid(request.POST.get("opening")) or _uuid(request.POST.get("key"))


def _sent_key(request: Any, opening: UUID) -> str:
    return f"sent:{request.tenant.pk}:{request.actor.membership_id}:{opening}"


def _kept_at(request: Any, draft: Draft, verb: str) -> str:
    """Where this draft is saved or discarded."""
    if draft.ticket is None:
        return reverse(f"tickets:{verb}_new_draft", args=[request.tenant.slug, draft.place])
    return fetch.address(request, draft.ticket, f"{verb}_draft", draft.place)


def _address(request: Any, draft: Draft) -> str:
    """Where its writer goes on."""
    place, ticket = draft.place, draft.ticket
    if ticket is None:
        return f"{reverse('tickets:new', args=[request.tenant.slug])}?draft={place.removeprefix('new-')}"
    if place in COMPOSERS:
        return f"{fetch.address(request, ticket)}?compose={COMPOSERS[place]}#composer"
    if place.startswith("edit-"):
        kind, _, key = place.removeprefix("edit-").partition("-")
        return fetch.address(request, ticket, "edit_item", kind, UUID(key))
    if place.startswith("properties-"):
        return f"{fetch.address(request, ticket, 'properties')}?draft={place.removeprefix('properties-')}"
    return fetch.address(request, ticket, PAGES[place])


def _told(draft: Draft) -> dict[str, Any]:
    fields = {name: value for name, value in draft.fields.items() if name not in NOT_TYPED}
    return {"stamp": str(draft.stamp), "at": _at(draft), "saved": draft.saved_at.isoformat(), "fields": fields}


def _at(draft: Draft) -> str:
    """The time of day, and the day unless it is today."""
    at = timezone.localtime(draft.saved_at)
    return date_format(at, "TIME_FORMAT" if at.date() == timezone.localdate() else "SHORT_DATETIME_FORMAT")


def _uuid(value: str | None) -> UUID | None:
    try:
        return UUID(value or "")
    except ValueError:
        return None
