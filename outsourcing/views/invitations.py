"""The page behind an invitation's link. It stands in no tenant: whoever accepts chooses for which company."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from outsourcing.forms.answers import AnswerForm
from outsourcing.services import mailbox, partners
from psa.tenancy import doors
from psa.tenancy.errors import Denied, Refused
from psa.web import refusals
from psa.web.access import for_everybody


@never_cache
@require_safe
@for_everybody
def invitation(request: Any, token: str) -> HttpResponse:
    """Who invites whom, until when. Looking decides nothing."""
    return _page(request, token)


@never_cache
@require_POST
@for_everybody
def accept(request: Any, token: str) -> HttpResponse:
    """One of my companies becomes the service partner."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect(_sign_in(request, token))
    form = AnswerForm(doors.desks(request.user), request.POST)
    if not form.is_valid():
        return _page(request, token, form)
    slug = form.cleaned_data["desk"]
    try:
        with doors.enter(request.user, slug) as actor:
            partnership = mailbox.accept(token, _reader(request), form.cleaned_data["code"], by=actor)
    except Denied:
        form.add_error("desk", _("In this company you may not manage partners. Ask an administrator there to accept."))
    except (Refused, doors.NoDesk) as no:
        said = refusals.explain(no) if isinstance(no, Refused) else _("You are not a member there any more.")
        form.add_error("code" if str(no).startswith("code_") else None, said)
    else:
        messages.success(request, _("You are a service partner of %(lead)s now.") % {"lead": partnership.lead_name})
        return HttpResponseRedirect(reverse("outsourcing:dashboard", args=[slug]))
    return _page(request, token, form)


@never_cache
@require_POST
@for_everybody
def send_code(request: Any, token: str) -> HttpResponse:
    """A one-time code to the invited mailbox, for somebody signed in under another address."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect(_sign_in(request, token))
    try:
        mailbox.send_code(token, _reader(request))
        messages.success(request, _("The code is on its way to the invited mailbox."))
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return HttpResponseRedirect(reverse("outsourcing:invitation", args=[token]))


@never_cache
@require_POST
@for_everybody
def decline(request: Any, token: str) -> HttpResponse:
    """No, thank you: whoever holds the link may say so."""
    found = partners.look(token)
    try:
        partners.decline(token)
    except Refused:
        return _page(request, token)
    return render(request, "outsourcing/invitation_declined.html", {"invitation": found})


def _page(request: Any, token: str, form: AnswerForm | None = None) -> HttpResponse:
    found = partners.look(token)
    if found is None or not found.is_open:
        return render(request, "outsourcing/invitation_void.html", {"invitation": found}, status=410)
    desks = doors.desks(request.user) if request.user.is_authenticated else []
    context = {
        "invitation": found,
        "token": token,
        "desks": desks,
        "form": form or AnswerForm(desks),
        "sign_in_url": _sign_in(request, token),
        "needs_code": bool(desks) and mailbox.needs_code(found.to_email, _reader(request)),
        "code_is_out": found.code_is_out,
        "may_set_up": not request.user.is_authenticated or not doors.manages_partners(request.user),
    }
    return render(request, "outsourcing/invitation.html", context, status=409 if form and form.errors else 200)


def _reader(request: Any) -> mailbox.Reader:
    return mailbox.Reader(request.user.pk, request.user.email)


def _sign_in(request: Any, token: str) -> str:
    here = reverse("outsourcing:invitation", args=[token])
    return f"{reverse('account_login')}?{urlencode({'next': here})}"
