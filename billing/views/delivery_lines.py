"""The lines of a draft: typed, taken from its order, changed, taken off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from billing.forms.delivery import FromOrderForm
from billing.forms.goods import LineForm, OrderedLineForm
from billing.models import DeliveryLine, DeliveryNote
from billing.services import delivery_lines
from billing.views import note_page
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from psa.web.once import counted, counts_once


@require_POST
@needs("delivery.prepare")
@counts_once
def add(request: Any, key: UUID) -> HttpResponse:
    """A line as the office types it."""
    note, form = note_page.fetch(request, key), LineForm(request.POST)
    if form.is_valid():
        try:
            with counted(request) as sent:
                delivery_lines.add(note, form.goods, by=request.actor)
                return sent.leads_to(note_page.address(request, note))
        except Refused as refused:
            form.refuse(refused)
    return note_page.answer(request, note, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("delivery.prepare")
@counts_once
def from_order(request: Any, key: UUID) -> HttpResponse:
    """How much of which line of the order goes along."""
    note = note_page.fetch(request, key)
    found = delivery_lines.open_of(note.order) if note.order is not None else []
    left = [(one.line.pk, one.line.name, one.open, one.line.unit) for one in found if one.open > 0]
    form = FromOrderForm(left, request.POST or None)
    if form.is_valid():
        try:
            place = form.cleaned_data["place"]
            with counted(request) as sent:
                delivery_lines.add_from_order(note, form.amounts, place=place, by=request.actor)
                return sent.leads_to(note_page.address(request, note))
        except Refused as refused:
            form.refuse(refused)
    context = note_page.context(request, note) | {"form": form}
    return render(request, "billing/goods/from_order.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("delivery.prepare")
def edit(request: Any, key: UUID, item: UUID) -> HttpResponse:
    """Another quantity, place or serial numbers."""
    note = note_page.fetch(request, key)
    line = _line(note, item)
    form = _form(line, request.POST or None)
    if form.is_valid():
        try:
            delivery_lines.edit(line, form.goods, by=request.actor)
            return redirect(note_page.address(request, note))
        except Refused as refused:
            form.refuse(refused)
    context = note_page.context(request, note) | {"form": form, "line": line}
    return render(request, "billing/goods/line.html", context, status=422 if form.errors else 200)


@require_POST
@needs("delivery.prepare")
def remove(request: Any, key: UUID, item: UUID) -> HttpResponse:
    """Take a line off."""
    note = note_page.fetch(request, key)
    try:
        delivery_lines.remove(_line(note, item), by=request.actor)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return redirect(note_page.address(request, note))


def _line(note: DeliveryNote, item: UUID) -> DeliveryLine:
    found = delivery_lines.named(note, item)
    if found is None:
        raise Http404
    return found


def _form(line: DeliveryLine, data: Any) -> LineForm | OrderedLineForm:
    there = delivery_lines.goods_of(line)
    return OrderedLineForm(data, goods=there) if line.order_line_id else LineForm(data, goods=there)
