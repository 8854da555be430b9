"""What lies where: listed, received, counted; and the places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.stock import CountForm, PlaceForm, ReceiveForm
from billing.lists.goods import MOVES, STOCK
from billing.models import Stock, StockPlace
from billing.services import stock
from psa.tenancy.errors import Refused
from psa.web.access import needs
from psa.web.once import counted, counts_once

READ_AND_SENT = ["GET", "HEAD", "POST"]


@require_safe
@needs("order.view")
def listing(request: Any) -> HttpResponseBase:
    """Every article at every place."""
    rows = Stock.objects.visible_to(request.actor).annotate(slug=Value(request.tenant.slug))
    may_book = request.actor.can("goods.book") == "all"
    return STOCK.open(request, rows).answer("billing/goods/stock.html", {"may_book": may_book})


@require_safe
@needs("order.view")
def moves(request: Any) -> HttpResponseBase:
    """What came and went."""
    may_book = request.actor.can("goods.book") == "all"
    rows = stock.moves_for(request.actor).annotate(slug=Value(request.tenant.slug))
    return MOVES.open(request, rows).answer("billing/goods/moves.html", {"may_book": may_book})


@require_http_methods(READ_AND_SENT)
@needs("goods.book")
@counts_once
def receive(request: Any) -> HttpResponse:
    """Goods that came in."""
    form = ReceiveForm(request.POST or None, initial=_asked(request))

    def save() -> Any:
        clean = form.cleaned_data
        more = {"serials": clean["serials"], "reason": clean["reason"]}
        return stock.receive(clean["article"], clean["place"], clean["quantity"], by=request.actor, **more)

    return _form(request, form, save, "billing/goods/receive.html", "billing:stock")


@require_http_methods(READ_AND_SENT)
@needs("goods.book")
@counts_once
def count(request: Any) -> HttpResponse:
    """What was counted; the difference is written down with its reason."""
    initial = _asked(request)
    lying = Stock.objects.visible_to(request.actor).filter(**initial).first() if len(initial) == 2 else None
    initial |= {"minimum": lying.minimum} if lying is not None else {}
    form = CountForm(request.POST or None, initial=initial)

    def save() -> Any:
        clean = form.cleaned_data
        stock.count(clean["article"], clean["place"], clean["counted"], clean["reason"], by=request.actor)
        return stock.set_minimum(clean["article"], clean["place"], clean["minimum"], by=request.actor)

    return _form(request, form, save, "billing/goods/count.html", "billing:stock", {"lying": lying})


@require_safe
@needs("goods.book")
def places(request: Any) -> HttpResponse:
    """Where goods lie, and how many articles at each place."""
    rows = StockPlace.objects.visible_to(request.actor).order_by("-is_active", "name")
    there = Stock.objects.filter(place=OuterRef("pk")).exclude(quantity=0).order_by().values("place")
    rows = rows.annotate(articles=Coalesce(Subquery(there.annotate(count=Count("pk")).values("count")), 0))
    return render(request, "billing/goods/places.html", {"rows": rows, "may_book": True})


@require_http_methods(READ_AND_SENT)
@needs("goods.book")
@counts_once
def new_place(request: Any) -> HttpResponse:
    """One more."""
    form = PlaceForm(request.POST or None)

    def save() -> StockPlace:
        return stock.add_place(form.cleaned_data["name"], by=request.actor)

    return _form(request, form, save, "billing/goods/place.html", "billing:stock_places")


@require_http_methods(READ_AND_SENT)
@needs("goods.book")
def edit_place(request: Any, pk: int) -> HttpResponse:
    """What a place is called."""
    place: StockPlace = get_object_or_404(StockPlace.objects.visible_to(request.actor), pk=pk)
    form = PlaceForm(request.POST or None, initial={"name": place.name})

    def save() -> StockPlace:
        return stock.rename_place(place, form.cleaned_data["name"], by=request.actor)

    return _form(request, form, save, "billing/goods/place.html", "billing:stock_places", {"place": place})


@require_POST
@needs("goods.book")
def retire_place(request: Any, pk: int) -> HttpResponse:
    """Offer it no more, or again."""
    place: StockPlace = get_object_or_404(StockPlace.objects.visible_to(request.actor), pk=pk)
    stock.retire_place(place, by=request.actor, restore=bool(request.POST.get("restore")))
    messages.success(request, _("Saved."))
    return redirect("billing:stock_places", request.tenant.slug)


def _asked(request: Any) -> dict[str, Any]:
    """The article and the place an address names."""
    given = {name: request.GET.get(name, "") for name in ("article", "place")}
    return {name: int(word) for name, word in given.items() if word.isascii() and word.isdecimal() and len(word) < 10}


def _form(
    request: Any, form: Any, save: Callable[[], Any], template: str, after: str, more: dict[str, Any] | None = None
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            with counted(request) as sent:
                save()
                answer = sent.leads_to(after, request.tenant.slug)
            messages.success(request, _("Saved."))
            return answer
        except Refused as refused:
            form.refuse(refused)
    return render(request, template, {"form": form, **(more or {})}, status=422 if form.errors else 200)
