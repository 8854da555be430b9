"""Who signed in, when, from where, how, and who did not; a successful one is a session until it ends."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.utils import timezone

from psa.accounts import idle
from psa.accounts.models import Outcome, SignIn
from psa.journal import origins
from psa.tenancy import doors, entrance
from psa.tenancy.models import Membership, Tenant, User

KEPT = timedelta(days=365)
KEY, TURNED = "tandem_sign_in", "turned"


def note(request: Any, outcome: Outcome, method: str, *, email: str = "", user: User | None = None) -> SignIn:
    """Write an attempt down. What was typed as an address is kept where it is somebody's, and as a hash where not:
    people type passwords into the wrong field."""
    with doors.sign_in_pages():
        user = user or User.objects.filter(email=email.strip().lower()).first()
        return SignIn.objects.create(
            user=user,
            email=user.email if user else f"#{hashlib.sha256(email.encode()).hexdigest()[:16]}",
            outcome=outcome,
            method=method,
            address=origins.address(request),
            browser=origins.browser(request),
        )


def begin(request: Any, user: User, method: str = "", opens: int | None = None) -> None:
    """Write down that a session begins. `opens` is the one company a sign-on opens."""
    signed = note(request, Outcome.DONE, method or _method(request, user), user=user)
    request.session[KEY], request.session[TURNED] = signed.pk, user.turned
    idle.begin(request.session, _idle_minutes(user, opens))
    if opens is not None:
        request.session[entrance.OPENS] = opens
    if request.session.session_key is None:
        request.session.save()
    signed.opens_id, signed.session_key = opens, request.session.session_key
    with doors.sign_in_pages():
        signed.save(update_fields=["opens", "session_key"])


def _idle_minutes(user: User, opens: int | None) -> int:
    """After how many minutes without a click this session ends: the strictest of the companies it opens says it."""
    with doors.sign_in_pages():
        rows = Tenant.objects.filter(pk=opens)
        if opens is None:
            rows = Tenant.objects.filter(pk__in=Membership.objects.filter(user=user, is_active=True).values("tenant"))
        return idle.strictest(rows.values_list("idle_minutes", flat=True))


def _method(request: Any, user: User) -> str:
    """How allauth says this person proved who they are: "password", "password+totp", "webauthn"."""
    records = get_authentication_records(request, user)
    named = [str(one.get("type") or one["method"]) for one in records if not one.get("reauthenticated")]
    return "+".join(dict.fromkeys(named))[:40] or "password"


# Sessions -------------------------------------------------------------------------------------------------------------
def sessions(user: User) -> list[SignIn]:
    """The person's sessions that are open, newest first."""
    with doors.sign_in_pages():
        rows = SignIn.objects.filter(user=user, outcome=Outcome.DONE, ended_at=None).exclude(session_key="")
        rows = rows.filter(at__gt=timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE))
        found = list(rows.select_related("opens").order_by("-pk")[:200])
        keys = Session.objects.filter(
            session_key__in=[one.session_key for one in found], expire_date__gt=timezone.now()
        )
        alive = set(keys.values_list("session_key", flat=True))
    return [one for one in found if one.session_key in alive]


def end(user: User, pk: int) -> bool:
    """End one of the person's own sessions. False when it is not theirs or over."""
    with doors.sign_in_pages():
        found = SignIn.objects.filter(user=user, pk=pk, ended_at=None).exclude(session_key="").first()
        if found is None:
            return False
        _delete([found])
    return True


def end_others(request: Any) -> None:
    """Sign out everywhere but here: every other session dies, those nobody wrote down too."""
    doors.sign_out(request.user.pk)
    with doors.sign_in_pages():
        user = User.objects.get(pk=request.user.pk)
        others = SignIn.objects.filter(user=user, ended_at=None).exclude(pk=request.session.get(KEY))
        _delete(others)
        update_session_auth_hash(request, user)
        request.session.save()
        SignIn.objects.filter(pk=request.session.get(KEY)).update(session_key=request.session.session_key)


def turn(request: Any) -> None:
    """Give the session another key where the person's rights have changed since it had its own (hostile test B6)."""
    session = request.session
    if session.get(TURNED, 0) == request.user.turned:
        return
    session.cycle_key()
    session[TURNED] = request.user.turned
    if pk := session.get(KEY):
        with doors.sign_in_pages():
            SignIn.objects.filter(pk=pk).update(session_key=session.session_key)


def ended(request: Any) -> None:
    """Write down that the session of this request is over."""
    if pk := request.session.get(KEY):
        with doors.sign_in_pages():
            SignIn.objects.filter(pk=pk, ended_at=None).update(ended_at=timezone.now())


def _delete(rows: Iterable[SignIn]) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for one in rows:
        if one.session_key:
            store().delete(one.session_key)
    SignIn.objects.filter(pk__in=[one.pk for one in rows]).update(ended_at=timezone.now())


# Reading them ---------------------------------------------------------------------------------------------------------
def of_person(user: User) -> QuerySet[SignIn]:
    """Everything tried in this person's name. Read in the platform's scope."""
    return SignIn.objects.filter(user=user)


def of_tenant(tenant: Tenant) -> QuerySet[SignIn]:
    """What opened the tenant in scope, or would have: sign-ins of its members, except through another company's
    provider. Read in the platform's scope."""
    members = list(Membership.objects.values_list("user_id", flat=True))
    return SignIn.objects.filter(Q(opens=None) | Q(opens=tenant), user_id__in=members)


def forget(now: datetime | None = None) -> int:
    """Remove sign-ins that are older than a year. Returns how many."""
    with doors.sign_in_pages():
        return SignIn.objects.filter(at__lt=(now or timezone.now()) - KEPT).delete()[0]
