"""Changing what somebody may do. Every change is one journal entry, old and new, and acts on the next request.

The tenant's row is locked first: of two administrators who lower each other one comes second and is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from psa.journal import journal
from psa.tenancy import capabilities, doors, granting, scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership, OutsourcingLevel, Role, Tenant

MOST_ROLES = 20


@dataclass(frozen=True, slots=True)
class Permission:
    """What a member may do with partners: the level, and the limit, the role's or their own (None: no limit)."""

    level: str
    follows_role: bool
    limit: Decimal | None = None

    @classmethod
    def of(cls, member: Membership) -> Permission:
        """As it stands."""
        return cls(member.outsourcing_level, member.follows_role_limit, member.amount_limit)

    def facts(self) -> dict[str, Any]:
        """As the journal keeps it."""
        limit = None if self.limit is None else f"{self.limit:.2f}"
        return {"level": self.level, "follows_role": self.follows_role, "limit": limit}


@dataclass(frozen=True, slots=True)
class Change:
    """One member's new permission, and the one the form showed."""

    member: Membership
    seen: Permission
    wanted: Permission


@transaction.atomic
def permit(changes: Iterable[Change], *, by: Actor) -> int:
    """Set levels and limits, all or none (outsourcing spec §2). Returns how many changed.

    Raises Refused("permission_changed_meanwhile"), ("administrators_hold_everything"), ("somebody_must_hold_all"),
    Denied.
    """
    by.require("outsource.all")
    _lock()
    done = 0
    for change in changes:
        member = _member(change.member.pk)
        was = Permission.of(member)
        if was == change.wanted:
            continue
        if member.role.is_administrator:
            raise Refused("administrators_hold_everything", name=member.name)
        if was != change.seen:
            raise Refused("permission_changed_meanwhile", name=member.name)
        _keep(member, change.wanted)
        journal.record(member, "member.level_changed", by=by, old=was.facts(), new=change.wanted.facts())
        done += 1
    _somebody_remains()
    return done


@transaction.atomic
def preset(role: Role, level: str, limit: Decimal | None, *, by: Actor) -> Role:
    """The level of a role's new members, and the limit of those who follow it. Raises Denied, Refused."""
    by.require("outsource.all")
    role = _role(role)
    if role.is_administrator:
        raise Refused("administrators_hold_everything", name=str(role.label))
    was = {"level": role.outsourcing_level, "limit": _plain(role.amount_limit)}
    now = {"level": str(OutsourcingLevel(level)), "limit": _plain(limit)}
    if was != now:
        role.outsourcing_level, role.amount_limit = level, limit
        role.save(update_fields=["outsourcing_level", "amount_limit"])
        journal.record(role, "role.preset_changed", by=by, role=_name(role), old=was, new=now)
    return role


@transaction.atomic
def change_role(member: Membership, role: Role, *, by: Actor, takes_preset: bool) -> Membership:
    """Give a member another role. `takes_preset` is the answer to the question a role change asks: the new role's level
    and limit, or those the member has (outsourcing spec §2).

    Raises Refused("role_is_not_for_members"), ("somebody_must_hold_all"), ("somebody_must_manage"), Denied.
    """
    by.require("member.manage")
    role = _role(role)
    member = _member(member.pk)
    if not role.is_for_members:
        raise Refused("role_is_not_for_members")
    was = member.role
    if was.pk == role.pk:
        return member
    before = Permission.of(member)
    member.role = role
    member.save(update_fields=["role"])
    if takes_preset:
        _keep(member, Permission(role.outsourcing_level, follows_role=True))
    after = Permission.of(member)
    data: dict[str, Any] = {"old": _name(was), "new": _name(role)}
    if before != after:
        data |= {"level": [before.facts(), after.facts()]}
    journal.record(member, "member.role_changed", by=by, **data)
    _somebody_remains()
    doors.turn(member.user_id)
    return member


@transaction.atomic
def set_reaches(changes: Mapping[tuple[int, str], str], seen: str, *, by: Actor) -> int:
    """Change cells of the matrix, (role id, capability) → reach; `seen` is the fingerprint of what the form showed.

    Raises Refused("roles_changed_meanwhile"), ("administrators_hold_everything"), ("somebody_must_manage"), Denied;
    ValueError for a reach the right does not have.
    """
    by.require("role.manage")
    _lock()
    roles = {role.pk: role for role in Role.objects.order_by("pk")}
    if fingerprint(roles.values()) != seen:
        raise Refused("roles_changed_meanwhile")
    done = 0
    for (pk, capability), reach in changes.items():
        role = roles[pk]
        was = role.capabilities.get(capability, "")
        if was == reach:
            continue
        if role.is_administrator:
            raise Refused("administrators_hold_everything", name=str(role.label))
        if not role.is_for_members or reach not in capabilities.reaches(capability):
            raise ValueError(f"{capability} of {role.code} cannot reach {reach!r}.")
        _write(role, {**role.capabilities, capability: reach})
        journal.record(role, "role.right_changed", by=by, role=_name(role), capability=capability, old=was, new=reach)
        done += 1
    _somebody_remains()
    return done


@transaction.atomic
def reset(role: Role, *, by: Actor) -> Role:
    """A built-in role as the code has it."""
    by.require("role.manage")
    role = _role(role)
    default = capabilities.DEFAULTS.get(role.code)
    if default is None:
        raise Refused("role_has_no_default", role=str(role.label))
    names = [name for name in capabilities.CAPABILITIES if role.capabilities.get(name) != default.get(name)]
    if names:
        changes = {name: [role.capabilities.get(name, ""), default.get(name, "")] for name in names}
        _write(role, default)
        journal.record(role, "role.reset", by=by, role=_name(role), changes=changes)
        _somebody_remains()
    return role


@transaction.atomic
def add_role(name: str, copy_of: Role, *, by: Actor) -> Role:
    """A role of one's own, beginning as a copy. Raises Refused("role_is_called_so"), ("too_many_roles"), Denied."""
    by.require("role.manage")
    _check_name(_role(copy_of), name, but=None)
    if Role.objects.count() >= MOST_ROLES:
        raise Refused("too_many_roles", most=MOST_ROLES)
    model = _role(copy_of)
    made = Role.objects.create(
        code=_code(name),
        name=name,
        capabilities=dict(model.capabilities),
        outsourcing_level=model.outsourcing_level,
        amount_limit=model.amount_limit,
    )
    journal.record(made, "role.added", by=by, role=_name(made), copy_of=_name(model))
    return made


@transaction.atomic
def rename_role(role: Role, name: str, *, by: Actor) -> Role:
    """Call a role of the tenant's own something else; the built-in ones are called as the pages' language says."""
    by.require("role.manage")
    role = _role(role)
    _check_own(role)
    _check_name(role, name, but=role.pk)
    if role.name != name:
        was, role.name = role.name, name
        role.save(update_fields=["name"])
        journal.record(role, "role.renamed", by=by, role=_name(role), old=was, new=name)
    return role


@transaction.atomic
def delete_role(role: Role, *, by: Actor) -> None:
    """Take away a role of the tenant's own that nobody holds, whoever left included. Raises Refused("role_is_held")."""
    by.require("role.manage")
    role = _role(role)
    _check_own(role)
    if held := Membership.objects.filter(role=role).count():
        raise Refused("role_is_held", role=role.name, count=held)
    journal.record(role, "role.deleted", by=by, role=_name(role), capabilities=role.capabilities)
    role.delete()


def fingerprint(roles: Iterable[Role]) -> str:
    """What a form of the matrix showed, in one word: two forms of the same matrix say the same."""
    rights = ((role.pk, *(role.capabilities.get(name, "") for name in capabilities.CAPABILITIES)) for role in roles)
    return hashlib.sha256(repr(sorted(rights)).encode()).hexdigest()


def _lock() -> None:
    Tenant.objects.select_for_update(of=("self",), no_key=True).get(pk=scope.tenant_id())


def _member(pk: int) -> Membership:
    rows = Membership.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("role").get(pk=pk)


def _role(role: Role) -> Role:
    _lock()
    return Role.objects.select_for_update(of=("self",), no_key=True).get(pk=role.pk)


def _keep(member: Membership, wanted: Permission) -> None:
    member.outsourcing_level = OutsourcingLevel(wanted.level)
    member.follows_role_limit = wanted.follows_role
    member.amount_limit = None if wanted.follows_role else wanted.limit
    member.save(update_fields=["outsourcing_level", "follows_role_limit", "amount_limit"])


def _write(role: Role, rights: Mapping[str, str]) -> None:
    role.capabilities = {name: reach for name, reach in rights.items() if reach}
    role.save(update_fields=["capabilities"])


def _somebody_remains() -> None:
    """The last-holder guard: an active administrator or All holder, and one who manages members and roles."""
    people = granting.members()
    if not people.filter(granting.ADMINISTRATORS | Q(outsourcing_level=OutsourcingLevel.ALL)).exists():
        raise Refused("somebody_must_hold_all")
    if not people.filter(granting.ADMINISTRATORS | Q(role__capabilities__has_key="tenant.manage")).exists():
        raise Refused("somebody_must_manage")


def _check_own(role: Role) -> None:
    if role.is_built_in:
        raise Refused("role_is_built_in", role=str(role.label))


def _check_name(role: Role, name: str, but: int | None) -> None:
    if not role.is_for_members:
        raise Refused("role_is_not_for_members")
    others = [str(one.label).casefold() for one in Role.objects.exclude(pk=but)]
    if name.casefold() in others:
        raise Refused("role_is_called_so", name=name)


def _code(name: str) -> str:
    """A code nobody has: whether somebody is an administrator hangs on it."""
    wanted, taken = slugify(name)[:30] or "role", set(Role.objects.values_list("code", flat=True))
    numbered = (f"{wanted}-{number}" for number in range(2, MOST_ROLES + 9))
    return next(code for code in (wanted, *numbered) if code not in taken)


def _name(role: Role) -> dict[str, str]:
    """A role as the journal keeps it: readable in every language, and after it is gone."""
    return {"code": role.code, "name": role.name}


def _plain(limit: Decimal | None) -> str | None:
    return None if limit is None else f"{limit:.2f}"
