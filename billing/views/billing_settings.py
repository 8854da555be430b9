"""How the company bills, and how one customer of it is billed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from billing.forms.invoices import ProfileForm, RateForm, SettingsForm
from billing.models import VatRate
from billing.services import billing_settings
from psa.directory.models import Company
from psa.tenancy.errors import Refused
from psa.web.access import needs

editing = require_http_methods(["GET", "HEAD", "POST"])


@editing
@needs("tenant.settings")
def page(request: Any) -> HttpResponse:
    """What stands on papers: seller, bank, numbers, days to pay."""
    form = SettingsForm(billing_settings.of_tenant(), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            billing_settings.settle(form.values, version=form.cleaned_data["version"], by=request.actor)
            messages.success(request, _("Saved. Papers already issued stay as they are."))
            return _back(request)
        except Refused as refused:
            form.refuse(refused)
    return _page(request, form, RateForm())


@require_POST
@needs("tenant.settings")
def put_rate(request: Any) -> HttpResponse:
    """A VAT rate from a day on."""
    form = RateForm(request.POST)
    if not form.is_valid():
        return _page(request, SettingsForm(billing_settings.of_tenant()), form)
    clean = form.cleaned_data
    billing_settings.put_rate(clean["kind"], clean["percent"], clean["since"], by=request.actor)
    messages.success(request, _("The rate counts from that day on. Drafts take it over when they are reckoned again."))
    return _back(request)


@require_POST
@needs("tenant.settings")
def drop_rate(request: Any, pk: int) -> HttpResponse:
    """The rate does not count any more."""
    rate = get_object_or_404(VatRate, pk=pk)
    billing_settings.drop_rate(rate, by=request.actor)
    messages.success(request, _("The rate was removed."))
    return _back(request)


@editing
@needs("invoice.manage")
def profile(request: Any, pk: int) -> HttpResponse:
    """How a customer is billed: address, format, days to pay."""
    company = get_object_or_404(Company.objects.visible_to(request.actor), pk=pk)
    form = ProfileForm(billing_settings.profile_of(company), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        billing_settings.agree(company, form.values, by=request.actor)
        messages.success(request, _("Saved. It counts for new drafts; issued invoices stay as they are."))
        return HttpResponseRedirect(reverse("directory:page", args=[request.tenant.slug, company.pk]))
    status = 422 if form.errors else 200
    return render(request, "billing/invoices/profile.html", {"form": form, "company": company}, status=status)


def _page(request: Any, form: SettingsForm, rate_form: RateForm) -> HttpResponse:
    row = billing_settings.of_tenant()
    context = {
        "form": form,
        "rate_form": rate_form,
        "rates": billing_settings.rates(),
        "usual": billing_settings.usual_rates(row.country),
        "lacking": billing_settings.lacking(row),
    }
    status = 422 if form.errors or rate_form.errors else 200
    return render(request, "billing/invoices/settings.html", context, status=status)


def _back(request: Any) -> HttpResponse:
    return HttpResponseRedirect(reverse("billing:billing_settings", args=[request.tenant.slug]))
