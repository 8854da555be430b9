"""Setting up a tenant and the people in it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from psa.tenancy import capabilities, scope
from psa.tenancy.errors import Refused
from psa.tenancy.models import LIMIT_OF_LEVEL, Membership, OutsourcingLevel, Role, Tenant, User

# What a new member of a role may do with partners (outsourcing spec §2).
LEVEL_OF_ROLE = {"dispatcher": OutsourcingLevel.PARTNERS, "technician": OutsourcingLevel.OUTSOURCE}

# Addresses of the portal itself; no company can stand there.
RESERVED = frozenset(
    {"accounts", "demo", "healthz", "invitations", "language", "readyz", "static", "styleguide", "theme"}
)


@transaction.atomic
def create_tenant(name: str, slug: str, **fields: Any) -> Tenant:
    """A new tenant with the seven roles of the default table. An operator's command or page calls it.

    Raises Refused("address_is_reserved").
    """
    if slug in RESERVED:
        raise Refused("address_is_reserved", address=slug)
    with scope.platform("create a tenant"):
        tenant = Tenant.objects.create(name=name, slug=slug, **fields)
    with scope.tenant(tenant):
        for code in capabilities.ROLES:
            level = LEVEL_OF_ROLE.get(code, OutsourcingLevel.NONE)
            limit = None if code == capabilities.ADMINISTRATOR else LIMIT_OF_LEVEL.get(level)
            Role.objects.create(
                code=code, capabilities=capabilities.DEFAULTS[code], outsourcing_level=level, amount_limit=limit
            )
    return tenant


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
