"""A customer's invoices in its portal, and what was signed for it. Papers are handed out as they were kept; whoever may
not see invoices finds nothing here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.labels.customers import STANDINGS, standing
from billing.lists import customers as lists
from billing.models import Invoice
from billing.services import customers, papers
from psa.web import throttle
from tickets.views.files import handed
from workflows.portal.access import for_customers
from workflows.portal.sight import Eyes

EACH = 20


@require_safe
@for_customers
@throttle.limited("search")
def invoices(request: Any) -> HttpResponse:
    """The list: all, open, overdue, paid or credited; by number."""
    asked = lists.wanted(request.GET)
    shown = lists.page(customers.invoices(_eyes(request)), asked)
    states = [(code, STANDINGS.text(code)) for code in lists.KEPT if code]
    return render(request, "billing/customers/invoices.html", {"asked": asked, "shown": shown, "states": states})


@require_safe
@for_customers
def invoice(request: Any, key: UUID) -> HttpResponse:
    """One invoice or credit note: its lines, what it comes to, what is open, its papers."""
    row = _invoice(request, key)
    code = standing(row, timezone.localdate())
    context = {"invoice": row, "badge": STANDINGS.badge(code), "is_open": code in {"open", "overdue"}}
    return render(request, "billing/customers/invoice.html", context | customers.shown(request.eyes, row))


@require_safe
@for_customers
@throttle.limited("export")
def paper(request: Any, key: UUID, kind: str = "pdf") -> HttpResponse:
    """The PDF, or the electronic invoice, as it was sent."""
    row = _invoice(request, key)
    return handed(row.xml if kind == "xml" else row.file, papers.name(row, kind))


@require_safe
@for_customers
def delivery_notes(request: Any) -> HttpResponse:
    """What was delivered and signed for, and what came back, newest first."""
    rows = customers.delivery_notes(_eyes(request)).order_by("-done_at", "-pk")
    shown = Paginator(rows, EACH).get_page(request.GET.get("page"))
    older = f"?page={shown.next_page_number()}" if shown.has_next() else ""
    return render(request, "billing/customers/notes.html", {"shown": shown, "older": older})


@require_safe
@for_customers
@throttle.limited("export")
def note_paper(request: Any, key: UUID) -> HttpResponse:
    """A delivery note with its signature, or a return note, as PDF."""
    note = get_object_or_404(customers.delivery_notes(_eyes(request)), key=key)
    return handed(note.file if note.is_return else note.signed_file, papers.name(note, "pdf"))


def _eyes(request: Any) -> Eyes:
    """The reader's sight, if invoices are theirs to see."""
    eyes: Eyes = request.eyes
    if not eyes.access.sees_invoices:
        raise Http404
    return eyes


def _invoice(request: Any, key: UUID) -> Invoice:
    found = customers.invoice(_eyes(request), key)
    if found is None:
        raise Http404
    return found
