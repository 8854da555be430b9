"""Drafts: saved while somebody types, restored where they typed, listed, thrown away."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_POST, require_safe

from psa.tenancy.errors import Refused
from psa.web.access import needs
from psa.web.views import safe_next
from tickets import services
from tickets.forms import ItemForm
from tickets.models import Draft
from tickets.services.drafts import MOST_SHOWN, NOT_TYPED
from tickets.views import fetch

# Names the opening that was sent, for the script that keeps the browser's copy; it takes the cookie away.
SENT = "tandem_sent"
F = TypeVar("F", bound=ItemForm)
COMPOSERS = {"note": "note", "timeentry": "time", "charge": "charge"}


@require_POST
@needs("ticket.view")
def save(request: Any, number: int, place: str) -> HttpResponse:
    """Keep what is being typed. Over another draft than the one seen, both stay: the answer brings the other one."""
    ticket = fetch.ticket(request, number)
    if services.replies.was_sent(ticket, place, _uuid(request.POST.get("opening")), request.actor):
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


@require_safe
@needs("ticket.view")
def mine(request: Any) -> HttpResponse:
    """What the reader typed and did not send, on which tickets."""
    found = [
        (draft, _address(request, draft), _at(draft)) for draft in services.drafts.mine(request.actor)[:MOST_SHOWN]
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


def tell_sent(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Tell the browser that the copy it keeps of this form is on the ticket now."""
    opening = _uuid(request.POST.get("opening"))
    if opening is not None:
        response.set_cookie(SENT, str(opening), max_age=300, samesite="Lax", secure=request.is_secure())
    return response


def _address(request: Any, draft: Draft) -> str:
    page = fetch.address(request, draft.ticket)
    if draft.place in COMPOSERS:
        return f"{page}?compose={COMPOSERS[draft.place]}#composer"
    if draft.place.startswith("edit-"):
        kind, _, key = draft.place.removeprefix("edit-").partition("-")
        return fetch.address(request, draft.ticket, "edit_item", kind, UUID(key))
    return fetch.address(request, draft.ticket, "call")


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
