"""Goods requests: asked on a ticket, booked by the office; and material that was typed as words, given its article."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Value
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.goods import AskForm, LineForm, NameForm, WordsForm
from billing.lists.goods import GOODS, REQUESTS, UNNAMED
from billing.models import GoodsRequest, Material
from billing.services import goods_requests, materials
from billing.services.delivery_lines import Goods
from psa.fsm import can_proceed
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from psa.web.once import counted, counts_once
from tickets import permissions, sight
from tickets.models import Ticket
from tickets.views import fetch

PARTS = ("ticket__company", "hand_off", "asked_by", "line__note")


@require_safe
@needs("ticket.view")
def listing(request: Any) -> HttpResponseBase:
    """What the office was told: on the tickets the reader sees, everything for who books goods."""
    rows = GoodsRequest.objects.visible_to(request.actor).annotate(
        slug=Value(request.tenant.slug), seen_title=sight.title_for(request.actor)
    )
    unnamed = Material.objects.visible_to(request.actor).flagged().count() if request.actor.can("goods.book") else 0
    return REQUESTS.open(request, rows).answer("billing/goods/requests.html", {"unnamed": unnamed})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("material.log")
@counts_once
def ask(request: Any, number: int) -> HttpResponse:
    """Tell the office what was used or is needed."""
    ticket = fetch.ticket(request, number)
    permissions.require(ticket, "material.log", request.actor)
    form = AskForm(request.POST or None)
    if form.is_valid():
        try:
            with counted(request) as sent:
                goods_requests.ask(ticket, by=request.actor, **form.cleaned_data)
                answer = sent.leads_to(fetch.address(request, ticket))
            messages.success(request, _("The office was told. It stands on the ticket until it is booked."))
            return answer
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
    context = {"form": form, "ticket": ticket, "url": fetch.address(request, ticket)}
    return render(request, "billing/goods/ask.html", context, status=422 if form.errors else 200)


@require_safe
@needs("ticket.view")
def page(request: Any, key: UUID) -> HttpResponse:
    """One request, and what its reader may do about it."""
    return _page(request, _fetch(request, key))


@require_POST
@needs("goods.book")
@counts_once
def book(request: Any, key: UUID) -> HttpResponse:
    """Put it on the ticket's draft delivery note."""
    row, form = _fetch(request, key), LineForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form=form, status=422)
    return _done(request, row, lambda: goods_requests.book(row, form.goods, by=request.actor), form=form)


@require_POST
@needs("goods.book")
def give_back(request: Any, key: UUID) -> HttpResponse:
    """Ask back what was meant."""
    row, form = _fetch(request, key), WordsForm(request.POST)
    if not form.is_valid():
        return _page(request, row, words=form, status=422)
    text = form.cleaned_data["text"]
    return _done(request, row, lambda: goods_requests.give_back(row, text, by=request.actor), words=form)


@require_POST
@needs("material.log")
def ask_again(request: Any, key: UUID) -> HttpResponse:
    """The answer to the office's question."""
    row, form = _fetch(request, key), WordsForm(request.POST, label=ANSWER)
    if not form.is_valid():
        return _page(request, row, words=form, status=422)
    text = form.cleaned_data["text"]
    return _done(request, row, lambda: goods_requests.ask_again(row, text, by=request.actor), words=form)


@require_POST
@needs("ticket.view")
def cancel(request: Any, key: UUID) -> HttpResponse:
    """Not needed after all."""
    row = _fetch(request, key)
    return _done(request, row, lambda: goods_requests.cancel(row, by=request.actor))


ANSWER = gettext_lazy("Answer")


def _fetch(request: Any, key: UUID) -> GoodsRequest:
    rows = GoodsRequest.objects.visible_to(request.actor).select_related(*PARTS)
    found: GoodsRequest = get_object_or_404(rows, key=key)
    return found


def _done(request: Any, row: GoodsRequest, verb: Callable[[], Any], **forms: Any) -> HttpResponse:
    try:
        with counted(request) as sent:
            verb()
            answer = sent.leads_to("billing:goods_request", request.tenant.slug, row.key)
    except Refused as refused:
        return _page(request, _fetch(request, row.key), said=refusals.explain(refused), status=409, **forms)
    messages.success(request, _("Saved."))
    return answer


def _page(
    request: Any, row: GoodsRequest, form: Any = None, words: Any = None, said: str = "", status: int = 200
) -> HttpResponse:
    by = request.actor
    may_book = can_proceed(row.book) and by.can("goods.book") == "all"
    answers = can_proceed(row.ask_again) and goods_requests.may_answer(row, by)
    asks_back = can_proceed(row.give_back) and goods_requests.may_ask_back(row, by)
    there = Goods(row.text[:160], row.quantity, row.unit[:20])
    context = {
        "row": row,
        "sees_ticket": Ticket.objects.visible_to(by).filter(pk=row.ticket_id).exists(),
        "badge": GOODS.badge(row.status),
        "form": (form or LineForm(goods=there)) if may_book else None,
        "words": (words or WordsForm(label=ANSWER if answers else None)) if answers or asks_back else None,
        "answers": answers,
        "can_cancel": can_proceed(row.cancel) and (goods_requests.may_answer(row, by) or may_book),
        "said": said,
    }
    return render(request, "billing/goods/request.html", context, status=status)


# Material that was typed as words -----------------------------------------------------------------------------------
@require_safe
@needs("goods.book")
def unnamed(request: Any) -> HttpResponseBase:
    """Material nobody has said the article of."""
    rows = Material.objects.visible_to(request.actor).flagged().annotate(slug=Value(request.tenant.slug))
    return UNNAMED.open(request, rows).answer("billing/goods/unnamed.html", {})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("goods.book")
def name(request: Any, key: UUID) -> HttpResponse:
    """Say which article the typed words meant."""
    rows = Material.objects.visible_to(request.actor).flagged().select_related("charge__ticket__company", "place")
    material: Material = get_object_or_404(rows, charge__key=key)
    number = materials.frozen([material.charge]).get(material.charge.pk, "")
    form = NameForm(request.POST or None, goods=materials.goods_of(material), is_frozen=bool(number))
    if form.is_valid():
        try:
            materials.name(material, form.goods, by=request.actor)
            messages.success(request, _("Saved."))
            return redirect(reverse("billing:unnamed_material", args=[request.tenant.slug]))
        except Refused as refused:
            form.refuse(refused)
    context = {"form": form, "material": material, "told": materials.goods_of(material), "number": number}
    seen = Ticket.objects.visible_to(request.actor).filter(pk=material.charge.ticket_id)
    context["sees_ticket"] = seen.exists()
    return render(request, "billing/goods/name.html", context, status=422 if form.errors else 200)
