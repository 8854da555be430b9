"""The work types, for administrators: listed, added, changed, retired and brought back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.directory import work_types
from psa.directory.models import WorkType
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from tickets.forms import WorkTypeForm
from tickets.forms.work_types import DEFAULTS, default_of

CAPABILITY = work_types.CAPABILITY


@require_safe
@needs(CAPABILITY)
def listing(request: Any) -> HttpResponse:
    """All of them in their order, the retired ones last."""
    found = WorkType.objects.order_by("-is_active", "position", "name")
    rows = [(kind, DEFAULTS[default_of(kind)][0]) for kind in found]
    return render(request, "tickets/work_types.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(CAPABILITY)
def new(request: Any) -> HttpResponse:
    """A new one."""
    return _edit(request, WorkTypeForm(request.POST or None), work_types.add, None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(CAPABILITY)
def edit(request: Any, pk: int) -> HttpResponse:
    """What one is called and what becomes of its hours."""
    kind = get_object_or_404(WorkType.objects.all(), pk=pk)

    def change(**fields: Any) -> WorkType:
        return work_types.edit(kind, **fields)

    return _edit(request, WorkTypeForm(request.POST or None, kind=kind), change, kind)


@require_POST
@needs(CAPABILITY)
def retire(request: Any, pk: int) -> HttpResponse:
    """Offer it no more, or again."""
    kind = get_object_or_404(WorkType.objects.all(), pk=pk)
    try:
        verb = work_types.restore if request.POST.get("restore") else work_types.retire
        verb(kind, by=request.actor)
        messages.success(request, _("Saved."))
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return redirect("tickets:work_types", request.tenant.slug)


def _edit(request: Any, form: WorkTypeForm, save: Callable[..., WorkType], kind: WorkType | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            save(by=request.actor, **form.values())
        except Refused as refused:
            at = "name" if refused.code == "work_type_name_taken" else "is_for_calls"
            form.add_error(at, refusals.explain(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("tickets:work_types", request.tenant.slug)
    status = 422 if form.errors else 200
    return render(request, "tickets/work_type.html", {"form": form, "kind": kind}, status=status)
