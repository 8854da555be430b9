"""The quarantine: mails nobody could place, one of them to look at, and what may be done about it."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.db.models import Value
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from psa.mail.models import ArrivalState, IncomingMail
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from tickets import services
from tickets.forms.quarantine import OpenForm, PutOnForm
from tickets.quarantine_list import QUARANTINE
from tickets.views import fetch, mails


@require_GET
@needs("mail.quarantine")
def quarantine(request: Any) -> HttpResponseBase:
    """What waits, newest first; by its state also what was done about the others."""
    rows = IncomingMail.objects.visible_to(request.actor)
    if not request.GET.get("state"):
        rows = rows.filter(state=ArrivalState.QUARANTINED)
    shown = rows.annotate(slug=Value(request.tenant.slug))
    return QUARANTINE.open(request, shown).answer("tickets/quarantine/list.html", {})


@require_GET
@csp_update({"frame-src": [SELF]})
@needs("mail.quarantine")
def quarantined(request: Any, pk: int) -> HttpResponse:
    """One mail: what it says, its headers, and why it is here."""
    return _page(request, _mail(request, pk))


@require_GET
@xframe_options_sameorigin
@needs("mail.quarantine")
def quarantined_html(request: Any, pk: int) -> HttpResponse:
    """Its HTML alone, without pictures, for the frame on its page."""
    return mails.frame(_mail(request, pk))


@require_GET
@needs("mail.quarantine")
def quarantined_original(request: Any, pk: int) -> HttpResponseBase:
    """The bytes as they came, to take away."""
    return mails.download(_mail(request, pk))


@require_POST
@csp_update({"frame-src": [SELF]})
@needs("mail.quarantine")
def put_on(request: Any, pk: int) -> HttpResponse:
    """Put it on a ticket."""
    mail = _mail(request, pk)
    form = PutOnForm(mail, request.actor, request.POST)
    if form.is_valid() and form.ticket is not None:
        try:
            services.quarantine.put_on(mail, form.ticket, by=request.actor)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
        else:
            messages.success(request, _("The mail is on the ticket."))
            return redirect(fetch.address(request, form.ticket))
    return _page(request, mail, put_on=form, status=422)


@require_POST
@csp_update({"frame-src": [SELF]})
@needs("mail.quarantine")
def open_from_mail(request: Any, pk: int) -> HttpResponse:
    """Make a ticket of it."""
    mail = _mail(request, pk)
    form = OpenForm(mail, request.actor, request.POST)
    if form.is_valid():
        given = form.cleaned_data
        who = given.get("contact"), given["new_contact"]
        try:
            ticket = services.quarantine.open_ticket(mail, given["title"], given["company"], *who, by=request.actor)
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
        else:
            messages.success(request, _("The mail is a ticket now."))
            return redirect(fetch.address(request, ticket))
    return _page(request, mail, opening=form, status=422)


ACTS = {
    "discard": services.quarantine.discard,
    "bring-back": services.quarantine.bring_back,
    "block": services.quarantine.block,
    "unblock": services.quarantine.unblock,
}


@require_POST
@needs("mail.quarantine")
def act(request: Any, pk: int, act: str) -> HttpResponse:
    """Discard it, bring it back, block its sender, or let them in again."""
    mail = _mail(request, pk)
    said = {
        "discard": _("The mail was discarded. It can be brought back."),
        "bring-back": _("The mail is in quarantine again."),
        "block": _("The mail was discarded, and its sender is blocked."),
        "unblock": _("Mail from this address comes in again."),
    }
    try:
        ACTS[act](mail, by=request.actor)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    else:
        messages.success(request, said[act])
    return redirect("tickets:quarantined", request.tenant.slug, mail.pk)


def _page(request: Any, mail: IncomingMail, status: int = 200, **forms: Any) -> HttpResponse:
    is_open = mail.state in {ArrivalState.QUARANTINED, ArrivalState.DISCARDED, ArrivalState.IGNORED}
    context = {
        **mails.shown(request, mail),
        "put_on": forms.get("put_on") or PutOnForm(mail, request.actor),
        "opening": forms.get("opening") or OpenForm(mail, request.actor),
        "may_settle": is_open,
        "may_make": is_open and request.actor.can("ticket.create"),
        "is_blocked": services.quarantine.is_blocked(mail),
    }
    return render(request, "tickets/quarantine/mail.html", context, status=status)


def _mail(request: Any, pk: int) -> IncomingMail:
    found: IncomingMail = get_object_or_404(IncomingMail.objects.visible_to(request.actor), pk=pk)
    return found
