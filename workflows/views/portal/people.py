"""Who one is, and, for the contact who looks after them, the people of one's company in the portal."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.tenancy.errors import Refused
from psa.web import reader, refusals
from workflows.forms.portal import PersonForm, ProfileForm
from workflows.portal import door, sight
from workflows.portal.access import for_customers
from workflows.services import approvers, portal_access

editing = require_http_methods(["GET", "HEAD", "POST"])


@editing
@for_customers
def profile(request: Any) -> HttpResponse:
    """Name, phone and language; the address is the way in and is changed by whoever gave it."""
    contact = request.contact
    shown = {"name": contact.name, "phone": contact.phone, "language": request.user.language}
    form = ProfileForm(request.POST or None, initial=shown)
    if request.method == "POST" and form.is_valid():
        portal_access.set_profile(contact, by=request.actor, **form.cleaned_data)
        with override(form.cleaned_data["language"]):
            messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("portal:profile", args=[request.tenant.slug]), status=303)
    return render(request, "portal/profile.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@for_customers
def language(request: Any) -> HttpResponse:
    """The language of the portal and of the mails, from anywhere."""
    code = reader.known_language(request.POST.get("language"))
    response = HttpResponseRedirect(door.inside(request), status=303)
    if code:
        portal_access.set_profile(request.contact, by=request.actor, language=code)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, code, max_age=reader.COOKIE_AGE, samesite="Lax", httponly=True
        )
    return response


@require_safe
@for_customers
def people(request: Any) -> HttpResponse:
    """The people of the company, and who approves."""
    _looks_after(request)
    context = {
        "people": _people(request),
        "approvers": list(sight.approvers(request.eyes)),
        "mode": approvers.mode_of(request.contact.company_id),
    }
    return render(request, "portal/people.html", context)


@editing
@for_customers
def person(request: Any, pk: int) -> HttpResponse:
    """What one of them sees and does; let in, or no more."""
    _looks_after(request)
    contact = get_object_or_404(sight.colleagues(request.eyes), pk=pk, is_active=True)
    access = sight.access_of(contact)
    form = PersonForm(request.POST or None, initial=portal_access.rights_of(contact, access))
    if request.method == "POST" and (form.is_valid() or "take" in request.POST):
        try:
            if "take" in request.POST:
                portal_access.take(contact, by=request.actor)
            elif access is None:
                portal_access.give(contact, by=request.actor, **form.cleaned_data)
            else:
                portal_access.change(contact, by=request.actor, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("portal:people", args=[request.tenant.slug]), status=303)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
    context = {"person": contact, "access": access, "form": form, "is_me": contact.pk == request.contact.pk}
    return render(request, "portal/person.html", context, status=422 if form.errors else 200)


def _looks_after(request: Any) -> None:
    if not request.eyes.access.is_administrator:
        raise Http404


def _people(request: Any) -> list[tuple[Any, Any]]:
    rows = sight.colleagues(request.eyes).filter(is_active=True).order_by("name")
    access = sight.accesses(request.eyes)
    return [(one, access.get(one.pk)) for one in rows]
