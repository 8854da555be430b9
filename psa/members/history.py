"""Who changed whose permissions, as sentences: every kind of entry that says so, whichever app records it.

The page that shows them is the audit's (psa.members.audit)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.members import leaving
from psa.tenancy import capabilities
from psa.tenancy.models import OutsourcingLevel
from psa.web.figures import money

Data = Mapping[str, Any]
Say = Callable[[Data], str]
_kinds: dict[str, tuple[Any, Say]] = {}


def say(kind: str, label: Any, sentence: Say) -> None:
    """Put a kind of entry into the history: what it is called in the filter, and what one of them says."""
    _kinds[kind] = (label, sentence)


def kinds() -> dict[str, tuple[Any, Say]]:
    """Every kind that changes what somebody may do: its label and its sentence."""
    return _kinds


def role_name(kept: Mapping[str, str]) -> str:
    """A role as the journal keeps it, in the reader's language."""
    return str(kept["name"] or capabilities.ROLE_NAMES.get(kept["code"], kept["code"]))


def right_name(capability: str) -> str:
    """A capability in words."""
    return str(capabilities.NAMES.get(capability, capability))


def limit_words(limit: str | Decimal | None, currency: str) -> str:
    """A limit in words."""
    return _("no limit") if limit is None else money(Decimal(limit), currency)


def _permission(kept: Data, currency: str) -> str:
    level = str(OutsourcingLevel(kept["level"]).label)
    limit = _("limit as the role") if kept.get("follows_role") else limit_words(kept["limit"], currency)
    return f"{level}, {limit}"


def _level(data: Data) -> str:
    old, new = (_permission(data[name], data["currency"]) for name in ("old", "new"))
    return _("Outsourcing of %(member)s: %(old)s → %(new)s") % {"member": data["member"], "old": old, "new": new}


def _role(data: Data) -> str:
    words = {"member": data["member"], "old": role_name(data["old"]), "new": role_name(data["new"])}
    said = _("Role of %(member)s: %(old)s → %(new)s") % words
    if "level" in data:
        said += "; " + " → ".join(_permission(kept, data["currency"]) for kept in data["level"])
    return said


def _preset(data: Data) -> str:
    old, new = (_permission(data[name], data["currency"]) for name in ("old", "new"))
    return _("Preset of the role %(role)s: %(old)s → %(new)s") % {
        "role": role_name(data["role"]), "old": old, "new": new,
    }  # fmt: skip


def _reach(reach: str) -> str:
    return str(capabilities.REACHES[reach])


def _right(data: Data) -> str:
    return _("%(role)s may “%(right)s”: %(old)s → %(new)s") % {
        "role": role_name(data["role"]), "right": right_name(data["capability"]),
        "old": _reach(data["old"]), "new": _reach(data["new"]),
    }  # fmt: skip


def _reset(data: Data) -> str:
    changes = [f"{right_name(name)}: {_reach(old)} → {_reach(new)}" for name, (old, new) in data["changes"].items()]
    return _("%(role)s reset to the default: %(changes)s") % {
        "role": role_name(data["role"]), "changes": "; ".join(changes),
    }  # fmt: skip


def _copy(data: Data) -> str:
    names = {"role": role_name(data["role"]), "model": role_name(data["copy_of"])}
    return _("New role %(role)s, a copy of %(model)s") % names


def _member(words: Any) -> Say:
    return lambda data: str(words) % {"member": data["member"]}


def _left(data: Data) -> str:
    given = [f"{leaving.label(one['label'])}: {one['count']} → {one['heir'] or '–'}" for one in data["given"]]
    said = _("%(member)s has left") % {"member": data["member"]}
    return "; ".join([said, *given])


def register() -> None:
    """The kinds of this app."""
    for kind, label, words in (
        ("member.added", gettext_lazy("New member"), gettext_lazy("%(member)s was invited")),
        ("member.invited_again", gettext_lazy("Invited again"), gettext_lazy("%(member)s was invited again")),
        ("member.deactivated", gettext_lazy("Member left"), gettext_lazy("%(member)s has left")),
        ("member.reactivated", gettext_lazy("Let in again"), gettext_lazy("%(member)s was let in again")),
    ):
        say(kind, label, _member(words))
    say("member.left", gettext_lazy("Member left"), _left)
    say("member.level_changed", gettext_lazy("Level or limit"), _level)
    say("member.role_changed", gettext_lazy("Role of a member"), _role)
    say("role.preset_changed", gettext_lazy("Preset of a role"), _preset)
    say("role.right_changed", gettext_lazy("Right of a role"), _right)
    say("role.reset", gettext_lazy("Role reset"), _reset)
    say("role.added", gettext_lazy("New role"), _copy)
    say("role.renamed", gettext_lazy("Role renamed"), lambda d: _("Role %(old)s is now called %(new)s") % dict(d))
    say(
        "role.deleted",
        gettext_lazy("Role deleted"),
        lambda d: _("Role %(role)s deleted") % {"role": role_name(d["role"])},
    )
