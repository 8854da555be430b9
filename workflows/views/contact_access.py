"""A contact's way into the portal, on the desk: given, changed, taken away; the invitation, and the end of sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from psa.directory.models import Contact
from psa.tenancy.errors import Denied, Refused
from psa.web import refusals
from psa.web.access import needs
from workflows.forms.access import AccessForm
from workflows.models import PortalAccess
from workflows.services import portal_access

CAPABILITY = "contact.manage"


@require_http_methods(["GET", "HEAD", "POST"])
@needs(CAPABILITY)
def page(request: Any, company_pk: int, pk: int) -> HttpResponse:
    """What the contact sees and may do."""
    contact = _contact(request, company_pk, pk)
    access = PortalAccess.objects.visible_to(request.actor).filter(contact_id=contact.pk, is_active=True).first()
    form = AccessForm(request.POST or None, contact=contact, access=access)
    if request.method == "POST" and form.is_valid():
        try:
            _give(contact, access, form, request.actor)
            messages.success(request, _("Saved."))
            return _back(request, contact)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
    context = {"contact": contact, "access": access, "form": form}
    return render(request, "workflows/access/page.html", context, status=422 if form.errors else 200)


@require_POST
@needs(CAPABILITY)
def take(request: Any, company_pk: int, pk: int) -> HttpResponse:
    """In no more, at once."""
    return _do(request, company_pk, pk, portal_access.take, _("The access was taken away, and every session ended."))


@require_POST
@needs(CAPABILITY)
def invite(request: Any, company_pk: int, pk: int) -> HttpResponse:
    """The invitation once more."""
    return _do(request, company_pk, pk, portal_access.invite, _("The invitation is on its way."))


@require_POST
@needs(CAPABILITY)
def end_sessions(request: Any, company_pk: int, pk: int) -> HttpResponse:
    """Signed out everywhere, and every link void."""
    return _do(request, company_pk, pk, portal_access.end_sessions, _("Every session of theirs has ended."))


@transaction.atomic
def _give(contact: Contact, access: PortalAccess | None, form: AccessForm, by: Any) -> None:
    if access is None:
        portal_access.give(contact, by=by, invites=form.cleaned_data["invites"], **form.rights)
    else:
        portal_access.change(contact, by=by, **form.rights)
    portal_access.serve(contact, form.companies, by=by)


def _do(request: Any, company_pk: int, pk: int, act: Callable[..., None], said: str) -> HttpResponse:
    contact = _contact(request, company_pk, pk)
    act(contact, by=request.actor)
    messages.success(request, said)
    return _back(request, contact)


def _contact(request: Any, company_pk: int, pk: int) -> Contact:
    if request.actor.require(CAPABILITY) != "all":
        raise Denied(CAPABILITY)
    rows = Contact.objects.visible_to(request.actor).select_related("company")
    found: Contact = get_object_or_404(rows, pk=pk, company=company_pk)
    if not found.is_active:
        raise Http404
    return found


def _back(request: Any, contact: Contact) -> HttpResponse:
    args = [request.tenant.slug, contact.company_id, contact.pk]
    return HttpResponseRedirect(reverse("workflows:contact_access", args=args))
