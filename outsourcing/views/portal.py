"""The small plan's own pages: setting the company up from an invitation, its people, its settings, its guide (§10)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outsourcing.forms.companies import CompanyForm, PersonForm, SetUpForm
from outsourcing.services import partners, portals
from psa.accounts import services as people_of
from psa.tenancy import doors
from psa.tenancy.capabilities import ROLE_NAMES
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.web.access import View, for_everybody, for_members, needs


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_everybody
def set_up(request: Any, token: str) -> HttpResponse:
    """One page between the invitation and the dashboard, for whoever has no company here that could accept."""
    found = partners.look(token)
    if found is None or not found.is_open:
        return render(request, "outsourcing/invitation_void.html", {"invitation": found}, status=410)
    here = reverse("outsourcing:portal_setup", args=[token])
    if (first := _sign_in_first(request, found.to_email, here, token)) is not None:
        return first
    known = request.user.is_authenticated
    form = SetUpForm(
        found.to_email, request.POST or None, request.user.name if known else found.to_name, needs_password=not known
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _made(request, token, form)
        except Refused as refused:
            form.refuse(refused)
    context = {"invitation": found, "form": form, "token": token}
    return render(request, "outsourcing/portal/set_up.html", context, status=422 if form.errors else 200)


def _sign_in_first(request: Any, invited: str, here: str, token: str) -> HttpResponse | None:
    """Whom the page is not for: who may accept for a company already, and who must say first that they are invited."""
    if not request.user.is_authenticated:
        sign_in = f"{reverse('account_login')}?{urlencode({'next': here})}"
        return HttpResponseRedirect(sign_in) if doors.has_account(invited) else None
    if request.user.email.casefold() != invited.casefold():
        return render(request, "outsourcing/portal/other_mailbox.html", {"email": invited, "here": here}, status=409)
    if doors.manages_partners(request.user):
        return HttpResponseRedirect(reverse("outsourcing:invitation", args=[token]))
    return None


def _made(request: Any, token: str, form: SetUpForm) -> HttpResponse:
    asked = form.cleaned_data
    signed_in_as = request.user.email if request.user.is_authenticated else ""
    member = portals.set_up(
        token, form.email, asked["company"], asked["name"], asked.get("password"), signed_in_as, **form.settings()
    )
    if not signed_in_as:
        doors.sign_in(request, member.user)
    messages.success(request, _("Your company is set up. Offers appear here, and by mail."))
    assert member.tenant_id is not None  # it was saved
    return HttpResponseRedirect(reverse("outsourcing:dashboard", args=[doors.slug(member.tenant_id)]))


def for_portals(view: View) -> View:
    """Only where the small plan is: a full company has pages of its own for this."""

    @wraps(view)
    def asked(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.tenant.is_portal:
            raise Http404
        return view(request, *args, **kwargs)

    return asked


@require_http_methods(["GET", "HEAD", "POST"])
@needs("member.manage")
@for_portals
def people(request: Any) -> HttpResponse:
    """Everybody who works here, and the form for one more."""
    form = PersonForm(request.POST or None, request.tenant.language)
    if request.method == "POST" and form.is_valid():
        try:
            member = portals.add_person(**form.cleaned_data, by=request.actor)
            messages.success(request, _("%(name)s got a mail with the way in.") % {"name": member.name})
            return _to_people(request)
        except Refused as refused:
            form.refuse(refused)
    rows = [(member, ROLE_NAMES.get(member.role.code, member.role.code)) for member in portals.people()]
    context = {"people": rows, "form": form, "roles": [(code, ROLE_NAMES[code]) for code in portals.ROLES]}
    return render(request, "outsourcing/portal/people.html", context, status=422 if form.errors else 200)


@require_POST
@needs("member.manage")
@for_portals
def change_role(request: Any, pk: int) -> HttpResponse:
    """Let a colleague do another of the portal's jobs."""
    role, seen = request.POST.get("role", ""), request.POST.get("seen", "")
    if role not in portals.ROLES:
        raise Http404
    verb = partial(portals.change_role, role=role, seen=seen)
    return _done(request, pk, verb, _("Saved. It acts with the next page %(name)s opens."))


@require_POST
@needs("member.manage")
@for_portals
def deactivate(request: Any, pk: int) -> HttpResponse:
    """Close the door to somebody, at once."""
    return _done(request, pk, portals.deactivate, _("%(name)s finds nothing here any more."))


@require_POST
@needs("member.manage")
@for_portals
def reactivate(request: Any, pk: int) -> HttpResponse:
    """Let somebody in again."""
    return _done(request, pk, people_of.let_in_again, _("%(name)s may come in again."))


@require_POST
@needs("member.manage")
@for_portals
def send_link(request: Any, pk: int) -> HttpResponse:
    """The mail with the way in, once more."""
    return _done(request, pk, people_of.invite_again, _("%(name)s got a mail with the way in."))


def _done(request: Any, pk: int, verb: Callable[..., Any], said: str) -> HttpResponse:
    member = get_object_or_404(Membership, pk=pk)
    verb(member, by=request.actor)
    messages.success(request, said % {"name": member.name})
    return _to_people(request)


def _to_people(request: Any) -> HttpResponse:
    return HttpResponseRedirect(reverse("outsourcing:people", args=[request.tenant.slug]))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("tenant.settings")
@for_portals
def company(request: Any) -> HttpResponse:
    """Where the company is, and how it writes dates, amounts and mails."""
    form = CompanyForm(request.POST or None, request.tenant)
    if request.method == "POST" and form.is_valid():
        portals.settle(form.settings(), by=request.actor)
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("outsourcing:company", args=[request.tenant.slug]))
    return render(request, "outsourcing/portal/company.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@for_members
@for_portals
def guide(request: Any) -> HttpResponse:
    """The whole way from the offer to the end, to read or to print."""
    return render(request, "outsourcing/portal/guide.html")
