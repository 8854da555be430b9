"""The pages of the address book."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Value
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from psa.directory import erasing, services
from psa.directory.forms import CompanyForm
from psa.directory.lists import COMPANIES, KINDS
from psa.directory.models import Company, Contact, Contract, Location, Rate
from psa.directory.parts import PARTS
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.once import counted, counts_once

editing = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
def companies(request: Any) -> HttpResponseBase:
    """The list."""
    request.actor.require("company.view")
    rows = Company.objects.visible_to(request.actor).annotate(slug=Value(request.tenant.slug))
    may_add = request.actor.can("company.manage") == "all"
    return COMPANIES.open(request, rows).answer("directory/list.html", {"may_add": may_add})


@require_GET
def page(request: Any, pk: int) -> HttpResponse:
    """One company with its people, places and contracts."""
    company, actor = _company(request, pk), request.actor
    contracts = list(Contract.objects.visible_to(actor).filter(company=company).order_by("-starts_on", "-pk"))
    rates = Rate.objects.visible_to(actor).filter(contract__in=contracts).select_related("work_type")
    context = {
        "company": company,
        "kind": KINDS.badge(company.kind),
        "contacts": Contact.objects.visible_to(actor)
        .filter(company=company)
        .select_related("location")
        .order_by("name"),
        "locations": Location.objects.visible_to(actor).filter(company=company).order_by("name"),
        "contracts": [(one, [rate for rate in rates if rate.contract_id == one.pk]) for one in contracts],
        **_rights(request),
    }
    return render(request, "directory/page.html", context)


@editing
@counts_once
def new(request: Any) -> HttpResponse:
    """A new company."""
    request.actor.require("company.manage")
    return _edit(request, CompanyForm, None, None, services.add_company, _("New company"))


@editing
def edit(request: Any, pk: int) -> HttpResponse:
    """A company's own properties."""
    company = _company(request, pk)
    request.actor.require("company.manage")

    def change(**fields: Any) -> Company:
        return services.edit_company(company, **fields)

    return _edit(request, CompanyForm, company, company, change, _("Edit company"))


@editing
@counts_once
def new_part(request: Any, pk: int, part: str) -> HttpResponse:
    """A new contact, location, contract or rate."""
    company, kind = _company(request, pk), PARTS[part]
    request.actor.require(kind.capability)

    def add(**fields: Any) -> Any:
        return kind.add(company, **fields)

    return _edit(request, kind.form, company, None, add, kind.new_title)


@editing
def edit_part(request: Any, pk: int, part: str, part_pk: int) -> HttpResponse:
    """A contact, location, contract or rate."""
    company, kind = _company(request, pk), PARTS[part]
    row = get_object_or_404(kind.rows(company, request.actor), pk=part_pk)
    request.actor.require(kind.capability)

    def change(**fields: Any) -> Any:
        return kind.edit(row, **fields)

    return _edit(request, kind.form, company, row, change, kind.edit_title)


@editing
def erase_contact(request: Any, pk: int, part_pk: int) -> HttpResponse:
    """Take out for good what is known of a person, after asking."""
    company = _company(request, pk)
    contact = get_object_or_404(PARTS["contacts"].rows(company, request.actor), pk=part_pk)
    request.actor.require("company.manage")
    reason = ""
    if request.method == "POST":
        try:
            erasing.anonymise(contact, by=request.actor)
            messages.success(request, _("The person was erased."))
            return redirect("directory:page", tenant=request.tenant.slug, pk=company.pk)
        except Refused as refused:
            reason = refusals.explain(refused)
    context = {"company": company, "contact": contact, "reason": reason}
    return render(request, "directory/erase.html", context, status=409 if reason else 200)


def _company(request: Any, pk: int) -> Company:
    request.actor.require("company.view")
    return get_object_or_404(Company.objects.visible_to(request.actor), pk=pk)


def _rights(request: Any) -> dict[str, bool]:
    can = request.actor.can
    return {
        "may_edit": can("company.manage") == "all",
        "may_see_contracts": bool(can("contract.view")),
        "may_see_prices": bool(can("price.view")),
        "may_agree": can("contract.manage") == "all",
        "may_rule": bool(can("rule.manage")),
    }


def _edit(
    request: Any, form_class: Any, company: Company | None, row: Any, save: Callable[..., Any], title: Any
) -> HttpResponse:
    """The one form page: shows the form, or saves it and goes to the company."""
    form = form_class(request.POST or None, instance=row, company=company, initial=_chosen(request))
    if request.method == "POST" and form.is_valid():
        with counted(request) as sent:
            saved = save(by=request.actor, **form.cleaned_data)
            pk = company.pk if company else saved.pk
            answer = sent.leads_to("directory:page", tenant=request.tenant.slug, pk=pk)
        messages.success(request, _("Saved."))
        return answer
    context = {"form": form, "company": company, "title": title, "contact": row if isinstance(row, Contact) else None}
    return render(request, "directory/edit.html", context, status=422 if form.errors else 200)


def _chosen(request: Any) -> dict[str, str]:
    """What the link to a new rate has chosen already. The field offers the company's contracts only."""
    return {"contract": request.GET["contract"]} if request.GET.get("contract", "").isdecimal() else {}
