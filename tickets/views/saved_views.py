"""Saved views: kept from a list, renamed and deleted on a page of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import for_members
from psa.web.views import safe_next
from tickets.forms import ViewForm, ViewNameForm
from tickets.services import saved_views


@require_safe
@for_members
def manage(request: Any) -> HttpResponse:
    """The views the reader may open; theirs to rename and to delete."""
    return _page(request)


@require_POST
@for_members
def save(request: Any) -> HttpResponse:
    """Keep the view a list shows now."""
    form = ViewForm(request.POST)
    back = safe_next(request, reverse("tickets:saved_views", args=[request.tenant.slug]))
    if not form.is_valid():
        messages.error(request, _("The view needs a name of at most 60 characters."))
        return HttpResponseRedirect(back)
    try:
        view = saved_views.save(**form.values(), by=request.actor)
        messages.success(request, _("Saved as “%(name)s”.") % {"name": view.name})
    except Refused as refused:
        messages.error(request, refusals.explain(refused))
    return HttpResponseRedirect(back)


@require_POST
@for_members
def rename(request: Any, pk: int) -> HttpResponse:
    """Another name for a view."""
    view = get_object_or_404(saved_views.of(request.actor), pk=pk)
    form = ViewNameForm(request.POST, view=view)
    if form.is_valid():
        try:
            saved_views.rename(view, form.cleaned_data["name"], by=request.actor)
            return HttpResponseRedirect(reverse("tickets:saved_views", args=[request.tenant.slug]))
        except Refused as refused:
            form.add_error("name", refusals.explain(refused))
    return _page(request, pk, form)


@require_POST
@for_members
def delete(request: Any, pk: int) -> HttpResponse:
    """Forget a view."""
    view = get_object_or_404(saved_views.of(request.actor), pk=pk)
    saved_views.delete(view, by=request.actor)
    messages.success(request, _("Deleted."))
    return HttpResponseRedirect(reverse("tickets:saved_views", args=[request.tenant.slug]))


def _page(request: Any, pk: int = 0, wrong: ViewNameForm | None = None) -> HttpResponse:
    may = bool(request.actor.can(saved_views.FOR_OTHERS))
    found = list(saved_views.of(request.actor).select_related("queue").order_by("list", "name"))
    groups = []
    for title, icon, views in (
        (_("Only you see these"), "bookmark", [view for view in found if view.is_personal]),
        (_("For your teams"), "users", [view for view in found if view.queue_id]),
        (_("For everybody"), "building-2", [view for view in found if not view.is_personal and not view.queue_id]),
    ):
        rows = [
            (view, (wrong if wrong and view.pk == pk else ViewNameForm(view=view)) if may or view.is_personal else None)
            for view in views
        ]
        if rows:
            groups.append((title, icon, rows))
    return render(request, "tickets/saved_views.html", {"groups": groups}, status=422 if wrong else 200)
