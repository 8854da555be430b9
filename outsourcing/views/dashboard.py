"""The dashboard of outsourced and received work, and the agreement it begins with."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outsourcing import menu
from outsourcing.dashboards import folders, tiles
from outsourcing.forms.answers import AgreeForm
from outsourcing.models import Agreement
from outsourcing.services import agreement
from psa.web.access import for_members, needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.partners")
def dashboard(request: Any) -> HttpResponseBase:
    """The folders and the list of one of them; before the agreement only received work, and the text."""
    if request.method == "POST":
        return _agree(request)
    return _page(request, None)


def _page(request: Any, form: AgreeForm | None, status: int = 200) -> HttpResponseBase:
    is_sender = menu.is_sender(request)
    is_agreed = is_sender and menu.is_agreed(request)
    here = folders.named(request.GET.get("folder", ""), is_sender)
    found = tiles.counts(request, folders.folders(is_sender), here)
    context = {"folder": here, "tree": folders.tree(request, here, is_sender, found), "is_sender": is_sender}
    context["tiles"] = tiles.tiles(request, here, found)
    if not is_agreed:
        context |= _asked(request, form)
    listing = here.open(request, found)
    context["agreement_open"] = not listing.rows or form is not None
    response = listing.answer("outsourcing/dashboard.html", context)
    response.status_code = status
    return response


def _asked(request: Any, form: AgreeForm | None) -> dict[str, Any]:
    """The text to agree to for an administrator, the administrators' names for others."""
    text = agreement.present(get_language() or "en")
    if text is None or request.tenant.is_portal:
        return {}
    if request.actor.can("tenant.manage"):
        return {"text": text, "agree": form or AgreeForm(initial={"text": text.pk})}
    return {"text": text, "administrators": menu.administrators()}


def _agree(request: Any) -> HttpResponseBase:
    request.actor.require("tenant.manage")
    form = AgreeForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    agreement.accept(get_object_or_404(Agreement, pk=form.cleaned_data["text"]), by=request.actor)
    menu.forget(request)
    messages.success(request, _("Agreed. Work can be outsourced now."))
    return HttpResponseRedirect(reverse("outsourcing:dashboard", args=[request.tenant.slug]))


@require_safe
@for_members
def agreement_page(request: Any) -> HttpResponse:
    """Which text was accepted, in which language, by whom, when; every member may read it."""
    found = agreement.last()
    context = {
        "acceptance": found,
        "text": agreement.read_by(found) if found else agreement.present(get_language() or "en"),
        "is_newest": found is not None and agreement.accepted() == found,
        "may_withdraw": bool(request.actor.can("tenant.manage")) and found is not None and found.withdrawn_at is None,
    }
    return render(request, "outsourcing/agreement.html", context)


@require_POST
@needs("tenant.manage")
def withdraw(request: Any) -> HttpResponse:
    """Take the acceptance back; refused while a handover is active."""
    agreement.withdraw(by=request.actor)
    menu.forget(request)
    messages.success(request, _("The acceptance was withdrawn. Nothing can be outsourced until it is given again."))
    return HttpResponseRedirect(reverse("outsourcing:agreement", args=[request.tenant.slug]))
