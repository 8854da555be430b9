"""The administrators' pages of checklist templates: all of them, one with its items, retired and taken up again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.tenancy.errors import Refused
from psa.web.access import needs
from tickets.forms import TemplateForm
from tickets.models import ChecklistTemplate
from tickets.services import checklist_templates


@require_safe
@needs("checklist.manage")
def templates(request: HttpRequest) -> HttpResponse:
    """All templates, the retired ones last."""
    return render(request, "tickets/checklist_templates.html", {"rows": checklist_templates.overview()})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("checklist.manage")
def new(request: Any) -> HttpResponse:
    """A template that was not there before."""
    form = TemplateForm(request.tenant.language, request.POST if request.method == "POST" else None)
    return _form(request, None, form)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("checklist.manage")
def edit(request: Any, pk: int) -> HttpResponse:
    """Another version of a template. Tickets keep the one they have."""
    template = get_object_or_404(checklist_templates.rows(), pk=pk)
    if request.method == "POST":
        return _form(request, template, TemplateForm(request.tenant.language, request.POST))
    now = checklist_templates.present(template)
    form = TemplateForm(
        request.tenant.language,
        names={request.tenant.language: now.name, **now.names},
        items=checklist_templates.drafts(now),
        version=now.number,
    )
    return _form(request, template, form)


@require_POST
@needs("checklist.manage")
def switch(request: Any, pk: int, act: str) -> HttpResponse:
    """Retire a template, or take it up again."""
    template = get_object_or_404(checklist_templates.rows(), pk=pk)
    if act == "retire":
        checklist_templates.retire(template, by=request.actor)
        messages.success(request, _("“%(name)s” is retired. Tickets that have it keep it.") % {"name": template.name})
    else:
        checklist_templates.restore(template, by=request.actor)
        messages.success(request, _("“%(name)s” can be used again.") % {"name": template.name})
    return redirect("tickets:checklist_templates", request.tenant.slug)


def _form(request: Any, template: ChecklistTemplate | None, form: TemplateForm) -> HttpResponse:
    """The form with its preview; "Save" alone keeps anything."""
    do, status = request.POST.get("do", ""), 200
    verb, _sep, place = do.partition("-")
    if verb in {"add", "up", "down", "remove"}:
        form.rearrange(verb, int(place) if place.isdecimal() and len(place) < 4 else -1)
    elif do == "save":
        if form.is_valid():
            try:
                saved = checklist_templates.save(template, by=request.actor, **form.values())
                messages.success(request, _("Saved as version %(version)s.") % {"version": saved.version})
                return redirect("tickets:checklist_templates", request.tenant.slug)
            except Refused as refused:
                form.refuse(refused)
        status = 422
    context = {"template": template, "form": form, "most": checklist_templates.MOST}
    return render(request, "tickets/checklist_template.html", context, status=status)
