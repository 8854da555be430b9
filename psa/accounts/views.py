"""The pages of one's own sign-in, under /accounts/, and of a company's rules for it, under /<tenant>/."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from allauth.account.views import LogoutView, PasswordResetView
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.accounts import lists, oidc, rules, services, signins
from psa.accounts.forms import CompanyForm, InviteForm, RulesForm, SignOnForm
from psa.accounts.models import Outcome
from psa.members import people
from psa.tenancy import doors, entrance
from psa.tenancy.errors import Refused
from psa.web.access import for_everybody, for_signed_in, needs
from psa.web.views import safe_next

editing = require_http_methods(["GET", "HEAD", "POST"])
# In the session: what a sign-on left on its way out, and the token it came back with.
PENDING, TOKEN = "sign_on", "sign_on_token"
# Longer than writing a mail takes.
RESET_SECONDS = 0.4


# One's own ------------------------------------------------------------------------------------------------------------
@require_safe
@for_signed_in
def sessions(request: Any) -> HttpResponseBase:
    """Where I am signed in, and who tried to be me."""
    with doors.sign_in_pages():
        listing = lists.MINE.open(request, signins.of_person(request.user))
        context = {"sessions": signins.sessions(request.user), "here": request.session.get(signins.KEY)}
        return listing.answer("accounts/sessions.html", context)


@require_POST
@for_signed_in
def end_session(request: Any, pk: int) -> HttpResponse:
    """Sign out in one other browser."""
    if not signins.end(request.user, pk):
        raise Http404
    messages.success(request, _("That browser is signed out."))
    return HttpResponseRedirect(reverse("accounts:sessions"))


@require_POST
@for_signed_in
def end_others(request: Any) -> HttpResponse:
    """Sign out everywhere but here."""
    signins.end_others(request)
    messages.success(request, _("You are signed out everywhere but here."))
    return HttpResponseRedirect(reverse("accounts:sessions"))


@require_safe
@for_signed_in
def second_factor(request: Any) -> HttpResponse:
    """A company asks for a second factor, and there is none yet."""
    rules.forget(request.user.pk)
    if rules.has_second_factor(request.user):
        return HttpResponseRedirect(safe_next(request))
    return render(request, "accounts/second_factor.html", {"next": safe_next(request)})


# A company's own sign-on ----------------------------------------------------------------------------------------------
@editing
@for_everybody
def choose_sign_on(request: Any) -> HttpResponse:
    """Whose sign-on? The company's address says it."""
    form = CompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        slug = form.cleaned_data["company"]
        if services.client(slug):
            return HttpResponseRedirect(f"{reverse('accounts:sign_on', args=[slug])}?{_next(request)}")
        form.refuse()
    return render(
        request,
        "accounts/choose_sign_on.html",
        {"form": form, "next": safe_next(request)},
        status=422 if form.errors else 200,
    )


@editing
@for_everybody
def sign_on(request: Any, slug: str) -> HttpResponse:
    """In through the company's provider. Asking for the page changes nothing; the button begins."""
    known = services.client(slug)
    member = doors.member(request.user, slug) if request.user.is_authenticated else None
    if known is None:
        raise Http404
    if request.method == "POST":
        return _leave(request, slug, known, is_linking=False)
    linked = member is not None and services.is_linked(member)
    context = {"slug": slug, "member": member, "is_linked": linked, "next": safe_next(request)}
    return render(request, "accounts/sign_on.html", context)


@require_POST
@for_signed_in
@reauthentication_required
def connect(request: Any, slug: str) -> HttpResponse:
    """Tell the provider's name for me to this account: both have to be mine, so both are proved now."""
    known = services.client(slug)
    if known is None or doors.member(request.user, slug) is None:
        raise Http404
    return _leave(request, slug, known, is_linking=True)


def _leave(request: Any, slug: str, known: tuple[int, oidc.Client], *, is_linking: bool) -> HttpResponse:
    """To the provider, by a page of our own: a form may only be sent to this site (Content-Security-Policy)."""
    try:
        url, kept = oidc.start(known[1], _back())
    except oidc.Untrusted:
        return _failed(request, slug, "unreachable")
    linking = request.user.pk if is_linking else None
    request.session[PENDING] = {**kept, "slug": slug, "linking": linking, "next": safe_next(request)}
    return render(request, "accounts/leave.html", {"url": url})


@require_safe
@for_everybody
def returned(request: Any) -> HttpResponse:
    """Back from the provider. What is in the session is used up, whatever comes of it."""
    kept = request.session.pop(PENDING, None)
    if kept is None or (known := services.client(kept["slug"])) is None:
        return _failed(request, "", "stale")
    tenant_id, client = known
    slug = kept["slug"]
    if request.GET.get("error"):
        return _failed(request, slug, "refused")
    try:
        vouched = oidc.finish(client, _back(), kept, request.GET.get("state", ""), request.GET.get("code", ""))
    except oidc.Untrusted as error:
        signins.note(request, Outcome.FAILED, "sign_on")
        return _failed(request, slug, error.code)
    if kept["linking"] is not None:
        return _linked(request, slug, client, vouched.name, kept)
    member = services.vouched(tenant_id, client.issuer, vouched.name)
    if member is None:
        signins.note(request, Outcome.FAILED, "sign_on")
        return _failed(request, slug, "unknown")
    request.session.flush()
    doors.sign_in(request, member.user, "sign_on", opens=tenant_id)
    if client.ends_there:
        request.session[TOKEN] = vouched.token
    inside = kept["next"].startswith(f"/{slug}/")
    return HttpResponseRedirect(kept["next"] if inside else reverse("home", args=[slug]))


def _linked(request: Any, slug: str, client: oidc.Client, name: str, kept: dict[str, Any]) -> HttpResponse:
    if not request.user.is_authenticated or request.user.pk != kept["linking"]:
        return _failed(request, slug, "forged")
    try:
        with doors.enter(request.user, slug) as by:
            services.link(client.issuer, name, by=by)
    except (Refused, doors.NoDesk):
        return _failed(request, slug, "taken")
    messages.success(request, _("Your account is connected. From now on you can sign in through your company."))
    return HttpResponseRedirect(reverse("accounts:sign_on", args=[slug]))


class Reset(PasswordResetView):
    """A link for a new password. Whether the address is somebody's is not to be heard from how long the answer takes,
    so every answer takes as long (hostile test B2)."""

    def form_valid(self, form: Any) -> HttpResponse:
        begun = time.monotonic()
        try:
            return super().form_valid(form)
        finally:
            time.sleep(max(0.0, RESET_SECONDS - (time.monotonic() - begun)))


class SignOut(LogoutView):
    """Out of this site, and where the company wants it, out of its provider as well: here first, whatever comes of the
    rest."""

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        opened, token = request.session.get(entrance.OPENS), request.session.get(TOKEN, "")
        response = super().post(request, *args, **kwargs)
        url = services.farewell(opened, token, _after()) if opened is not None else ""
        return render(request, "accounts/leave.html", {"url": url, "is_out": True}) if url else response


@csrf_exempt
@require_POST
@for_everybody
def provider_ended(request: Any, slug: str) -> HttpResponse:
    """The provider says that somebody signed out there. Its signature is the proof; no browser is involved."""
    known = services.client(slug)
    if known is None:
        raise Http404
    tenant_id, client = known
    try:
        name = oidc.ended(client, request.POST.get("logout_token", ""))
    except oidc.Untrusted:
        return HttpResponse(status=400)
    services.end_sessions(tenant_id, client.issuer, name)
    response = HttpResponse(status=200)
    response["Cache-Control"] = "no-store"
    return response


def _failed(request: Any, slug: str, code: str) -> HttpResponse:
    return render(request, "accounts/sign_on_failed.html", {"slug": slug, "code": code}, status=403)


def _back() -> str:
    return settings.SITE_URL + reverse("accounts:returned")


def _after() -> str:
    return settings.SITE_URL + reverse("account_login")


def _next(request: Any) -> str:
    return urlencode({"next": safe_next(request)})


# The company's pages --------------------------------------------------------------------------------------------------
@editing
@needs("tenant.settings")
def settle(request: Any) -> HttpResponse:
    """What the company asks of those who come in, and its own identity provider."""
    part = request.POST.get("part", "") if request.method == "POST" else ""
    row = services.sign_on()
    rules_form = RulesForm(request.POST if part == "rules" else None, request.tenant)
    sign_on_form = SignOnForm(request.POST if part == "sign_on" else None, row)
    form = sign_on_form if part == "sign_on" else rules_form
    if part and form.is_valid():
        try:
            _save(request, part, form)
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("accounts:rules", args=[request.tenant.slug]))
        except Refused as refused:
            form.refuse(refused)
    context = {
        "rules": rules_form,
        "sign_on": sign_on_form,
        "row": row,
        "back": _back(),
        "after": _after(),
        "ended": settings.SITE_URL + reverse("accounts:provider_ended", args=[request.tenant.slug]),
    }
    return render(request, "accounts/rules.html", context, status=422 if form.errors else 200)


def _save(request: Any, part: str, form: Any) -> None:
    if part == "rules":
        has = rules.has_second_factor(request.user)
        services.settle(form.cleaned_data, has_second_factor=has, by=request.actor)
    else:
        services.set_sign_on(**form.cleaned_data, by=request.actor)


@require_safe
@needs("audit.view")
def sign_ins(request: Any) -> HttpResponseBase:
    """Who signed in, or tried to: the company's members, as far as it opens this company."""
    listing = lists.EVERYBODY.open(request, signins.of_tenant(request.tenant))
    with doors.sign_in_pages():
        listing.fill()
    return listing.answer("accounts/sign_ins.html")


@editing
@needs("member.manage")
def invite(request: Any) -> HttpResponse:
    """One more colleague."""
    form = InviteForm(request.POST if request.method == "POST" else None, request.tenant)
    if request.method == "POST" and form.is_valid():
        try:
            member = services.invite(**form.cleaned_data, by=request.actor)
            messages.success(request, _("%(name)s got a mail with the way in.") % {"name": member.name})
            return HttpResponseRedirect(reverse("members:member", args=[request.tenant.slug, member.pk]))
        except Refused as refused:
            form.refuse(refused)
    return render(request, "accounts/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@needs("member.manage")
def invite_again(request: Any, pk: int) -> HttpResponse:
    """The mail with the way in, once more."""
    return _done(request, pk, services.invite_again, _("%(name)s got a mail with the way in."))


@require_POST
@needs("member.manage")
def let_in_again(request: Any, pk: int) -> HttpResponse:
    """Somebody who left comes back."""
    return _done(request, pk, services.let_in_again, _("%(name)s may come in again."))


@require_POST
@needs("member.manage")
def unlink(request: Any, pk: int) -> HttpResponse:
    """The company's provider vouches for this member no more."""
    return _done(request, pk, services.unlink, _("%(name)s is not connected to the sign-on any more."))


def _done(request: Any, pk: int, verb: Any, said: str) -> HttpResponse:
    member = get_object_or_404(people.everybody(), pk=pk)
    verb(member, by=request.actor)
    messages.success(request, said % {"name": member.name})
    return HttpResponseRedirect(reverse("members:security", args=[request.tenant.slug, pk]))
