"""Who decides on estimates for a company, kept by its own administrator contact: limits, turns, deputies with dates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from psa.tenancy.errors import Refused
from workflows.forms.approvers import ApproverForm, DeputyForm, LimitForm
from workflows.portal import sight
from workflows.portal.access import for_customers
from workflows.services import approvers

editing = require_http_methods(["GET", "HEAD", "POST"])


@editing
@for_customers
def add(request: Any) -> HttpResponse:
    """One more of the company decides."""
    company = _company(request)
    known = sight.approvers(request.eyes).values_list("contact", flat=True)
    start = {"currency": request.tenant.currency, "initial": {"position": len(known) + 1}}
    form = ApproverForm(_people(request, *known), request.POST or None, **start)
    if _saved(request, form, lambda **given: approvers.add(company, **given)):
        return _to(request, "portal:people")
    return render(request, "portal/approver_new.html", {"form": form}, status=422 if form.errors else 200)


@editing
@for_customers
def page(request: Any, approver: int) -> HttpResponse:
    """Another limit or turn; who stands in for them, and until when."""
    row = _approver(request, approver)
    start = {"limit": row.limit, "position": row.position}
    form = LimitForm(request.POST or None, currency=row.currency, initial=start)
    if _saved(request, form, lambda **given: approvers.edit(row, **given)):
        return _to(request, "portal:people")
    return _page(request, row, form, DeputyForm(_people(request, row.contact_id)))


@require_POST
@for_customers
def remove(request: Any, approver: int) -> HttpResponse:
    """They decide no more."""
    approvers.remove(_approver(request, approver), by=request.actor)
    messages.success(request, _("Removed. What was decided stays."))
    return _to(request, "portal:people")


@require_POST
@for_customers
def appoint(request: Any, approver: int) -> HttpResponse:
    """Somebody in their place for some days."""
    row = _approver(request, approver)
    form = DeputyForm(_people(request, row.contact_id), request.POST)
    if _saved(request, form, lambda **given: approvers.appoint(row, **given)):
        return _to(request, "portal:approver", row.pk)
    limit = LimitForm(currency=row.currency, initial={"limit": row.limit, "position": row.position})
    return _page(request, row, limit, form)


@require_POST
@for_customers
def dismiss(request: Any, approver: int, deputy: int) -> HttpResponse:
    """No deputy any more."""
    row = _approver(request, approver)
    approvers.dismiss(get_object_or_404(row.deputies, pk=deputy), by=request.actor)
    messages.success(request, _("Saved."))
    return _to(request, "portal:approver", row.pk)


def _company(request: Any) -> Any:
    """The company the contact looks after; for everybody else there is no such page."""
    if not request.eyes.access.is_administrator:
        raise Http404
    return request.contact.company


def _approver(request: Any, pk: int) -> Any:
    """One of the company's approvers, with what `sight.approvers` knows of them."""
    _company(request)
    return get_object_or_404(sight.approvers(request.eyes), pk=pk)


def _people(request: Any, *but: int) -> Any:
    return sight.colleagues(request.eyes).filter(is_active=True).exclude(pk__in=but).order_by("name")


def _saved(request: Any, form: Any, save: Callable[..., Any]) -> bool:
    """Whether what was typed is saved; a no stands on the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        save(by=request.actor, **form.cleaned_data)
    except Refused as refused:
        form.refuse(refused)
        return False
    messages.success(request, _("Saved."))
    return True


def _page(request: Any, row: Any, form: LimitForm, deputy: DeputyForm) -> HttpResponse:
    today = timezone.localdate()
    deputies = row.deputies.filter(ends_on__gte=today).select_related("contact")
    context = {"row": row, "form": form, "deputy": deputy, "deputies": deputies}
    status = 422 if form.errors or deputy.errors else 200
    return render(request, "portal/approver.html", context, status=status)


def _to(request: Any, name: str, *args: Any) -> HttpResponse:
    return HttpResponseRedirect(reverse(name, args=[request.tenant.slug, *args]), status=303)
