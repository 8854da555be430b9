"""What was posted, and one item of it: its price, what became of it, and taking it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, Value
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from billing.forms.approving import CorrectForm
from billing.lists.posting import COVERED, POSTED, STATES, sums
from billing.models import BillingItem, BillingStatus, InvoiceKind
from billing.services import drafts, posting, showing
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from tickets.models import Ticket

STANDING = (BillingStatus.POSTED, BillingStatus.INVOICED, BillingStatus.WRITTEN_OFF, BillingStatus.BALANCED)


@require_safe
@needs("invoice.view")
def posted(request: Any) -> HttpResponseBase:
    """The list invoices are drawn up from."""
    request.actor.require("price.view")
    rows = BillingItem.objects.visible_to(request.actor).filter(status__in=STANDING)
    listing = POSTED.open(request, rows.annotate(slug=Value(request.tenant.slug)))
    billed = listing.filtered.exclude(status=BillingStatus.WRITTEN_OFF)
    return listing.answer("billing/posted/list.html", {"amounts": sums(billed)})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("invoice.view")
def item(request: Any, pk: int) -> HttpResponse:
    """One item; what was posted can be taken back here, and something else billed instead."""
    request.actor.require("price.view")
    found = get_object_or_404(
        BillingItem.objects.visible_to(request.actor).select_related("company", "ticket", "block"), pk=pk
    )
    form = _form(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = _take_back(found, form, request)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
        else:
            messages.success(request, _("It was taken back. Both items stay on record."))
            return redirect("billing:posted_item", request.tenant.slug, made.pk)
    context = {"item": found, "form": form, **_about(found, request)}
    return render(request, "billing/posted/item.html", context, status=422 if form.errors else 200)


def _form(found: BillingItem, data: Any) -> CorrectForm:
    return CorrectForm(data, initial={"unit_price": found.unit_price, "text": found.text})


def _take_back(found: BillingItem, form: CorrectForm, request: Any) -> BillingItem:
    clean = form.cleaned_data
    if form.is_instead:
        instead = posting.Instead(clean["quantity"], clean["unit_price"], clean["text"])
        return posting.correct(found, instead, clean["reason"], by=request.actor)
    return posting.reverse(found, clean["reason"], by=request.actor)


def _about(found: BillingItem, request: Any) -> dict[str, Any]:
    """What stands beside it: its other parts, what it takes back and what takes it back."""
    rows = BillingItem.objects.visible_to(request.actor)
    replaced = [key for key in (found.pk, found.reverses_id) if key]
    before = [key for key in (found.reverses_id, found.instead_of_id) if key]
    family = list(rows.filter(Q(pk__in=before) | Q(reverses=found) | Q(instead_of__in=replaced)).order_by("pk"))
    same = {name: key for name in ("entry_id", "charge_id") if (key := getattr(found, name))}
    beside = rows.filter(**same).exclude(pk=found.pk).order_by("pk") if same else rows.none()
    is_over = found.reverses_id is not None or any(one.reverses_id == found.pk for one in family)
    is_posted = found.status in (BillingStatus.POSTED, BillingStatus.INVOICED)
    papers = showing.bearing(BillingItem.objects.filter(pk=found.pk), request.actor).exclude(number="")
    return {
        "papers": [one for one in papers if one.kind == InvoiceKind.INVOICE],
        "credited_by": [one for one in papers if one.kind == InvoiceKind.CREDIT_NOTE],
        "relatives": [(_relation(one, found), one) for one in family],
        "from_block": drafts.drawn_from_block(found),
        "state": STATES.badge(found.status),
        "sees_ticket": Ticket.objects.visible_to(request.actor).filter(pk=found.ticket_id).exists(),
        "covered": COVERED.get(found.covered, found.covered),
        "beside": [(one, STATES.badge(one.status, plain=True)) for one in beside],
        "may_take_back": is_posted and not is_over and bool(request.actor.can("billing.post")),
    }


def _relation(one: BillingItem, to: BillingItem) -> str:
    """What an item is to another of the same family: what was posted, what takes it back, what is billed instead."""
    if one.pk == to.reverses_id:
        return _("Takes back")
    if one.pk == to.instead_of_id:
        return _("Stands instead of")
    return _("Was taken back by") if one.reverses_id else _("Billed instead")
