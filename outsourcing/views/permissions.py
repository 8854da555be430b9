"""*Configure user permissions*: level and limit of every member, the presets of the roles, sender and approver (§2)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from outsourcing.services import settings
from psa.members import matrix, people, services
from psa.members.forms import PermissionForm, PresetForm
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web import refusals
from psa.web.access import needs

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.all")
def permissions(request: Any) -> HttpResponse:
    """Everybody's level and limit in one form, all saved or none."""
    data = request.POST if request.method == "POST" else None
    page = _page(request)
    forms = {member.pk: PermissionForm(member, data) for member in page if not member.role.is_administrator}
    if data is None:
        return _show(request, page, forms)
    valid = [form.is_valid() for form in forms.values()]
    if not all(valid):
        return _show(request, page, forms, _("Nothing was saved yet. Look at the marked fields."), 422)
    try:
        done = services.permit([form.change for form in forms.values() if form.has_changed()], by=request.actor)
    except Refused as refused:
        return _show(request, page, forms, refusals.explain(refused), 409)
    messages.success(request, _("Saved. It acts with the next page they open.") if done else _("Nothing was changed."))
    return _back(request, page.number)


@require_POST
@needs("outsource.all")
def presets(request: Any) -> HttpResponse:
    """What the roles preset: the level of new members, the limit of everybody who follows the role."""
    forms = _presets(request.POST)
    valid = [form.is_valid() for form in forms]
    if not all(valid):
        return _show(request, _page(request), None, _("Nothing was saved yet. Look at the marked fields."), 422, forms)
    for form in forms:
        services.preset(form.role, form.cleaned_data["level"], form.limit, by=request.actor)
    messages.success(request, _("Saved. It acts with the next page they open."))
    return _back(request)


@require_POST
@needs("outsource.all")
def second_person(request: Any) -> HttpResponse:
    """Whether sender and approver must differ."""
    settings.need_second_person(request.POST.get("needed") == "on", by=request.actor)
    messages.success(request, _("Saved."))
    return _back(request)


def _page(request: Any) -> Any:
    rows = people.everybody().filter(is_active=True).order_by("name", "pk")
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))


def _presets(data: Any = None) -> list[PresetForm]:
    return [PresetForm(role, data) for role in matrix.every_role() if role.is_for_members and not role.is_administrator]


def _show(
    request: Any, page: Any, forms: Any, said: str = "", status: int = 200, roles: list[PresetForm] | None = None
) -> HttpResponse:
    members: list[Membership] = list(page)
    if forms is None:
        forms = {one.pk: PermissionForm(one) for one in members if not one.role.is_administrator}
    context = {
        "rows": [{"member": one, "form": forms.get(one.pk)} for one in members],
        "paging": page,
        "presets": roles or _presets(),
        "said": said,
        "needs_second_person": settings.of_tenant().needs_second_person,
        "may_manage_roles": bool(request.actor.can("role.manage")),
        "may_see_history": bool(request.actor.can("audit.view")),
    }
    return render(request, "outsourcing/permissions.html", context, status=status)


def _back(request: Any, number: int = 1) -> HttpResponse:
    there = reverse("outsourcing:permissions", args=[request.tenant.slug])
    return HttpResponseRedirect(f"{there}?page={number}" if number > 1 else there)
