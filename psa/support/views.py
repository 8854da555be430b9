"""The administrator's page about support, and the operators' list of companies they may look into."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.support import sentences, services
from psa.support.forms import GrantForm
from psa.tenancy.errors import Refused
from psa.web.access import for_operators, needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("tenant.settings")
def page(request: Any) -> HttpResponse:
    """Who of the support may look in, who did, and at what."""
    form = GrantForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.grant(**form.cleaned_data, by=request.actor)
            messages.success(request, _("The support may look in from now on."))
            return _back(request)
        except Refused as refused:
            form.refuse(refused)
    told = services.grants()
    context = {
        "form": form,
        "open": [one for one in told if one.grant.is_open],
        "over": [one for one in told if not one.grant.is_open],
        "looks": [(one, sentences.told(one.kind, one.data)) for one in services.looks()],
    }
    return render(request, "support/page.html", context, status=422 if form.errors else 200)


@require_POST
@needs("tenant.settings")
def revoke(request: Any, pk: int) -> HttpResponse:
    """Take it back at once."""
    services.revoke(get_object_or_404(services.every(), pk=pk), by=request.actor)
    messages.success(request, _("Taken back. From the next click on the support finds nothing here."))
    return _back(request)


@require_safe
@for_operators
def companies(request: Any) -> HttpResponse:
    """Where I may look in."""
    return render(request, "support/companies.html", {"grants": services.open_to(request.user), "area": "support"})


def _back(request: Any) -> HttpResponse:
    return HttpResponseRedirect(reverse("support:page", args=[request.tenant.slug]))
