"""Letting people in: invitations, a company's rules for signing in, its own sign-on, and who is who there."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from psa.accounts import oidc, seals
from psa.accounts.models import SignOn, Subject
from psa.accounts.oidc import Client
from psa.journal import journal
from psa.mail import mail
from psa.tenancy import accounts, doors, scope
from psa.tenancy import services as tenants
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership, Role, SecondFactor, Tenant
from psa.tenant_settings.services import write

RULES = ("second_factor", "needs_sign_on", "keeps_origins", "idle_minutes")


# Invitations ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def invite(name: str, email: str, role: Role, language: str, *, by: Actor) -> Membership:
    """A new colleague, with the mail that lets them in. Raises Refused("is_a_member"), ("role_is_not_for_members"),
    Denied."""
    by.require("member.manage")
    tenant = _lock()
    if not role.is_for_members:
        raise Refused("role_is_not_for_members")
    if role.is_administrator:
        by.require("tenant.settings")
    if Membership.objects.filter(email=email.strip().lower()).exists():
        raise Refused("is_a_member", email=email)
    member = tenants.add_member(tenant, email, name, role.code, language=language)
    journal.record(member, "member.added", by=by, role=role.code)
    _welcome(member, tenant, by)
    return member


@transaction.atomic
def invite_again(member: Membership, *, by: Actor) -> None:
    """The mail that lets a colleague in, once more. Raises Refused("member_is_inactive"), Denied."""
    by.require("member.manage")
    if not member.is_active:
        raise Refused("member_is_inactive", name=member.name)
    journal.record(member, "member.invited_again", by=by)
    _welcome(member, Tenant.objects.get(pk=scope.tenant_id()), by)


@transaction.atomic
def let_in_again(member: Membership, *, by: Actor) -> Membership:
    """Let somebody in again who had left, with the role they had."""
    member = tenants.reactivate(member, by=by)
    journal.record(member, "member.reactivated", by=by)
    return member


def _welcome(member: Membership, tenant: Tenant, by: Actor) -> None:
    mail.post(
        "member_welcome",
        [mail.Recipient.of(member)],
        about=member,
        by=by.name,
        url=accounts.way_in(member, tenant.slug),
        is_new=accounts.needs_password(member),
    )


# The company's rules --------------------------------------------------------------------------------------------------
@transaction.atomic
def settle(values: dict[str, Any], *, has_second_factor: bool, by: Actor) -> Tenant:
    """Change what the company asks of those who come in. Nobody shuts themselves out: who asks administrators for a
    second factor has one.

    Raises Refused("second_factor_first"), ("sign_on_first"), ("subject_first"), Denied.
    """
    by.require("tenant.settings")
    tenant = _lock()
    changed = {name: values[name] for name in RULES if name in values and values[name] != getattr(tenant, name)}
    if changed.get("second_factor", SecondFactor.NOBODY) != SecondFactor.NOBODY and not has_second_factor:
        raise Refused("second_factor_first")
    if changed.get("needs_sign_on"):
        if not SignOn.objects.filter(is_on=True).exists():
            raise Refused("sign_on_first")
        if not has_second_factor:
            raise Refused("second_factor_first")
    return write(tenant, changed, "tenant.rules_changed", by=by)


@transaction.atomic
def set_sign_on(
    issuer: str, client_id: str, secret: str, is_on: bool, ends_there: bool = False, *, by: Actor
) -> SignOn:
    """The company's identity provider; an empty secret leaves the one there is. Another issuer names other people, so
    who was linked at the old one is not any more. Raises Refused("sign_on_is_needed"), ("secret_first"), Denied."""
    by.require("tenant.settings")
    tenant = _lock()
    row = SignOn.objects.first() or SignOn()
    if tenant.needs_sign_on and (not is_on or issuer != row.issuer):
        raise Refused("sign_on_is_needed")
    if not secret and not row.secret:
        raise Refused("secret_first")
    new = {"issuer": issuer, "client_id": client_id, "is_on": is_on, "ends_there": ends_there}
    old = {name: getattr(row, name) for name in new}
    for name, value in new.items():
        setattr(row, name, value)
    if secret:
        row.secret = seals.seal(secret)
    row.save()
    Subject.objects.exclude(issuer=issuer).delete()
    journal.record(tenant, "sign_on.changed", by=by, old=old, new=new, secret_changed=bool(secret))
    return row


# Who is who at the provider -------------------------------------------------------------------------------------------
@transaction.atomic
def link(issuer: str, name: str, *, by: Actor) -> Subject:
    """The acting member is this subject from now on. Raises Refused("subject_is_taken"), ("sign_on_first")."""
    _lock()
    if not SignOn.objects.filter(is_on=True, issuer=issuer).exists():
        raise Refused("sign_on_first")
    if Subject.objects.filter(issuer=issuer, name=name).exclude(member_id=by.membership_id).exists():
        raise Refused("subject_is_taken")
    Subject.objects.filter(member_id=by.membership_id).delete()
    made = Subject.objects.create(member_id=by.membership_id, issuer=issuer, name=name)
    journal.record(made.member, "member.linked", by=by, issuer=issuer)
    return made


@transaction.atomic
def unlink(member: Membership, *, by: Actor) -> None:
    """A member is nobody at the provider any more: their own wish, or an administrator's."""
    if member.pk != by.membership_id:
        by.require("member.manage")
    if Subject.objects.filter(member=member).delete()[0]:
        journal.record(member, "member.unlinked", by=by)


def sign_on() -> SignOn | None:
    """The provider of the tenant in scope."""
    return SignOn.objects.first()


def client(slug: str) -> tuple[int, Client] | None:
    """The provider of the company at this address, where people may sign in through it: the tenant's id, and what we
    are at the provider."""
    with doors.sign_in_pages():
        rows = SignOn.objects.filter(tenant__slug=slug, is_on=True, tenant__suspended_at=None)
        row = rows.first()
    if row is None:
        return None
    return row.tenant_id, Client(row.issuer, row.client_id, seals.unseal(row.secret), row.ends_there)


def vouched(tenant_id: int, issuer: str, name: str) -> Membership | None:
    """The active member this subject of the company's provider is."""
    with doors.at(tenant_id):
        found = Subject.objects.filter(issuer=issuer, name=name).values("member_id")
        member = Membership.objects.filter(is_active=True, pk__in=found).first()
    if member is None:
        return None
    with doors.sign_in_pages():
        return Membership.objects.filter(pk=member.pk, user__is_active=True).select_related("user", "tenant").first()


def is_linked(member: Membership) -> bool:
    """Whether the provider knows this member. Asked outside the tenant, on the pages under /accounts/."""
    with doors.sign_in_pages():
        return Subject.objects.filter(member_id=member.pk).exists()


def farewell(tenant_id: int, token: str, back: str) -> str:
    """Where somebody whose session this company's provider opened is signed out there; "" where that is not wanted or
    not possible."""
    found = client(doors.slug(tenant_id))
    return oidc.farewell(found[1], token, back) if found and found[1].ends_there else ""


def end_sessions(tenant_id: int, issuer: str, name: str) -> None:
    """The provider signed this person out: so do we."""
    if member := vouched(tenant_id, issuer, name):
        doors.sign_out(member.user_id)


def _lock() -> Tenant:
    return Tenant.objects.select_for_update(of=("self",), no_key=True).get(pk=scope.tenant_id())
