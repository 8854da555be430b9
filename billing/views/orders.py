"""Orders: listed, entered, read, changed, confirmed, cancelled; their documents and what was promised beyond them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing import papers
from billing.forms.orders import DocumentForm, OrderForm, PromiseForm, ReasonForm
from billing.forms.planning import PlanForm
from billing.lists.orders import ORDER_LIST, total_of
from billing.models import Order, OrderDocument, OrderStatus
from billing.services import confirming, order_documents, promises
from billing.services import orders as verbs
from psa.fsm import can_proceed
from psa.tenancy.errors import Refused
from psa.web import refusals, throttle
from psa.web.access import needs
from psa.web.once import counted, counts_once
from tickets.services.files import PICTURES, clean_name, taken_in
from tickets.views.files import served

editing = require_http_methods(["GET", "HEAD", "POST"])
PLACES = 4


@require_safe
@needs("order.view")
def orders(request: Any) -> HttpResponseBase:
    """All orders, the newest first; what the filtered ones come to for those who see prices."""
    listing = ORDER_LIST.open(request, Order.objects.visible_to(request.actor))
    totals = total_of(listing.filtered) if request.actor.can("price.view") else {}
    return listing.answer("billing/orders/list.html", {"totals": totals, "may_edit": request.actor.can("order.manage")})


@require_safe
@needs("order.view")
def order(request: Any, pk: int) -> HttpResponse:
    """One order: its lines, what was promised, its documents, and what became of it."""
    return _page(request, _order(request, pk))


def _page(request: Any, found: Order, status: int = 200, **forms: Any) -> HttpResponse:
    context = papers.of_order(found, request.actor)
    may = bool(request.actor.can("order.manage"))
    context |= {"may_manage": may, "may_see_prices": bool(request.actor.can("price.view"))}
    context |= {"may_change": may and found.status in verbs.OPEN, "may_confirm": may and can_proceed(found.confirm)}
    context |= {"may_cancel": may and can_proceed(found.cancel), "is_open": found.status != OrderStatus.CANCELLED}
    context |= {"promise_form": PromiseForm(), "document_form": _document_form(context), **forms}
    return render(request, "billing/orders/page.html", context, status=status)


def _document_form(context: dict[str, Any]) -> DocumentForm:
    """The first document is the order itself, unless somebody says otherwise."""
    return DocumentForm(initial={"is_the_order": not context["documents"]})


@editing
@needs("order.manage")
@counts_once
def new(request: Any) -> HttpResponse:
    """What a customer ordered."""
    given = request.GET.get("company", "")
    return _edit(request, None, {"company": given} if given.isdecimal() and len(given) < 19 else {})


@editing
@needs("order.manage")
def edit(request: Any, pk: int) -> HttpResponse:
    """Other words, other lines; of a confirmed order what was not delivered yet."""
    return _edit(request, _order(request, pk), {})


def _edit(request: Any, found: Order | None, begin: dict[str, Any]) -> HttpResponse:
    """The form; "Save" alone keeps anything."""
    posted = request.method == "POST"
    form = OrderForm(request.actor, found, request.POST if posted else None, begin=begin)
    verb, _sep, place = request.POST.get("do", "save").partition("-")
    saves, now = posted and verb == "save" and not request.POST.keys() & {"again", "search"}, None
    if "again" in request.POST:
        form.bring_customer()
    if posted and not saves:
        form.rearrange(verb, int(place) if place.isdecimal() and len(place) < PLACES else -1)
    try:
        if saves and form.is_valid():
            return _saved(request, found, form)
    except Refused as refused:
        form.refuse(refused)
        now = papers.now_beside(found, refused, form)
    context = {"order": found, "form": form, "now": now}
    return render(request, "billing/orders/edit.html", context, status=409 if now else 422 if saves else 200)


def _saved(request: Any, found: Order | None, form: OrderForm) -> HttpResponse:
    with counted(request) as sent:
        if found is None:
            kept = verbs.enter(form.draft, by=request.actor)
        else:
            kept = verbs.change(found, form.draft, version=form.cleaned_data["version"] or 0, by=request.actor)
        answer = sent.leads_to("billing:order", request.tenant.slug, kept.pk)
    messages.success(request, _("Order %(number)s is saved.") % {"number": kept.number})
    return answer


@editing
@needs("order.manage")
def confirm(request: Any, pk: int) -> HttpResponse:
    """The plan of the tickets; confirming makes all of them."""
    found = _order(request, pk)
    planned = confirming.plan(found)
    form = PlanForm(planned, found.version, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _confirmed(request, found, form)
        except Refused as refused:
            if refused.code in {"order_confirmed_already", "order_moved_on"}:
                messages.info(request, refusals.explain(refused))
                return redirect("billing:order", request.tenant.slug, pk)
            form.refuse(refused)
    context = {"order": found, "form": form, "lines": papers.lines_of_plan(found, planned)}
    context |= {"is_possible": can_proceed(found.confirm) and bool(planned), "promises": promises.of(found.pk)}
    context["documents"], context["has_the_order"] = order_documents.kept(found)
    return render(request, "billing/orders/plan.html", context, status=422 if form.is_bound else 200)


def _confirmed(request: Any, found: Order, form: PlanForm) -> HttpResponse:
    clean = form.cleaned_data
    made = confirming.confirm(found, form.said, base=clean.get("base", ""), version=clean["version"], by=request.actor)
    numbers = ", ".join(str(ticket.number) for ticket in made)
    messages.success(request, _("Confirmed. Tickets made: %(numbers)s.") % {"numbers": numbers})
    return redirect("billing:order", request.tenant.slug, found.pk)


@editing
@needs("order.manage")
def cancel(request: Any, pk: int) -> HttpResponse:
    """Nothing will come of it, and why."""
    found = _order(request, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.cancel(found, form.cleaned_data["reason"], by=request.actor)
            messages.success(request, _("Order %(number)s is cancelled.") % {"number": found.number})
            return redirect("billing:order", request.tenant.slug, pk)
        except Refused as refused:
            form.refuse(refused)
    context = {"order": found, "form": form, "is_possible": can_proceed(found.cancel)}
    return render(request, "billing/orders/cancel.html", context, status=422 if form.errors else 200)


# What was promised --------------------------------------------------------------------------------------------------
@require_POST
@needs("order.manage")
@counts_once
def promise(request: Any, pk: int) -> HttpResponse:
    """Something more was agreed with the customer."""
    found = _order(request, pk)
    form = PromiseForm(request.POST)
    if form.is_valid():
        try:
            with counted(request) as sent:
                promises.agree(found, form.cleaned_data["text"], by=request.actor)
                answer = sent.leads_to("billing:order", request.tenant.slug, pk)
            messages.success(request, _("Written down. It stands on every ticket of the order."))
            return answer
        except Refused as refused:
            form.refuse(refused)
    return _page(request, found, 422, promise_form=form)


@editing
@needs("order.manage")
def change_promise(request: Any, pk: int, key: UUID) -> HttpResponse:
    """It was agreed otherwise, or does not stand any more; what was said before stays readable."""
    found, thread = _order(request, pk), _thread(pk, key)
    start = {"text": thread.text, "seen": thread.now.pk}
    form = PromiseForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            say = promises.withdraw if request.POST.get("do") == "withdraw" else promises.change
            say(found, key, form.cleaned_data["text"], seen=form.cleaned_data["seen"] or 0, by=request.actor)
            messages.success(request, _("Written down. The tickets of the order say so, with the date."))
            return redirect("billing:order", request.tenant.slug, pk)
        except Refused as refused:
            form.refuse(refused)
    context = {"order": found, "thread": thread, "form": form}
    return render(request, "billing/orders/promise.html", context, status=422 if form.errors else 200)


def _thread(pk: int, key: UUID) -> promises.Thread:
    found = next((one for one in promises.of(pk) if one.key == key), None)
    if found is None:
        raise Http404
    return found


# Documents ----------------------------------------------------------------------------------------------------------
@require_POST
@needs("order.manage")
@counts_once
def add_document(request: Any, pk: int) -> HttpResponse:
    """A document that goes with the order."""
    found = _order(request, pk)
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        clean = form.cleaned_data
        try:
            throttle.spend("upload", request)
            with taken_in(clean["upload"]) as stored, counted(request) as sent:
                name = clean_name(clean["upload"].name)
                order_documents.keep(found, stored, name, is_the_order=clean["is_the_order"], by=request.actor)
                answer = sent.leads_to("billing:order", request.tenant.slug, pk)
            messages.success(request, _("Saved."))
            return answer
        except Refused as refused:
            form.refuse(refused)
    return _page(request, found, 422, document_form=form)


@require_safe
@needs("order.view")
def document(request: Any, pk: int, part_pk: int) -> FileResponse:
    """A document of the order: a picture in the browser, everything else as a download."""
    row = _document(request, pk, part_pk)
    return served(row.file, row.name, as_attachment=row.file.content_type not in PICTURES)


@require_POST
@needs("order.manage")
def settle_document(request: Any, pk: int, part_pk: int, act: str) -> HttpResponse:
    """Say that a document is the order itself, or take it off a draft."""
    row = _document(request, pk, part_pk)
    if act == "choose":
        order_documents.make_the_order(row, by=request.actor)
    else:
        order_documents.remove(row, by=request.actor)
    messages.success(request, _("Saved."))
    return redirect("billing:order", request.tenant.slug, pk)


def _document(request: Any, pk: int, part_pk: int) -> OrderDocument:
    found: OrderDocument = get_object_or_404(papers.documents_of(_order(request, pk)), pk=part_pk)
    return found


def _order(request: Any, pk: int) -> Order:
    rows = Order.objects.visible_to(request.actor).select_related("company", "contact", "location", "owner")
    found: Order = get_object_or_404(rows, pk=pk)
    return found
