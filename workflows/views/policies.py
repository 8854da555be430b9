"""The rules of requests: for everybody, and where a category, a customer or a contract says something else."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from psa.directory.models import Company, Contract
from psa.web.access import needs
from tickets.models import Category
from workflows import policies
from workflows.forms.policies import PolicyForm
from workflows.models import ServicePolicy
from workflows.services import policy_rules

editing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs("rule.manage")
def listing(request: Any) -> HttpResponse:
    """Everybody's rules, every place that says something else, and the categories to begin one for."""
    rows = [(*_named(request, row), _said(row)) for row in policy_rules.settled()]
    context = {
        "rows": rows,
        "own": _said(policy_rules.of(request.tenant)),
        "categories": Category.objects.filter(is_active=True),
        "may_all": bool(request.actor.can("tenant.manage")),
    }
    return render(request, "workflows/policies/listing.html", context)


@editing
@needs("tenant.manage")
def everybody(request: Any) -> HttpResponse:
    """What counts where nobody says otherwise."""
    return _edit(request, request.tenant, _("For everybody"))


@editing
@needs("rule.manage")
def of_category(request: Any, pk: int) -> HttpResponse:
    """What counts for a category."""
    category = get_object_or_404(Category.objects.all(), pk=pk)
    return _edit(request, category, category.name)


@editing
@needs("rule.manage")
def of_company(request: Any, pk: int) -> HttpResponse:
    """What counts for a customer."""
    company = get_object_or_404(Company.objects.visible_to(request.actor), pk=pk)
    return _edit(request, company, company.name)


@editing
@needs("rule.manage")
def of_contract(request: Any, pk: int) -> HttpResponse:
    """What a contract says."""
    contract = get_object_or_404(Contract.objects.visible_to(request.actor).select_related("company"), pk=pk)
    return _edit(request, contract, f"{contract.company.name} · {contract.name}")


def _edit(request: Any, subject: Any, title: str) -> HttpResponse:
    row = policy_rules.of(subject)
    form = PolicyForm(row, policy_rules.inherited(subject), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        policy_rules.settle(subject, form.values, by=request.actor)
        messages.success(request, _("Saved. What runs already keeps the days it was told."))
        return HttpResponseRedirect(reverse("workflows:policies", args=[request.tenant.slug]))
    status = 422 if form.errors else 200
    return render(request, "workflows/policies/edit.html", {"form": form, "title": title}, status=status)


def _named(request: Any, row: ServicePolicy) -> tuple[str, str]:
    """What a place is called, and where its rules are."""
    slug = request.tenant.slug
    if row.contract is not None:
        name = f"{row.contract.company.name} · {row.contract.name}"
        return name, reverse("workflows:policy_of_contract", args=[slug, row.contract.pk])
    if row.company is not None:
        return row.company.name, reverse("workflows:policy_of_company", args=[slug, row.company.pk])
    assert row.category is not None  # a place is one of the three
    return row.category.name, reverse("workflows:policy_of_category", args=[slug, row.category.pk])


def _said(row: ServicePolicy) -> int:
    """How many words a place says itself."""
    return sum(getattr(row, name) is not None for name in policies.NAMES)
