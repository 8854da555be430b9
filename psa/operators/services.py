"""What an operator may do to a tenant: create, suspend, let in again, upgrade, set its fee. Each leaves an act.

An operator acts on identities from outside every tenant and never reads a tenant's own rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from psa.lanes import lanes
from psa.lanes.models import Lane
from psa.mail import mail
from psa.operators.models import Act
from psa.tenancy import accounts, doors
from psa.tenancy import services as tenants
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership, Tenant, User

_told_of_suspension: list[Callable[[Tenant], None]] = []


def on_suspended(listener: Callable[[Tenant], None]) -> None:
    """Call `listener(tenant)` in the transaction that suspends it, outside every tenant: never why."""
    _told_of_suspension.append(listener)


@dataclass(frozen=True, slots=True)
class Operator:
    """Who acts for the installation: somebody on the pages, or whoever has its shell."""

    name: str
    email: str = ""
    channel: str = "web"

    @classmethod
    def of(cls, user: User) -> Operator:
        """The person on the operators' pages."""
        return cls(user.name or user.email, user.email)

    @classmethod
    def shell(cls) -> Operator:
        """Whoever runs a command on the server."""
        return cls("manage.py", channel="shell")


@transaction.atomic
def create(name: str, slug: str, person: str, email: str, *, by: Operator, **settings: Any) -> Membership:
    """A tenant with its first administrator, who gets the mail with the way in. An empty address is made of the name.

    Raises Refused("address_is_reserved"), ("address_is_taken").
    """
    slug = slug or tenants.free_address(name)
    if doors.is_taken(slug):
        raise Refused("address_is_taken", address=slug)
    tenant = tenants.create_tenant(name, slug, **settings)
    member = tenants.add_member(tenant, email, person, "administrator", language=tenant.language)
    wrote(tenant, "tenant.created", by, plan="portal" if tenant.is_portal else "full", administrator=member.email)
    with doors.enter(member.user, slug):
        mail.post(
            "member_welcome",
            [mail.Recipient.of(member)],
            about=member,
            by=by.name,
            url=accounts.way_in(member, slug),
            is_new=accounts.needs_password(member),
        )
    return member


@transaction.atomic
def suspend(tenant: Tenant, reason: str, *, by: Operator) -> Tenant:
    """Its people find nothing from the next click on, its links open nothing, events to it wait. Nothing is lost."""
    tenant = _lock(tenant)
    if tenant.suspended_at is not None:
        raise Refused("tenant_is_suspended", name=tenant.name)
    tenant.suspended_at = timezone.now()
    tenant.save(update_fields=["suspended_at"])
    wrote(tenant, "tenant.suspended", by, reason)
    for listener in _told_of_suspension:
        listener(tenant)
    return tenant


@transaction.atomic
def resume(tenant: Tenant, reason: str, *, by: Operator) -> Tenant:
    """Let it in again; what waited for it arrives."""
    tenant = _lock(tenant)
    if tenant.suspended_at is None:
        raise Refused("tenant_is_not_suspended", name=tenant.name)
    tenant.suspended_at = None
    tenant.save(update_fields=["suspended_at"])
    wrote(tenant, "tenant.resumed", by, reason)
    return tenant


@transaction.atomic
def upgrade(tenant: Tenant, *, by: Operator) -> Tenant:
    """The full plan: a flag. Nothing is migrated, because a portal tenant stands on the same tables (§10)."""
    tenant = _lock(tenant)
    if not tenant.is_portal:
        raise Refused("tenant_has_the_full_plan", name=tenant.name)
    tenant.is_portal = False
    tenant.save(update_fields=["is_portal"])
    wrote(tenant, "tenant.upgraded", by)
    return tenant


@transaction.atomic
def set_fee(tenant: Tenant, amount: Decimal, *, by: Operator) -> Tenant:
    """What this lead owes for each handover a portal tenant accepts, from its next offer on; 0 is nothing."""
    tenant = _lock(tenant)
    old, tenant.transaction_fee = tenant.transaction_fee, amount
    if old != amount:
        tenant.save(update_fields=["transaction_fee"])
        wrote(tenant, "tenant.fee_changed", by, old=str(old), new=str(amount))
    return tenant


@transaction.atomic
def retry(lane: Lane, *, by: Operator) -> None:
    """Let a link that hangs try its next event again now."""
    lanes.retry(lane)
    wrote(
        None, "lane.retried", by, channel=lane.channel, error=lane.error, source=lane.source_id, target=lane.target_id
    )


@transaction.atomic
def looked_in(tenant: Tenant, reason: str, *, by: Operator) -> None:
    """An administrator of the tenant let the support look in, and this operator does; the reason is the tenant's."""
    wrote(tenant, "tenant.looked_at", by, reason)


def _lock(tenant: Tenant) -> Tenant:
    return Tenant.objects.select_for_update(of=("self",), no_key=True).get(pk=tenant.pk)


def wrote(tenant: Tenant | None, kind: str, by: Operator, reason: str = "", **data: Any) -> None:
    """Leave an act of an operator's in the installation's journal."""
    with doors.operating():
        Act.objects.create(
            about=tenant,
            kind=kind,
            data=data,
            reason=reason,
            by_name=by.name,
            by_email=by.email,
            channel=by.channel,
        )
