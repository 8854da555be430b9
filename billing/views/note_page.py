"""One delivery note as its pages draw it: fetched, with its lines, and what its reader may do with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from billing.forms.goods import LineForm
from billing.lists.goods import DELIVERY, PAPERS
from billing.lists.visits import span
from billing.models import DeliveryNote
from billing.services import (
    delivery_lines,
    delivery_notes,
    delivery_papers,
    goods_billing,
    returns,
    serials,
    shortfalls,
    visits,
)
from psa.fsm import can_proceed
from tickets.models import Ticket

PARTS = (
    "company",
    "ticket__contact",
    "ticket__company",
    "order__contact",
    "corrects",
    "file",
    "signed_file",
    "signature",
)


def fetch(request: Any, key: UUID) -> DeliveryNote:
    """The note of this key, if its reader may see it; 404 otherwise."""
    rows = DeliveryNote.objects.visible_to(request.actor).select_related(*PARTS)
    found: DeliveryNote = get_object_or_404(rows, key=key)
    found.tenant = request.tenant
    return found


def address(request: Any, note: DeliveryNote) -> str:
    """The page of a note."""
    return reverse("billing:delivery_note", args=[request.tenant.slug, note.key])


def as_key(word: Any) -> UUID | None:
    """A key as an address names it; None for anything else."""
    try:
        return UUID(str(word))
    except ValueError:
        return None


def context(request: Any, note: DeliveryNote) -> dict[str, Any]:
    """What every page of a note knows."""
    return {
        "note": note,
        "title": delivery_papers.title_of(note) if note.number else "",
        "url": address(request, note),
        "badge": DELIVERY.badge(note.status),
        "paper": PAPERS.badge(note.kind),
        "is_office": request.actor.can("delivery.prepare") == "all",
        "sees_prices": bool(request.actor.can("price.view")),
        "currency": request.tenant.currency,
    }


def answer(
    request: Any, note: DeliveryNote, form: LineForm | None = None, said: str = "", status: int = 200
) -> HttpResponse:
    """The page of a note; `form` is the line that was typed, shown though the note was prepared meanwhile, `said` what
    stood against something."""
    found = context(request, note)
    is_open = note.is_draft and found["is_office"]
    seen = note.ticket is not None and Ticket.objects.visible_to(request.actor).filter(pk=note.ticket_id).exists()
    may_hand_over = delivery_notes.may_hand_over(note, request.actor)
    lines = delivery_lines.of_note(note)
    if is_open:
        serials.remark(lines)
    chargeable = [line for line in lines if line.is_chargeable] if found["sees_prices"] else []
    found["unpriced"] = {line.pk for line in goods_billing.unpriced(chargeable)}
    found |= {
        "lines": lines,
        "is_open": is_open,
        "form": LineForm() if form is None and is_open else form,
        "can_deliver": can_proceed(note.deliver) and may_hand_over,
        "can_sign": delivery_notes.may_sign(note, request.actor),
        "can_cancel": can_proceed(note.cancel) and found["is_office"] and not note.is_return,
        "can_take_back": note.status in returns.OUT and found["is_office"] and not note.is_return,
        "can_bill": _can_bill(request, note),
        "takes_order": is_open and note.order is not None,
        "returns": list(DeliveryNote.objects.filter(corrects=note).order_by("pk")) if note.number else [],
        "sees_ticket": seen,
        "sees_order": bool(request.actor.can("order.view")),
        "visit": (visit := visits.taking(note, request.actor)),
        "visit_span": visit and span(visit.starts_at, visit.ends_at),
        "said": said,
    }
    return render(request, "billing/goods/note.html", found, status=status)


def ask_anyway(request: Any, note: DeliveryNote, *, is_changed: bool) -> HttpResponse:
    """What is short on a draft, and whether it is taken anyway; `is_changed` where it was less when they said so."""
    short = shortfalls.of(delivery_lines.of_note(note))
    found = context(request, note) | {"short": short, "is_changed": is_changed}
    return render(request, "billing/goods/short.html", found, status=422)


def _can_bill(request: Any, note: DeliveryNote) -> bool:
    """Whether there is something on it that this reader can have invoiced."""
    if not request.actor.can("billing.post") or note.status not in returns.OUT or note.is_return:
        return False
    return bool(goods_billing.unbilled(note, by=request.actor))
