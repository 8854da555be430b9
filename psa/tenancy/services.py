"""Setting up a tenant and the people in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.text import slugify

from psa.tenancy import capabilities, doors, scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import LIMIT_OF_LEVEL, Membership, OutsourcingLevel, Role, Tenant, User

# What a new member of a role may do with partners (outsourcing spec §2).
LEVEL_OF_ROLE = {"dispatcher": OutsourcingLevel.PARTNERS, "technician": OutsourcingLevel.OUTSOURCE}

# Addresses of the portal itself; no company can stand there.
RESERVED = frozenset(
    {"accounts", "demo", "healthz", "invitations", "language", "operator", "readyz", "static", "styleguide", "theme"}
)

_told_of_new: list[Callable[[Tenant], None]] = []


def on_created(listener: Callable[[Tenant], None]) -> None:
    """Call `listener(tenant)` in a new tenant's scope and the transaction that creates it: what each begins with."""
    _told_of_new.append(listener)


@transaction.atomic
def create_tenant(name: str, slug: str, **fields: Any) -> Tenant:
    """A new tenant with the seven roles of the default table, and what else each begins with. An operator's command or
    page calls it.

    Raises Refused("address_is_reserved").
    """
    if slug in RESERVED:
        raise Refused("address_is_reserved", address=slug)
    with scope.platform("create a tenant"):
        tenant = Tenant.objects.create(name=name, slug=slug, **fields)
    with scope.tenant(tenant):
        Role.objects.bulk_create([_first(code) for code in capabilities.ROLES])
        for listener in _told_of_new:
            listener(tenant)
    return tenant


def _first(code: str) -> Role:
    """A role as every tenant begins with it."""
    level = LEVEL_OF_ROLE.get(code, OutsourcingLevel.NONE)
    limit = None if code == capabilities.ADMINISTRATOR else LIMIT_OF_LEVEL.get(level)
    return Role(code=code, capabilities=capabilities.DEFAULTS[code], outsourcing_level=level, amount_limit=limit)


def free_address(name: str) -> str:
    """An address for a company of this name that is nobody's yet: its name in plain letters, numbered if need be."""
    plain = slugify(name)[:40].strip("-") or "company"
    wanted, number = plain, 1
    while wanted in RESERVED or doors.is_taken(wanted):
        number += 1
        wanted = f"{plain}-{number}"
    return wanted


@transaction.atomic
def add_member(
    tenant: Tenant, email: str, name: str, role: str, *, password: str | None = None, **fields: Any
) -> Membership:
    """Make a person a member of `tenant`; the person is created when nobody signs in with this e-mail yet. The
    level and the limit with partners are the role's unless they are given."""
    email = email.strip().lower()
    with scope.platform("add a member"):
        user = User.objects.filter(email=email).first() or User.objects.create_user(
            email, password, name=name, language=fields.get("language", "")
        )
    with scope.tenant(tenant):
        held = Role.objects.get(code=role)
        fields.setdefault("outsourcing_level", held.outsourcing_level)
        fields.setdefault("follows_role_limit", "amount_limit" not in fields)
        return Membership.objects.create(user=user, role=held, name=name, email=email, **fields)


@transaction.atomic
def deactivate(member: Membership, *, by: Actor) -> Membership:
    """Close the door to a member: from the next request on they find nothing here. What they did stays theirs.

    Raises Refused("last_administrator"), Denied.
    """
    by.require("member.manage")
    member = _locked(member)
    others = Membership.objects.filter(is_active=True, role__code="administrator").exclude(pk=member.pk)
    if member.role.code == "administrator" and not others.exists():
        raise Refused("last_administrator")
    member.is_active = False
    member.save(update_fields=["is_active"])
    doors.sign_out(member.user_id)
    return member


@transaction.atomic
def reactivate(member: Membership, *, by: Actor) -> Membership:
    """Let somebody in again who was deactivated, with the role they had."""
    by.require("member.manage")
    member = _locked(member)
    member.is_active = True
    member.save(update_fields=["is_active"])
    return member


def _locked(member: Membership) -> Membership:
    """The member's present row; the tenant's administrators are locked before, so that of two leavers one stays."""
    rows = Membership.objects.select_for_update(of=("self",), no_key=True).select_related("role")
    return {row.pk: row for row in rows.filter(Q(pk=member.pk) | Q(role__code="administrator")).order_by("pk")}[
        member.pk
    ]


def with_people(tenants: QuerySet) -> QuerySet:
    """Tenants with the number of their active members as `members`, for the operators' lists."""
    people = Membership.objects.filter(tenant=OuterRef("pk"), is_active=True).order_by()
    number = people.values("tenant").annotate(number=Count("pk")).values("number")
    return tenants.annotate(members=Coalesce(Subquery(number, output_field=IntegerField()), 0))
