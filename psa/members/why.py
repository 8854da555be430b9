"""Why somebody can, or cannot: which role, level and limit give a right or lack it, and who can grant it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from psa.members.history import limit_words
from psa.tenancy import capabilities, granting
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, OutsourcingLevel, Role


@dataclass(frozen=True, slots=True)
class Subject:
    """What a right may be asked about: found by its number among what the asker sees; who sees it and whom it lets."""

    find: Callable[[int, Actor], Any]
    sees: Callable[[Any, Actor], bool]
    may: Callable[[Any, str, Actor], bool]


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence, and whether it speaks for or against."""

    text: str
    is_for: bool


@dataclass(slots=True)
class Answer:
    """Yes or no, the reasons, and who can change it."""

    may: bool
    reasons: list[Reason] = field(default_factory=list)
    granters: list[str] = field(default_factory=list)


_tickets: list[Subject] = []


def about_tickets(subject: Subject) -> None:
    """The desk says how rights reach a ticket."""
    _tickets[:] = [subject]


def find_ticket(number: int, by: Actor) -> Any:
    """The ticket of this number, None where the asker sees none."""
    return _tickets[0].find(number, by) if _tickets else None


def explain(member: Membership, capability: str, ticket: Any = None) -> Answer:
    """The answer for a member, with the rights they hold now."""
    actor = Actor.of(member)
    reasons = [] if member.is_active else [Reason(_("%(name)s is not active.") % {"name": member.name}, False)]
    is_level = capability.startswith("outsource.")
    reasons += _by_level(member, capability) if is_level else _by_role(member, actor, capability)
    if ticket is not None and reasons[-1].is_for:
        reasons += _on_ticket(ticket, "ticket.edit" if is_level else capability, actor)
    may = all(reason.is_for for reason in reasons)
    return Answer(may, reasons, granting.granters(capability))


def _by_level(member: Membership, capability: str) -> list[Reason]:
    if member.role.is_administrator:
        return [Reason(_("Administrators hold every outsourcing right; it is not stored and cannot be lowered."), True)]
    level = OutsourcingLevel(member.outsourcing_level)
    if capability not in capabilities.LEVELS[level]:
        first = next(code for code in OutsourcingLevel if capability in capabilities.LEVELS[code])
        words = {"level": level.label, "needed": first.label}
        return [Reason(_("The outsourcing level is “%(level)s”; this right begins at “%(needed)s”.") % words, False)]
    found = [Reason(_("The outsourcing level “%(level)s” gives this right.") % {"level": level.label}, True)]
    if capability == "outsource.send":
        found.append(Reason(_limit(member), True))
    return found


def _limit(member: Membership) -> str:
    words = {"limit": limit_words(member.limit, member.tenant.currency), "role": member.role.label}
    if not member.follows_role_limit:
        return _("Amount limit of their own: %(limit)s. Above it they request a release.") % words
    if member.outsourcing_level == member.role.outsourcing_level:
        return _("Amount limit of the role %(role)s: %(limit)s. Above it they request a release.") % words
    return _("Amount limit of the level: %(limit)s. Above it they request a release.") % words


def _by_role(member: Membership, actor: Actor, capability: str) -> list[Reason]:
    role = member.role
    reach = actor.can(capability)
    if reach:
        words = {"role": role.label, "reach": capabilities.REACHES[reach]}
        return [Reason(_("The role %(role)s gives this right; it reaches: %(reach)s.") % words, True)]
    found = [Reason(_("The role %(role)s does not give this right.") % {"role": role.label}, False)]
    others = [str(one.label) for one in Role.objects.order_by("pk") if one.is_for_members and _gives(one, capability)]
    if others:
        found.append(Reason(_("These roles give it: %(roles)s.") % {"roles": ", ".join(others)}, False))
    return found


def _gives(role: Role, capability: str) -> bool:
    rights = capabilities.DEFAULTS[role.code] if role.is_administrator else role.capabilities
    return bool(rights.get(capabilities.ALIASES.get(capability, capability)))


def _on_ticket(ticket: Any, capability: str, actor: Actor) -> list[Reason]:
    subject, number = _tickets[0], {"number": ticket.number}
    if not subject.sees(ticket, actor):
        return [
            Reason(_("They do not see ticket %(number)s: it is outside what “see tickets” reaches.") % number, False)
        ]
    if subject.may(ticket, capability, actor):
        return [Reason(_("Ticket %(number)s is within reach.") % number, True)]
    return [
        Reason(
            _("Ticket %(number)s is out of reach: not assigned to or created by them, nor in a queue they work.")
            % number,
            False,
        )
    ]
