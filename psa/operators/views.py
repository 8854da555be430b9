"""The operators' pages. They stand in no tenant; to everybody who is no operator there is nothing here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.lanes.models import Lane
from psa.operators import lists, services, trouble
from psa.operators.forms import FeeForm, ReasonForm, TenantForm
from psa.operators.services import Operator
from psa.tenancy.errors import Refused
from psa.tenancy.models import Tenant
from psa.web.access import for_operators


@require_safe
@for_operators
def tenants(request: Any) -> HttpResponseBase:
    """Every company of the installation."""
    return lists.tenants(request).answer("operators/tenants.html", {"area": "tenants"})


@require_http_methods(["GET", "HEAD", "POST"])
@for_operators
def create(request: Any) -> HttpResponse:
    """A new company; its administrator gets the mail with the way in."""
    form = TenantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            member = services.create(**form.arguments(), by=Operator.of(request.user))
            messages.success(request, _("Created. %(email)s got a mail with the way in.") % {"email": member.email})
            return redirect("operators:tenants")
        except Refused as refused:
            form.refuse(refused)
    return render(
        request, "operators/create.html", {"form": form, "area": "tenants"}, status=422 if form.errors else 200
    )


@require_safe
@for_operators
def tenant(request: Any, slug: str) -> HttpResponse:
    """How one company stands, and what can be done about it."""
    return _page(request, _found(slug))


@require_POST
@for_operators
def suspend(request: Any, slug: str) -> HttpResponse:
    """Close the door to its people, with a reason."""
    return _with_reason(request, slug, services.suspend, _("Suspended. Nobody of %(name)s comes in."))


@require_POST
@for_operators
def resume(request: Any, slug: str) -> HttpResponse:
    """Let its people in again, with a reason."""
    return _with_reason(request, slug, services.resume, _("%(name)s may come in again."))


@require_POST
@for_operators
def upgrade(request: Any, slug: str) -> HttpResponse:
    """Portal → full."""
    found = services.upgrade(_found(slug), by=Operator.of(request.user))
    messages.success(request, _("%(name)s has the full plan from now on.") % {"name": found.name})
    return redirect("operators:tenant", slug)


@require_POST
@for_operators
def fee(request: Any, slug: str) -> HttpResponse:
    """The transaction fee of one lead."""
    found, form = _found(slug), FeeForm(request.POST)
    if not form.is_valid():
        return _page(request, found, fee=form)
    services.set_fee(found, form.cleaned_data["amount"], by=Operator.of(request.user))
    messages.success(request, _("Saved. It is due for offers sent from now on."))
    return redirect("operators:tenant", slug)


@require_safe
@for_operators
def links(request: Any) -> HttpResponse:
    """The links between companies that hang: kind, size, age and error code, never what they carry."""
    return render(request, "operators/links.html", {"links": trouble.hanging(), "most": trouble.SHOWN, "area": "links"})


@require_POST
@for_operators
def retry(request: Any, pk: int) -> HttpResponse:
    """Let a link try again now."""
    services.retry(get_object_or_404(Lane, pk=pk), by=Operator.of(request.user))
    messages.success(request, _("Trying again now."))
    return redirect("operators:links")


@require_safe
@for_operators
def log(request: Any) -> HttpResponseBase:
    """What operators did, and why."""
    return lists.acts(request).answer("operators/log.html", {"area": "log"})


def _with_reason(request: Any, slug: str, verb: Callable[..., Any], said: str) -> HttpResponse:
    found, form = _found(slug), ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, found, reason=form)
    verb(found, form.cleaned_data["reason"], by=Operator.of(request.user))
    messages.success(request, said % {"name": found.name})
    return redirect("operators:tenant", slug)


def _page(request: Any, found: Tenant, *, reason: ReasonForm | None = None, fee: FeeForm | None = None) -> HttpResponse:
    context = {
        "tenant": found,
        "area": "tenants",
        "plan": lists.plan(found.is_portal),
        "state": lists.state(found.suspended_at),
        "reason": reason or ReasonForm(),
        "fee": fee or FeeForm(initial={"amount": found.transaction_fee}),
        "currency": settings.OPERATOR_CURRENCY,
        "acts": lists.acts_about(found),
    }
    return render(request, "operators/tenant.html", context, status=422 if reason or fee else 200)


def _found(slug: str) -> Any:
    if (found := lists.tenant(slug)) is None:
        raise Http404
    return found
