"""Letting the support look in, taking it back, and writing down what was looked at (desk spec, "Roles").

Who looks in acts as a membership that no row has: they see what an administrator of the tenant sees, and can take
nothing out. Nothing can be written while they look: every unsafe request is refused, and the view runs in a scope in
which managers and policies refuse.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from psa.journal import journal
from psa.journal.models import Entry
from psa.mail import mail
from psa.operators import services as operators
from psa.support.models import SupportGrant
from psa.tenancy import doors, granting
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import GUEST, Membership, OutsourcingLevel, Role, User

HOURS = (1, 4, 24)
SHOWN, LOOKS_SHOWN = 20, 50
LONGEST_PATH = 300
# A page that renews its parts by itself is one look in so many seconds.
SAME_LOOK = 5 * 60
# A page, a part of a page that is open, and what was no look at all.
LOOKED, FETCHED, REFUSED = "support.looked", "support.fetched", "support.refused"
# What whoever looks in may see: an administrator's pages, and no export.
SEES = dict.fromkeys(
    (
        "ticket.view", "checklist.manage", "price.view", "company.view", "order.view", "contract.view", "rule.manage",
        "mail.quarantine", "report.view", "tenant.manage", "outsource.view_terms", "outsource.partners",
        "outsource.all",
    ),
    "all",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One grant as its tenant's page shows it: to whom, and who looked how often."""

    grant: SupportGrant
    operator: str
    looks: int
    last: datetime | None


# What the tenant does -------------------------------------------------------------------------------------------------
def people() -> list[tuple[str, str]]:
    """The operators, by a key that says nothing about them, and by name."""
    return [(_key(one), one.name or one.email) for one in _operators()]


@transaction.atomic
def grant(operator: str, hours: int, reason: str, *, by: Actor) -> SupportGrant:
    """Let one operator, or with an empty key every one, look in for so many hours from now.

    The other administrators are told by mail. Raises Refused("support_ends_within_a_day"), ("support_is_nobody"),
    Denied.
    """
    by.require("tenant.settings")
    if hours not in HOURS:
        raise Refused("support_ends_within_a_day")
    who = next((one for one in _operators() if _key(one) == operator), None) if operator else None
    if operator and who is None:
        raise Refused("support_is_nobody")
    now = timezone.now()
    made = SupportGrant.objects.create(
        operator=who,
        reason=reason,
        granted_by_id=by.membership_id,
        granted_at=now,
        ends_at=now + timedelta(hours=hours),
    )
    journal.record(made, "support.granted", by=by, operator=who.name if who else "", hours=hours, reason=reason)
    _tell(made, who.name or who.email if who else "", hours, by)
    return made


def _tell(made: SupportGrant, operator: str, hours: int, by: Actor) -> None:
    """Whoever else could have let them in, or can take it back, hears of it."""
    administrators = granting.holders(lambda actor: bool(actor.can("tenant.settings")))
    others = [one for one in administrators if one.pk != by.membership_id]
    mail.post(
        "support_granted",
        [mail.Recipient.of(one) for one in others],
        about=made,
        by=by.name,
        operator=operator,
        hours=hours,
        ends_at=made.ends_at,
        text=made.reason,
        url=reverse("support:page", args=[doors.slug(by.tenant_id)]),
    )


@transaction.atomic
def revoke(found: SupportGrant, *, by: Actor) -> SupportGrant:
    """Take it back: the next request finds nothing. Raises Refused("support_is_over"), Denied."""
    by.require("tenant.settings")
    row = SupportGrant.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk)
    if not row.is_open:
        raise Refused("support_is_over")
    row.revoked_at, row.revoked_by_id = timezone.now(), by.membership_id
    row.save(update_fields=["revoked_at", "revoked_by"])
    journal.record(row, "support.revoked", by=by)
    return row


def every() -> QuerySet[SupportGrant]:
    """Every grant of the tenant in scope."""
    return SupportGrant.objects.all()


def grants() -> list[Told]:
    """What is open and the last of what was, newest first."""
    found = every().select_related("granted_by", "revoked_by").order_by("-pk")
    is_open = found.filter(revoked_at=None, ends_at__gt=timezone.now())[:LOOKS_SHOWN]
    rows = sorted({row.pk: row for row in (*is_open, *found[:SHOWN])}.values(), key=lambda row: -row.pk)
    with doors.operating():
        wanted = {row.operator_id for row in rows if row.operator_id}
        names = {one.pk: one.name or one.email for one in User.objects.filter(pk__in=wanted)} if wanted else {}
    seen = {pk: (count, last) for pk, count, last in _counted([row.pk for row in rows])}
    return [Told(row, names.get(row.operator_id or 0, ""), *seen.get(row.pk, (0, None))) for row in rows]


def looks() -> list[Entry]:
    """What was looked at, and what was refused: the last of it, newest first."""
    rows = Entry.objects.filter(subject_type="supportgrant", kind__in=(LOOKED, REFUSED))
    return list(rows.order_by("-pk")[:LOOKS_SHOWN])


def _counted(pks: list[int]) -> Iterable[tuple[int, int, datetime]]:
    rows = Entry.objects.filter(subject_type="supportgrant", subject_id__in=pks, kind=LOOKED)
    return rows.order_by().values_list("subject_id").annotate(Count("pk"), Max("at"))


# Looking in -----------------------------------------------------------------------------------------------------------
def open_to(user: User) -> list[SupportGrant]:
    """The grants by which this operator may look in now, by tenant, the longest first. In the operators' scope."""
    rows = SupportGrant.objects.filter(revoked_at=None, ends_at__gt=timezone.now(), tenant__suspended_at=None)
    found = rows.filter(Q(operator=None) | Q(operator=user)).select_related("tenant", "granted_by")
    return list(found.order_by("tenant__name", "-ends_at"))


def opens(user: User, slug: str) -> SupportGrant | None:
    """The grant by which this operator may look in at this address, None where there is none."""
    with doors.operating():
        return next((one for one in open_to(user) if one.tenant.slug == slug), None)


def guest(found: SupportGrant, user: User) -> Membership:
    """Whoever looks in, as pages know people."""
    role = Role(pk=GUEST, tenant=found.tenant, code="support", name="Support", capabilities=SEES)
    return Membership(
        pk=GUEST,
        tenant=found.tenant,
        user=user,
        role=role,
        name=_name(user),
        email=user.email,
        language=user.language,
        outsourcing_level=OutsourcingLevel.NONE,
    )


def looked(found: SupportGrant, user: User, path: str, origin_id: int | None, *, is_part: bool) -> None:
    """Write down that this operator looks at a page, in the tenant's journal and, the first time, in the operators'
    own. What an open page asks for again and again is written once in a while."""
    if is_part and not cache.add(f"support:{found.pk}:{user.pk}:{_digest(path)}", 1, SAME_LOOK):
        return
    is_first = _is_first(found, user)
    _write(found, FETCHED if is_part else LOOKED, user, path, origin_id)
    if is_first:
        operators.looked_in(found.tenant, found.reason, by=operators.Operator.of(user))


def turned_away(found: SupportGrant, user: User, method: str, path: str, origin_id: int | None) -> None:
    """Write down that this operator tried to change something."""
    _write(found, REFUSED, user, path, origin_id, method=method)


def _write(found: SupportGrant, kind: str, user: User, path: str, origin_id: int | None, **data: Any) -> None:
    by = Actor(found.tenant.pk, "support", _name(user), origin_id=origin_id)
    with transaction.atomic():
        journal.record(found, kind, by=by, path=path[:LONGEST_PATH], **data)


def _is_first(found: SupportGrant, user: User) -> bool:
    """Whether nothing was looked at by this grant and in this name before; a yes is asked again, a no is kept."""
    if not cache.add(f"support-in:{found.pk}:{user.pk}", 1, SAME_LOOK):
        return False
    rows = Entry.objects.filter(subject_type="supportgrant", subject_id=found.pk, by_name=_name(user))
    return not rows.exists()


def _name(user: User) -> str:
    return f"{user.name or user.email} (Support)"


def _operators() -> list[User]:
    with doors.operating():
        return list(User.objects.filter(is_operator=True, is_active=True).order_by("name", "email"))


def _key(user: User) -> str:
    return salted_hmac("psa.support.operator", str(user.pk)).hexdigest()[:16]


def _digest(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:32]
