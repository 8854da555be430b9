"""The pages of people, roles and permissions, for who manages them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.members import audit, history, leaving, matrix, people, services, why
from psa.members.forms import LeavingForm, NewRoleForm, PermissionForm, RenameForm, RoleForm, WhyForm
from psa.members.lists import PEOPLE
from psa.tenancy.errors import Refused
from psa.web.access import needs

editing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs("member.manage")
def members(request: Any) -> HttpResponseBase:
    """Everybody who is or was a member."""
    return PEOPLE.open(request, people.everybody()).answer("members/people.html")


@require_safe
@needs("member.manage")
def member(request: Any, pk: int) -> HttpResponse:
    """One member: who they are."""
    found = get_object_or_404(people.everybody(), pk=pk)
    return render(request, "members/member.html", {"member": found, "tab": "overview", **people.words(found)})


@editing
@needs("member.manage")
def security(request: Any, pk: int) -> HttpResponse:
    """The *Security* tab: another role. The level it asks about may stay (outsourcing spec §2)."""
    found = get_object_or_404(people.everybody(), pk=pk)
    form = RoleForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            role, takes = form.cleaned_data["role"], form.takes_preset
            services.change_role(found, role, by=request.actor, takes_preset=takes)
            messages.success(request, _("Saved. It acts with the next page %(name)s opens.") % {"name": found.name})
            return _to(request, "security", pk)
        except Refused as refused:
            form.refuse(refused)
    return render(request, "members/security.html", _tab(request, found, role=form), status=422 if form.errors else 200)


@require_POST
@needs("outsource.all")
def permit(request: Any, pk: int) -> HttpResponse:
    """A member's level and limit, from the *Security* tab."""
    found = get_object_or_404(people.everybody(), pk=pk)
    form = PermissionForm(found, request.POST)
    if form.is_valid():
        try:
            services.permit([form.change], by=request.actor)
            messages.success(request, _("Saved. It acts with the next page %(name)s opens.") % {"name": found.name})
            return _to(request, "security", pk)
        except Refused as refused:
            form.refuse(refused)
    return render(request, "members/security.html", _tab(request, found, permission=form), status=422)


@require_safe
@needs("member.manage")
def why_page(request: Any, pk: int) -> HttpResponse:
    """Why can, or can't, this member? The role, the level and the limit say it, and who can grant it."""
    found = get_object_or_404(people.everybody(), pk=pk)
    form = WhyForm(request.GET if "capability" in request.GET else None)
    context = {"member": found, "tab": "why", "form": form, **people.words(found)}
    if form.is_bound and form.is_valid():
        number = form.cleaned_data["ticket"]
        ticket = why.find_ticket(number, request.actor) if number else None
        if number and ticket is None:
            form.add_error("ticket", _("There is no such ticket."))
        else:
            context["answer"] = why.explain(found, form.cleaned_data["capability"], ticket)
            context["right"] = history.right_name(form.cleaned_data["capability"])
    return render(request, "members/why.html", context, status=422 if form.errors else 200)


@editing
@needs("role.manage")
def roles(request: Any) -> HttpResponse:
    """The matrix: every right, every role, how far it reaches."""
    typed = request.POST if request.method == "POST" else None
    refused = None
    if typed is not None:
        try:
            done = services.set_reaches(matrix.cells(typed), typed.get("seen", ""), by=request.actor)
            messages.success(
                request, _("Saved. It acts with the next page everybody opens.") if done else _("Nothing was changed.")
            )
            return _to(request, "roles")
        except Refused as error:
            refused = error
    context = {**matrix.context(typed, refused), "new": NewRoleForm()}
    return render(request, "members/roles.html", context, status=409 if refused else 200)


@require_POST
@needs("role.manage")
def add_role(request: Any) -> HttpResponse:
    """A role of one's own."""
    form = NewRoleForm(request.POST)
    if form.is_valid():
        try:
            services.add_role(form.cleaned_data["name"], form.cleaned_data["copy_of"], by=request.actor)
            messages.success(request, _("The role is there. Change what it may do, then give it to somebody."))
            return _to(request, "roles")
        except Refused as refused:
            form.refuse(refused)
    return render(request, "members/roles.html", {**matrix.context(), "new": form}, status=422)


@editing
@needs("role.manage")
def rename_role(request: Any, pk: int) -> HttpResponse:
    """Another name for a role of one's own."""
    role = get_object_or_404(matrix.every_role(), pk=pk)
    form = RenameForm(request.POST if request.method == "POST" else None, initial={"name": role.name})
    if request.method == "POST" and form.is_valid():
        try:
            services.rename_role(role, form.cleaned_data["name"], by=request.actor)
            messages.success(request, _("Saved."))
            return _to(request, "roles")
        except Refused as refused:
            form.refuse(refused)
    return render(request, "members/rename.html", {"form": form, "role": role}, status=422 if form.errors else 200)


@require_POST
@needs("role.manage")
def reset_role(request: Any, pk: int) -> HttpResponse:
    """A built-in role as it was."""
    role = services.reset(get_object_or_404(matrix.every_role(), pk=pk), by=request.actor)
    messages.success(request, _("%(role)s has its default rights again.") % {"role": role.label})
    return _to(request, "roles")


@require_POST
@needs("role.manage")
def delete_role(request: Any, pk: int) -> HttpResponse:
    """Away with a role nobody holds."""
    role = get_object_or_404(matrix.every_role(), pk=pk)
    services.delete_role(role, by=request.actor)
    messages.success(request, _("The role %(role)s is gone.") % {"role": role.label})
    return _to(request, "roles")


@editing
@needs("member.manage")
def leave(request: Any, pk: int) -> HttpResponse:
    """Somebody leaves: what they hold, who takes it over, and the door closes."""
    found = get_object_or_404(people.everybody(), pk=pk)
    form = LeavingForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            leaving.leave(found, form.chosen(), by=request.actor)
            messages.success(request, _("%(name)s has left. What was theirs has new owners.") % {"name": found.name})
            return _to(request, "member", pk)
        except Refused as refused:
            form.refuse(refused)
    context = {"member": found, "form": form, "tab": "leave", **people.words(found)}
    return render(request, "members/leave.html", context, status=422 if form.errors else 200)


@require_safe
@needs("audit.view")
def audit_page(request: Any) -> HttpResponseBase:
    """Who did what, to what, when and from where."""
    return audit.AUDIT.open(request, audit.entries()).answer(
        "members/audit.html", {"days": request.tenant.keeps_origins}
    )


def _tab(request: Any, found: Any, **forms: Any) -> dict[str, Any]:
    return {
        "member": found,
        "tab": "security",
        "role": forms.get("role") or RoleForm(found),
        "permission": forms.get("permission") or PermissionForm(found),
        "may_permit": bool(request.actor.can("outsource.all")) and not found.role.is_administrator,
        **people.words(found),
    }


def _to(request: Any, name: str, *args: Any) -> HttpResponse:
    return HttpResponseRedirect(reverse(f"members:{name}", args=[request.tenant.slug, *args]))
