"""Contracts: the list, and a page for what each brings – rates, blocks of hours, surcharges, recurring positions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Value
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms import contracts as forms
from billing.lists.contracts import CONTRACTS, KINDS
from billing.models import ContractLine, HourBlock, Surcharge
from billing.readings import Block, Window, named
from billing.services import contracts as services
from billing.services import recurring
from psa.directory.models import Contract, ContractKind, Rate
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from psa.web.once import counted, counts_once


@dataclass(frozen=True, slots=True)
class Part:
    """What a contract consists of: row, verbs, titles."""

    model: Any
    add: Callable[..., Any]
    edit: Callable[..., Any]
    new_title: Any
    edit_title: Any


PARTS = {
    "blocks": Part(
        HourBlock,
        services.add_block,
        services.edit_block,
        gettext_lazy("New block of hours"),
        gettext_lazy("Edit block of hours"),
    ),
    "surcharges": Part(
        Surcharge,
        services.add_surcharge,
        services.edit_surcharge,
        gettext_lazy("New surcharge"),
        gettext_lazy("Edit surcharge"),
    ),
    "lines": Part(
        ContractLine,
        services.add_line,
        services.edit_line,
        gettext_lazy("New recurring position"),
        gettext_lazy("Edit recurring position"),
    ),
}


@require_safe
@needs("contract.view")
def contracts(request: Any) -> HttpResponseBase:
    """The list."""
    rows = Contract.objects.visible_to(request.actor).annotate(slug=Value(request.tenant.slug))
    return CONTRACTS.open(request, rows).answer("billing/contracts/list.html", {})


@require_safe
@needs("contract.view")
def contract(request: Any, pk: int) -> HttpResponse:
    """One contract with all it brings."""
    found, actor = _contract(request, pk), request.actor
    rates = Rate.objects.visible_to(actor).filter(contract=found).select_related("work_type")
    context = {
        "contract": found,
        "kind": KINDS.badge(found.kind),
        "rates": named(rates.order_by("work_type__name", "role", "-since")),
        "blocks": [Block.of(one, timezone.localdate()) for one in _parts(HourBlock, found, "bought_on")],
        "surcharges": [Window.of(one) for one in _parts(Surcharge, found, "pk").select_related("work_type")],
        "lines": _parts(ContractLine, found, "starts_on"),
        "may_manage": actor.can("contract.manage") == "all",
        "may_see_prices": bool(actor.can("price.view")),
        "may_bill": _may_bill(found, actor),
    }
    return render(request, "billing/contracts/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("contract.manage")
@counts_once
def part(request: Any, pk: int, part: str, part_pk: int = 0) -> HttpResponse:
    """A new block, surcharge or position of a contract, or one of its own."""
    found, kind = _contract(request, pk), PARTS.get(part)
    if kind is None:
        raise Http404
    row = get_object_or_404(_parts(kind.model, found, "pk"), pk=part_pk) if part_pk else None
    initial = None if row else forms.initial(part, found)
    form = forms.FORMS[part](request.POST if request.method == "POST" else None, instance=row, initial=initial)
    if request.method == "POST" and form.is_valid() and (answer := _saved(form, kind, found, row, request)):
        return answer
    title = kind.edit_title if row else kind.new_title
    context = {"form": form, "contract": found, "title": title, "row": row, "part": part}
    return render(request, "billing/contracts/part.html", context, status=422 if form.errors else 200)


@require_POST
@needs("contract.manage")
def remove_surcharge(request: Any, pk: int, part_pk: int) -> HttpResponse:
    """A surcharge is asked no more."""
    found = _contract(request, pk)
    row = get_object_or_404(_parts(Surcharge, found, "pk"), pk=part_pk)
    services.remove_surcharge(row, by=request.actor)
    messages.success(request, _("The surcharge was removed. What was approved keeps its price."))
    return redirect("billing:contract", request.tenant.slug, found.pk)


@require_POST
@needs("time.approve")
def bill_fixed_price(request: Any, pk: int) -> HttpResponse:
    """The fixed price goes to what is approved."""
    found = _contract(request, pk)
    try:
        services.bill_fixed_price(found, by=request.actor)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    else:
        messages.success(request, _("The fixed price was approved. It can be posted now."))
    return redirect("billing:contract", request.tenant.slug, found.pk)


def _contract(request: Any, pk: int) -> Contract:
    rows = Contract.objects.visible_to(request.actor).select_related("company")
    found: Contract = get_object_or_404(rows, pk=pk)
    return found


def _parts(model: Any, contract: Contract, order: str) -> Any:
    return model._default_manager.filter(contract=contract).order_by(order)


def _may_bill(contract: Contract, actor: Any) -> bool:
    if contract.kind != ContractKind.FIXED or not contract.fixed_price or not actor.can("time.approve"):
        return False
    return not services.is_fixed_price_billed(contract)


def _saved(form: Any, kind: Part, contract: Contract, row: Any, request: Any) -> HttpResponse | None:
    """The way back to the contract once it was saved; what was refused stands on the form."""
    try:
        with counted(request) as sent:
            if row is None:
                saved = kind.add(contract, by=request.actor, **form.cleaned_data)
            else:
                saved = kind.edit(row, by=request.actor, **form.cleaned_data)
            answer = sent.leads_to("billing:contract", request.tenant.slug, contract.pk)
    except Refused as refused:
        form.add_error(None, refusals.explain(refused))
        return None
    messages.success(request, _("Saved."))
    if "starts_on" in form.changed_data:
        _tell_of_due(request, saved)
    return answer


def _tell_of_due(request: Any, line: ContractLine) -> None:
    """A beginning in the past makes the periods since then due: how many is said at once."""
    today = timezone.localdate()
    count = len(list(recurring.periods(line, today))) if line.starts_on < today else 0
    if count:
        said = ngettext(
            "%(count)s period that began before today is due for billing now.",
            "%(count)s periods that began before today are due for billing now.",
            count,
        )
        messages.warning(request, said % {"count": count})
