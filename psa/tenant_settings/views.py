"""The company's own pages: its settings, its logo, and what is still to be set up."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.tenancy.errors import Refused
from psa.tenancy.models import Tenant
from psa.tenant_settings import services
from psa.tenant_settings.forms import CompanyForm, LogoForm
from psa.web import throttle
from psa.web.access import for_members, needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("tenant.settings")
def company(request: Any) -> HttpResponse:
    """What the company is called and how it writes."""
    form = CompanyForm(request.tenant, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.settle(form.values, form.seen, by=request.actor)
            messages.success(request, _("Saved."))
            return _back(request)
        except Refused as refused:
            form.refuse(refused)
    return _page(request, form, LogoForm(), 422 if form.errors else 200)


@require_POST
@needs("tenant.settings")
def set_logo(request: Any) -> HttpResponse:
    """A picture as the logo."""
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            throttle.spend("upload", request)
            services.show_logo(form.cleaned_data["upload"], by=request.actor)
            messages.success(request, _("The logo is shown from now on."))
            return _back(request)
        except Refused as refused:
            form.refuse(refused)
    return _page(request, CompanyForm(request.tenant), form, 422)


@require_POST
@needs("tenant.settings")
def drop_logo(request: Any) -> HttpResponse:
    """No logo any more."""
    services.take_logo_down(by=request.actor)
    messages.success(request, _("The logo was taken down."))
    return _back(request)


@require_safe
@for_members
def logo(request: Any) -> FileResponse:
    """The logo's bytes; its address changes with the picture."""
    return logo_of(request.tenant, "private")


@require_safe
@needs("tenant.settings")
def setup(request: Any) -> HttpResponse:
    """What is set up and what is still open."""
    return render(request, "tenant_settings/setup.html")


def logo_of(tenant: Tenant, kept_by: str) -> FileResponse:
    """A company's logo as a picture and nothing else, kept for a day: `kept_by` is "private", or "public" for
    everybody's caches. Raises Http404."""
    if not tenant.logo or not default_storage.exists(tenant.logo):
        raise Http404
    response = FileResponse(default_storage.open(tenant.logo), content_type="image/png")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = f"{kept_by}, max-age=86400"
    return response


def _page(request: Any, form: CompanyForm, logo_form: LogoForm, status: int) -> HttpResponse:
    return render(request, "tenant_settings/settings.html", {"form": form, "logo_form": logo_form}, status=status)


def _back(request: Any) -> HttpResponse:
    return HttpResponseRedirect(reverse("settings:company", args=[request.tenant.slug]))
