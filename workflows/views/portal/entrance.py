"""The door's pages: an address, a code, a link from a mail, and the way out. A GET never signs anybody in (hostile
tests B2, W4)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.tenant_settings.views import logo_of
from workflows import links
from workflows.forms.portal import AddressForm, CodeForm
from workflows.portal import door
from workflows.portal.access import for_visitors

opening = require_http_methods(["GET", "HEAD", "POST"])


@opening
@for_visitors
def sign_in(request: Any) -> HttpResponse:
    """Whose mailbox; the answer is the same whether it is anybody's."""
    if request.method != "POST" and door.session(request) is not None:
        return HttpResponseRedirect(door.inside(request), status=303)
    form = AddressForm(request.POST or None)
    where = door.inside(request)
    if request.method == "POST" and form.is_valid():
        return _sent(request, door.Pending(email=form.cleaned_data["email"], next=where))
    context = {"form": form, "next": where}
    return render(request, "portal/sign_in.html", context, status=422 if form.errors else 200)


@opening
@for_visitors
def enter(request: Any, key: str) -> HttpResponse:
    """The link of a mail: it names its contact and the page. Who is that contact here already goes on; everybody else
    asks for a code, which goes to the contact's own mailbox and nowhere else."""
    link = links.read(key)
    if link is None:
        messages.info(request, _("This link is not valid any more. Sign in with your e-mail address instead."))
        return HttpResponseRedirect(reverse("portal:sign_in", args=[request.tenant.slug]), status=303)
    where = link.path(request.tenant.slug)
    if request.method == "POST":
        return _sent(request, door.Pending(link=key, next=where))
    session = door.session(request)
    if session is not None and session.access_id == link.access.pk:
        return HttpResponseRedirect(where, status=303)
    context = {"mailbox": door.masked(link.access.contact.email), "heading": link.heading}
    return render(request, "portal/enter.html", context)


@opening
@for_visitors
def code(request: Any) -> HttpResponse:
    """The code from the mailbox."""
    pending = door.pending(request)
    if pending is None:
        return HttpResponseRedirect(reverse("portal:sign_in", args=[request.tenant.slug]), status=303)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        access = door.try_code(request, pending, form.cleaned_data["code"])
        if access is not None:
            return door.begin(request, HttpResponseRedirect(pending.next, status=303), access)
        form.add_error("code", _("This code is wrong, or its time is over. Ask for a new one if it does not work."))
    link = links.read(pending.link) if pending.link else None
    mailbox = door.masked(link.access.contact.email) if link else pending.email
    context = {"form": form, "mailbox": mailbox}
    return render(request, "portal/code.html", context, status=422 if form.errors else 200)


@require_POST
@for_visitors
def code_again(request: Any) -> HttpResponse:
    """Another code for the same mailbox."""
    pending = door.pending(request)
    if pending is None:
        return HttpResponseRedirect(reverse("portal:sign_in", args=[request.tenant.slug]), status=303)
    messages.success(request, _("A new code is on its way. Only the newest one works."))
    return _sent(request, pending)


@require_POST
@for_visitors
def sign_out(request: Any) -> HttpResponse:
    """Out of the portal, in this browser."""
    messages.success(request, _("You are signed out."))
    response = HttpResponseRedirect(reverse("portal:sign_in", args=[request.tenant.slug]), status=303)
    return door.leave(request, response)


@require_safe
@for_visitors
def logo(request: Any) -> FileResponse:
    """The company's logo, for whoever stands at its door."""
    return logo_of(request.tenant, "public")


def _sent(request: Any, pending: door.Pending) -> HttpResponse:
    door.knock(request, pending)
    response = HttpResponseRedirect(reverse("portal:code", args=[request.tenant.slug]), status=303)
    return door.wait(request, response, pending)
