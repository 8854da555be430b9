"""The mails in a company's own words: those of the catalogue, and its own that rules send."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.mail import wording
from psa.mail.models import MailTemplate
from psa.tenancy.errors import Refused
from psa.web.access import needs
from workflows.forms.wordings import WordingForm
from workflows.rules import samples, telling, variables

editing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs("template.manage")
def templates(request: Any) -> HttpResponse:
    """Our own mails, and every mail of the catalogue that can be worded: whose words it has, and whether they work."""
    ours = {one.code: one for one in MailTemplate.objects.visible_to(request.actor).select_related("changed_by")}
    standing = {code: one for code, one in ours.items() if one.deleted_at is None}
    own = sorted((one for one in standing.values() if one.is_own), key=lambda one: one.name)
    rows = [(code, samples.title(code), standing.get(code)) for code in wording.codes()]
    return render(request, "workflows/wordings/list.html", {"own": own, "rows": rows})


@editing
@needs("template.manage")
def new(request: Any) -> HttpResponse:
    """Another mail of our own."""
    return _edit(request, "", None, True)


@editing
@needs("template.manage")
def template(request: Any, code: str) -> HttpResponse:
    """The words of one mail, with how they look."""
    found = MailTemplate.objects.visible_to(request.actor).filter(code=code, deleted_at=None).first()
    is_own = found is not None and found.is_own
    if not is_own and code not in wording.codes():
        raise Http404
    return _edit(request, code, found, is_own)


@require_POST
@needs("template.manage")
def reset(request: Any, code: str) -> HttpResponse:
    """Back to the catalogue's words; one of our own is gone."""
    found = get_object_or_404(MailTemplate.objects.visible_to(request.actor).filter(deleted_at=None), code=code)
    wording.reset(found, by=request.actor)
    said = _("Deleted. Rules that send it will say so.") if found.is_own else _("The mail has its own words again.")
    messages.success(request, said)
    return redirect("workflows:templates", request.tenant.slug)


def _edit(request: Any, code: str, found: MailTemplate | None, is_own: bool) -> HttpResponse:
    worded = wording.of(code) if found is not None else None
    data = request.POST if request.method == "POST" else None
    form = WordingForm(found, worded[1] if worded else {}, is_own, data)
    status, do = 200, data.get("do", "save") if data is not None else ""
    if data is not None and do == "save":
        if (saved := _saved(request, form, code, is_own)) is not None:
            return redirect("workflows:template", request.tenant.slug, saved.code)
        status = 422
    number = (data if data is not None else request.GET).get("ticket", "")[:10]
    ticket = samples.ticket_of(number, request.actor)
    typed = form.typed()
    context = {
        "template": found,
        "code": code,
        "form": form,
        "is_own": is_own,
        "title": found.name if found is not None and is_own else samples.title(code),
        "number": number,
        "is_missing": bool(number) and ticket is None,
        "placeholders": telling.placeholders() if is_own else samples.variables_of(code),
        "must": [f"{{{name}}}" for name in wording.MUST_SAY.get(code, ())],
        "previews": _previews(code, typed, ticket, is_own, request.actor),
    }
    return render(request, "workflows/wordings/edit.html", context, status=status)


def _saved(request: Any, form: WordingForm, code: str, is_own: bool) -> MailTemplate | None:
    if not form.is_valid():
        return None
    known = variables.known() if is_own else wording.variables(code)
    clean = form.cleaned_data
    try:
        saved = wording.save(
            code,
            form.wanted(),
            by=request.actor,
            known=known,
            name=clean.get("name", ""),
            version=clean["version"] or 0,
        )
    except Refused as refused:
        form.refuse(refused)
        return None
    messages.success(request, _("Saved. It counts from the next mail on."))
    return saved


def _previews(code: str, typed: Any, ticket: Any, is_own: bool, by: Any) -> list[Any]:
    """How each language looks: as typed, else the catalogue's words."""
    if is_own:
        return [samples.of_own(language, both, ticket) for language, both in typed.items()]
    languages = [language for language, _name in settings.LANGUAGES]
    return [samples.of_catalogue(code, language, typed.get(language), ticket, by) for language in languages]
