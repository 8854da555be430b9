"""A customer's approvers: who decides on estimates, up to how much, who stands in for them, how many have to agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.directory.models import Company, Contact
from psa.tenancy.errors import Refused
from psa.web.access import needs
from workflows.forms.approvers import ApproverForm, DeputyForm, LimitForm, ModeForm
from workflows.forms.refusable import Refusable
from workflows.models import Approver, Deputy
from workflows.services import approvers

editing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs("company.view")
def listing(request: Any, pk: int) -> HttpResponse:
    """Everybody who decides, with their deputies, and the rule."""
    company = _company(request, pk)
    mode = approvers.mode_of(company.pk)
    rows = Approver.objects.visible_to(request.actor).filter(company=company).select_related("contact")
    deputies = Deputy.objects.visible_to(request.actor).select_related("contact")
    context = {
        "company": company,
        "rows": rows.prefetch_related(Prefetch("deputies", deputies)),
        "mode": ModeForm(initial={"mode": mode}),
        "may_edit": request.actor.can("company.manage") == "all",
        "today": timezone.localdate(),
    }
    return render(request, "workflows/approvers/listing.html", context)


@require_POST
@needs("company.manage")
def set_mode(request: Any, pk: int) -> HttpResponse:
    """Any one, all, or one after the other."""
    company, form = _company(request, pk), ModeForm(request.POST)
    if form.is_valid():
        approvers.set_mode(company, form.cleaned_data["mode"], by=request.actor)
        messages.success(request, _("Saved. Estimates sent from now on go by it."))
    return _back(request, company)


@editing
@needs("company.manage")
def add(request: Any, pk: int) -> HttpResponse:
    """One more."""
    company = _company(request, pk)
    turn = Approver.objects.visible_to(request.actor).filter(company=company).count() + 1
    start = {"currency": request.tenant.currency, "initial": {"position": turn}}
    form = ApproverForm(_people(request, company), request.POST or None, **start)
    return _edit(request, company, form, _("New approver"), lambda **given: approvers.add(company, **given))


@editing
@needs("company.manage")
def edit(request: Any, pk: int, approver: int) -> HttpResponse:
    """Another limit or turn."""
    company = _company(request, pk)
    row = _approver(request, company, approver)
    start = {"limit": row.limit, "position": row.position}
    form = LimitForm(request.POST or None, currency=row.currency, initial=start)
    return _edit(request, company, form, row.contact.name, lambda **given: approvers.edit(row, **given))


@require_POST
@needs("company.manage")
def remove(request: Any, pk: int, approver: int) -> HttpResponse:
    """Not any more."""
    company = _company(request, pk)
    approvers.remove(_approver(request, company, approver), by=request.actor)
    messages.success(request, _("Removed. What was decided stays."))
    return _back(request, company)


@editing
@needs("company.manage")
def appoint(request: Any, pk: int, approver: int) -> HttpResponse:
    """Somebody in their place for some days."""
    company = _company(request, pk)
    row = _approver(request, company, approver)
    form = DeputyForm(_people(request, company), request.POST or None)
    title = _("Deputy for %(name)s") % {"name": row.contact.name}
    return _edit(request, company, form, title, lambda **given: approvers.appoint(row, **given))


@require_POST
@needs("company.manage")
def dismiss(request: Any, pk: int, approver: int, deputy: int) -> HttpResponse:
    """No deputy any more."""
    company = _company(request, pk)
    row = _approver(request, company, approver)
    found = get_object_or_404(Deputy.objects.visible_to(request.actor), pk=deputy, approver=row)
    approvers.dismiss(found, by=request.actor)
    messages.success(request, _("Saved."))
    return _back(request, company)


def _company(request: Any, pk: int) -> Company:
    return get_object_or_404(Company.objects.visible_to(request.actor), pk=pk)


def _people(request: Any, company: Company) -> Any:
    return Contact.objects.visible_to(request.actor).filter(company=company, is_active=True).order_by("name")


def _approver(request: Any, company: Company, pk: int) -> Approver:
    rows = Approver.objects.visible_to(request.actor).select_related("contact", "company")
    return get_object_or_404(rows, pk=pk, company=company)


def _edit(request: Any, company: Company, form: Refusable, title: str, save: Callable[..., Any]) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            save(by=request.actor, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return _back(request, company)
        except Refused as refused:
            form.refuse(refused)
    context = {"company": company, "form": form, "title": title}
    return render(request, "workflows/approvers/edit.html", context, status=422 if form.errors else 200)


def _back(request: Any, company: Company) -> HttpResponse:
    return HttpResponseRedirect(reverse("workflows:approvers", args=[request.tenant.slug, company.pk]))
