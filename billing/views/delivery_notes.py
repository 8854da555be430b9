"""Delivery and return notes: listed, opened, prepared, delivered, signed, taken back; and their papers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Value
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.delivery import AddressForm, NewNoteForm, PricesForm, ReasonForm, SignForm, TakeBackForm
from billing.lists.goods import NOTES
from billing.models import DeliveryNote, Order
from billing.services import delivery_lines, delivery_notes, delivery_papers, goods_billing, returns
from billing.views import note_page
from psa.tenancy.errors import Denied, Refused
from psa.web import refusals, throttle
from psa.web.access import needs
from psa.web.once import counted, counts_once
from tickets import sight

READ_AND_SENT = ["GET", "HEAD", "POST"]


@require_safe
@needs("ticket.view")
def listing(request: Any) -> HttpResponseBase:
    """Delivery and return notes: those of the tickets the reader sees, all of them for the office."""
    rows = DeliveryNote.objects.visible_to(request.actor).annotate(
        slug=Value(request.tenant.slug), seen_title=sight.title_for(request.actor)
    )
    may_open = request.actor.can("delivery.prepare") == "all"
    return NOTES.open(request, rows).answer("billing/goods/notes.html", {"may_open": may_open})


@require_http_methods(READ_AND_SENT)
@needs("delivery.prepare")
@counts_once
def new(request: Any) -> HttpResponse:
    """A new draft, for an order or for a customer."""
    asked = Order.objects.visible_to(request.actor).filter(key=note_page.as_key(request.GET.get("order"))).first()
    form = NewNoteForm(request.actor, request.POST or None, initial={"order": asked})
    if form.is_valid():
        order, company = form.cleaned_data["order"], form.cleaned_data["company"]
        try:
            with counted(request) as sent:
                if order:
                    made = delivery_notes.open_for_order(order, by=request.actor)
                    return sent.leads_to("billing:deliver_order_lines", request.tenant.slug, made.key)
                made = delivery_notes.open_for_company(company, by=request.actor)
                return sent.leads_to(note_page.address(request, made))
        except Refused as refused:
            form.refuse(refused)
    return render(request, "billing/goods/new_note.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@needs("ticket.view")
def page(request: Any, key: UUID) -> HttpResponse:
    """One note with its lines."""
    return note_page.answer(request, note_page.fetch(request, key))


@require_http_methods(READ_AND_SENT)
@needs("delivery.prepare")
def address(request: Any, key: UUID) -> HttpResponse:
    """To whom and where, while it is a draft."""
    note = note_page.fetch(request, key)
    form = AddressForm(note, request.POST or None)

    def save() -> DeliveryNote:
        return delivery_notes.address(note, by=request.actor, **form.cleaned_data)

    return _asked(request, note, form, save, "billing/goods/address.html")


@require_POST
@needs("delivery.prepare")
def prepare(request: Any, key: UUID) -> HttpResponse:
    """Freeze it and give it its number; what is not there is asked for first."""
    note, accepted = note_page.fetch(request, key), request.POST.getlist("accepted")
    try:
        delivery_notes.prepare(note, accepted=accepted, by=request.actor)
    except Refused as refused:
        if refused.code == "goods_are_short":
            return note_page.ask_anyway(request, note, is_changed=bool(accepted))
        messages.warning(request, refusals.explain(refused))
    return redirect(note_page.address(request, note))


@require_POST
@needs("ticket.view")
def deliver(request: Any, key: UUID) -> HttpResponse:
    """The goods are there. The service says who may: who signs there, and the office."""
    return _moved(request, key, delivery_notes.deliver)


@require_POST
@needs("billing.post")
def bill(request: Any, key: UUID) -> HttpResponse:
    """Post its goods, so that they are invoiced; what has no price is asked for first."""
    note = note_page.fetch(request, key)
    lacking = goods_billing.unpriced(goods_billing.unbilled(note, by=request.actor))
    if not (lacking and request.actor.can("price.view")):
        return _moved(request, key, goods_billing.bill, _posted)
    form = PricesForm(lacking, request.POST)
    if form.is_valid():
        return _moved(request, key, partial(goods_billing.bill, given=form.given), _posted)
    context = {**note_page.context(request, note), "form": form}
    return render(request, "billing/goods/prices.html", context, status=422 if form.errors else 200)


def _posted(request: Any, note: DeliveryNote) -> str:
    said = _("The goods are posted and wait for their invoice.")
    if not request.actor.can("invoice.manage"):
        return said
    url = reverse("billing:draw", args=[request.tenant.slug, note.company_id])
    return format_html('{} <a href="{}">{}</a>', said, url, _("Draw up the invoice"))


@require_http_methods(READ_AND_SENT)
@needs("ticket.view")
def sign(request: Any, key: UUID) -> HttpResponse:
    """For the phone that is handed over: what is signed, a name, a field to draw in."""
    note = note_page.fetch(request, key)
    if not delivery_notes.may_hand_over(note, request.actor):
        raise Denied("delivery.sign")
    if note.signed_at is not None and request.method != "POST":
        messages.info(request, _("This delivery note is signed already."))
        return redirect(note_page.address(request, note))
    form = SignForm(request.POST or None)

    def save() -> DeliveryNote:
        name, is_on_paper = form.cleaned_data["name"], form.cleaned_data["is_on_paper"]
        return delivery_notes.sign(note, name, form.png, is_on_paper=is_on_paper, by=request.actor)

    return _asked(request, note, form, save, "billing/goods/sign.html", {"lines": delivery_lines.of_note(note)})


@require_http_methods(READ_AND_SENT)
@needs("delivery.prepare")
def reverse_note(request: Any, key: UUID) -> HttpResponse:
    """It did not happen: drop the draft, or take everything back with a return note."""
    note = note_page.fetch(request, key)
    form = ReasonForm(request.POST or None)

    def save() -> DeliveryNote:
        return delivery_notes.reverse(note, form.cleaned_data["reason"], by=request.actor)

    return _asked(request, note, form, save, "billing/goods/reverse.html", {"lines": delivery_lines.of_note(note)})


@require_http_methods(READ_AND_SENT)
@needs("delivery.prepare")
@counts_once
def take_back(request: Any, key: UUID) -> HttpResponse:
    """Some of it came back."""
    note = note_page.fetch(request, key)
    form = TakeBackForm(returns.left_of(note), request.POST or None)

    def save() -> DeliveryNote:
        said = form.cleaned_data["reason"]
        return returns.take_back(note, form.amounts, said, serials=form.serials, by=request.actor)

    return _asked(request, note, form, save, "billing/goods/take_back.html")


@require_safe
@needs("ticket.view")
@throttle.limited("export")
def paper(request: Any, key: UUID) -> HttpResponse:
    """The note as PDF, the bytes that were drawn once."""
    note = note_page.fetch(request, key)
    return _paper(request, note, delivery_papers.paper_of, f"{note.number}.pdf")


@require_safe
@needs("ticket.view")
@throttle.limited("export")
def signed_paper(request: Any, key: UUID) -> HttpResponse:
    """The same with the signature's page."""
    note = note_page.fetch(request, key)
    return _paper(request, note, delivery_papers.signed_paper_of, f"{note.number}-signed.pdf")


def _paper(request: Any, note: DeliveryNote, draw: Callable[[DeliveryNote], bytes], name: str) -> HttpResponse:
    try:
        response = HttpResponse(draw(note), content_type="application/pdf", headers={"Cache-Control": "no-store"})
    except Refused as refused:
        return note_page.answer(request, note, said=refusals.explain(refused), status=409)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _moved(request: Any, key: UUID, move: Callable[..., Any], said: Callable[..., str] | None = None) -> HttpResponse:
    note = note_page.fetch(request, key)
    try:
        move(note, by=request.actor)
        if said is not None:
            messages.success(request, said(request, note))
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return redirect(note_page.address(request, note))


def _asked(
    request: Any, note: DeliveryNote, form: Any, save: Callable[[], DeliveryNote], template: str, more: Any = None
) -> HttpResponse:
    """Ask for what a verb needs; once it is said, do it and go to the note that stands for it then."""
    if request.method == "POST" and form.is_valid():
        try:
            with counted(request) as sent:
                answer = sent.leads_to(note_page.address(request, save()))
            messages.success(request, _("Saved."))
            return answer
        except Refused as refused:
            form.refuse(refused)
    context = note_page.context(request, note) | {"form": form} | (more or {})
    return render(request, template, context, status=422 if form.errors else 200)
