"""The doors into a scope: sign-in, a tenant's address, a token. Each asks the platform and gives back ids."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import auth
from django.db.models import F
from django.utils import timezone

from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, Tenant, Token, User, new_token
from psa.tenancy.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Desk:
    """One of a person's tenants, as the page "my tenants" shows it."""

    id: int
    slug: str
    name: str
    role: str
    language: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What a token opened: whose row, which, and until when."""

    tenant_id: int
    subject_id: int
    expires_at: datetime
    used_at: datetime | None


def signed_in(request: Any) -> Any:
    """The person of this session, or an anonymous one."""
    with scope.platform("sign-in: who is this session"):
        return auth.get_user(request)


@contextmanager
def sign_in_pages() -> Iterator[None]:
    """The scope of the pages under /accounts/, which look up people before anybody is signed in."""
    with scope.platform("sign-in pages"):
        yield


@contextmanager
def operating() -> Iterator[None]:
    """The scope of the operators' pages: identities, heads of queues and bills, nobody's own rows."""
    with scope.platform("operators' pages"):
        yield


def desks(user: User) -> list[Desk]:
    """The tenants this person may enter, by name."""
    with scope.platform("my tenants"):
        found = Membership.objects.filter(user=user, is_active=True, tenant__suspended_at=None)
        return [
            Desk(
                member.tenant.pk,
                member.tenant.slug,
                member.tenant.name,
                member.role.name or member.role.code,
                member.tenant.language,
            )
            for member in found.select_related("tenant", "role").order_by("tenant__name")
        ]


def member(user: User, slug: str) -> Membership | None:
    """The person's membership behind a tenant's address; None for strangers, leavers and suspended tenants alike."""
    with scope.platform("enter a tenant"):
        found = _MEMBER(user=user.pk, slug=slug)
        return found[0] if found else None


_MEMBER = Prepared(
    lambda user, slug: Membership.objects.filter(
        user_id=user, tenant__slug=slug, is_active=True, user__is_active=True, tenant__suspended_at=None
    ).select_related("tenant", "role")
)


def suspended(user: User) -> list[str]:
    """The person's companies the operator has suspended, by name: they are told why they cannot enter."""
    with scope.platform("my suspended tenants"):
        found = Membership.objects.filter(user=user, is_active=True, tenant__suspended_at__isnull=False)
        return list(found.order_by("tenant__name").values_list("tenant__name", flat=True))


def manages_partners(user: User) -> bool:
    """Whether the person may accept an invitation for one of the tenants they enter."""
    with scope.platform("who may accept an invitation"):
        found = Membership.objects.filter(user=user, is_active=True, tenant__suspended_at=None)
        return any(Actor.of(member).can("outsource.partners") for member in found.select_related("tenant", "role"))


class NoDesk(Exception):
    """The person has no business behind this tenant's address."""


@contextmanager
def enter(user: User, slug: str) -> Iterator[Actor]:
    """Act inside one of a person's tenants from a page that stands in none, an invitation's. Raises NoDesk."""
    if (found := member(user, slug)) is None:
        raise NoDesk(slug)
    with scope.tenant(found.tenant):
        yield Actor.of(found)


@contextmanager
def inside(opened: Opened) -> Iterator[int]:
    """The scope of what a token opened, for as long as it takes to show or answer it."""
    with scope.tenant(opened.tenant_id):
        yield opened.tenant_id


@contextmanager
def at(tenant_id: int) -> Iterator[int]:
    """The scope of one tenant, for what is done there from outside: a provider's answer, a sweep over all tenants."""
    with scope.tenant(tenant_id):
        yield tenant_id


def tenant_name(tenant_id: int) -> str:
    """A tenant's name, for the contract rows that carry both names."""
    with scope.platform("the name of a party"):
        return Tenant.objects.values_list("name", flat=True).get(pk=tenant_id)


def slug(tenant_id: int) -> str:
    """A tenant's address, for links in its mails."""
    with scope.platform("the address of a party"):
        return Tenant.objects.values_list("slug", flat=True).get(pk=tenant_id)


def tenant_named(slug: str) -> Tenant | None:
    """A tenant by its address, for commands and tests."""
    with scope.platform("a command names a tenant"):
        return Tenant.objects.filter(slug=slug).first()


def portals(tenant_ids: Iterable[int]) -> frozenset[int]:
    """Which of these tenants are portal tenants: their partners may know that much of them, and nothing more."""
    with scope.platform("the plan of a party"):
        found = Tenant.objects.filter(pk__in=list(tenant_ids), is_portal=True)
        return frozenset(found.values_list("pk", flat=True))


def time_zone(tenant_id: int) -> str:
    """The zone a party reads its dates in, for the dates in brackets on the other side's papers."""
    with scope.platform("the zone of a party"):
        return Tenant.objects.values_list("time_zone", flat=True).get(pk=tenant_id)


def clock(tenant_id: int) -> timezone.override:
    """A tenant's own day and hour for what a worker does there, as the middleware sets them for its pages."""
    return timezone.override(ZoneInfo(time_zone(tenant_id)))


def suspended_since(tenant_id: int) -> datetime | None:
    """Since when a party is suspended: the other side is told that it is unavailable, and not why."""
    with scope.platform("is a party there"):
        return Tenant.objects.values_list("suspended_at", flat=True).get(pk=tenant_id)


def received(slug: str) -> Tenant | None:
    """The company whose customers come in at this address; none for a suspended one and for one of the small plan."""
    with scope.platform("a customer knocks"):
        return Tenant.objects.filter(slug=slug, suspended_at=None, is_portal=False).first()


def is_taken(slug: str) -> bool:
    """Whether a company stands at this address already."""
    return tenant_named(slug) is not None


def person(email: str) -> User | None:
    """Who signs in with this address."""
    with scope.platform("whose is this address"):
        return User.objects.filter(email=email.strip().lower(), is_active=True).first()


def has_account(email: str) -> bool:
    """Whether somebody signs in with this address."""
    with scope.platform("is this address somebody's"):
        return User.objects.filter(email=email.strip().lower()).exists()


SignedIn = Callable[[Any, User, str, int | None], None]
_told: list[SignedIn] = []


def on_sign_in(listener: SignedIn) -> None:
    """Call `listener(request, user, method, opens)` in the platform's scope whenever a session begins here."""
    _told.append(listener)


def sign_in(request: Any, user: User, method: str = "invitation", opens: int | None = None) -> None:
    """Start a session for somebody who just proved who they are; the session's key changes. `opens` is the one tenant
    it opens, None for all of theirs."""
    with scope.platform("sign-in: somebody proved who they are"):
        auth.login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        for listener in _told:
            listener(request, user, method, opens)


def sign_out(user_id: int) -> None:
    """End every session of a person, in every browser, with their next request."""
    with scope.platform("sign out everywhere"):
        User.objects.filter(pk=user_id).update(signed_out=F("signed_out") + 1)


def turn(user_id: int) -> None:
    """Give every session of a person another key with its next request: what they may do has changed, and whoever knew
    the old key knows nothing."""
    with scope.platform("another key for every session"):
        User.objects.filter(pk=user_id).update(turned=F("turned") + 1)


def tenant_ids() -> list[int]:
    """All tenants, for what is done once for each (data migrations, sweeps)."""
    with scope.platform("for each tenant"):
        return list(Tenant.objects.order_by("pk").values_list("pk", flat=True))


def remember(user: User, **settings: str) -> None:
    """Keep what a person chose for themselves: theme, and the language, in which their mails are written too."""
    with scope.platform("a person's own settings"):
        User.objects.filter(pk=user.pk).update(**settings)
        if language := settings.get("language"):
            Membership.objects.filter(user=user).update(language=language)


def issue(purpose: str, subject_id: int, expires_at: datetime) -> str:
    """A new secret for a link of the tenant in scope; older ones for the same subject are void from now on."""
    raw = new_token()
    void(purpose, subject_id)
    Token.objects.create(purpose=purpose, subject_id=subject_id, expires_at=expires_at, hash=_hash(raw))
    return raw


def look(purpose: str, raw: str | None) -> Opened | None:
    """What a link's secret stands for; None for an unknown, empty or expired one. Looking does not use it.

    The links of a suspended tenant open nothing until it is let in again.
    """
    if not raw:
        return None
    with scope.platform(f"token: {purpose}"):
        rows = Token.objects.filter(purpose=purpose, hash=_hash(raw), expires_at__gt=timezone.now())
        row = rows.filter(tenant__suspended_at=None).first()
        return Opened(row.tenant_id, row.subject_id, row.expires_at, row.used_at) if row else None


def use(purpose: str, raw: str | None) -> Opened | None:
    """Use up a secret, in the caller's transaction. None when it is unknown, expired or somebody was faster."""
    if not raw or (opened := look(purpose, raw)) is None:
        return None
    with scope.platform(f"token: {purpose}"):
        used = Token.objects.filter(hash=_hash(raw), used_at=None).update(used_at=timezone.now())
        return opened if used else None


def void(purpose: str, subject_id: int) -> None:
    """Void every unused secret of this subject of the tenant in scope."""
    Token.objects.filter(purpose=purpose, subject_id=subject_id, used_at=None).delete()


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
