"""The service levels, for whoever manages them: listed, added, changed and taken away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.directory import service_levels
from psa.directory.models import ServiceLevel
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from tickets.forms.service_levels import ServiceLevelForm
from tickets.models.desk import Priority

CAPABILITY = service_levels.CAPABILITY
editing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs(CAPABILITY)
def listing(request: Any) -> HttpResponse:
    """All of them, with what they promise for a ticket of normal priority."""
    found = ServiceLevel.objects.visible_to(request.actor).select_related("company", "contract__company", "calendar")
    normal = service_levels.of_priority(Priority.NORMAL)
    rows = [(level, normal.get(level.pk)) for level in found]
    return render(request, "tickets/service_levels.html", {"rows": rows})


@editing
@needs(CAPABILITY)
def new(request: Any) -> HttpResponse:
    """A new one."""
    return _edit(request, ServiceLevelForm(request.POST or None), service_levels.add, None)


@editing
@needs(CAPABILITY)
def edit(request: Any, pk: int) -> HttpResponse:
    """For whom, in which hours, and how long."""
    level = get_object_or_404(ServiceLevel.objects.visible_to(request.actor), pk=pk)

    def change(**fields: Any) -> ServiceLevel:
        return service_levels.edit(level, **fields)

    form = ServiceLevelForm(request.POST or None, level=level, targets=service_levels.targets_of(level))
    return _edit(request, form, change, level)


@require_POST
@needs(CAPABILITY)
def delete(request: Any, pk: int) -> HttpResponse:
    """Promise it no more."""
    level = get_object_or_404(ServiceLevel.objects.visible_to(request.actor), pk=pk)
    service_levels.delete(level, by=request.actor)
    messages.success(request, _("The service level was deleted."))
    return redirect("tickets:service_levels", request.tenant.slug)


def _edit(
    request: Any, form: ServiceLevelForm, save: Callable[..., ServiceLevel], level: ServiceLevel | None
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            save(by=request.actor, **form.values())
        except Refused as refused:
            form.add_error("name" if refused.code == "service_level_name_taken" else None, refusals.explain(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("tickets:service_levels", request.tenant.slug)
    context = {"form": form, "level": level}
    return render(request, "tickets/service_level.html", context, status=422 if form.errors else 200)
