"""Who changed whose permissions, as sentences: every kind of entry that says so, whichever app records it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.journal.models import Entry
from psa.tenancy import capabilities
from psa.tenancy.models import Membership, OutsourcingLevel
from psa.web.figures import money
from psa.web.lists import Choice, Column, Days, List, Sort
from psa.web.templatetags import ui

Data = Mapping[str, Any]
Say = Callable[[Data], str]
_kinds: dict[str, tuple[Any, Say]] = {}


def say(kind: str, label: Any, sentence: Say) -> None:
    """Put a kind of entry into the history: what it is called in the filter, and what one of them says."""
    _kinds[kind] = (label, sentence)


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


def register() -> None:
    """The kinds of this app."""
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


# The list -------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Row:
    """One change as the page shows it."""

    id: int
    kind: str
    data: dict[str, Any]
    by_name: str
    at: datetime
    member: str | None
    currency: str

    @property
    def text(self) -> str:
        return _kinds[self.kind][1]({"member": self.member or "", "currency": self.currency, **self.data})


def _kind_choices(request: Any) -> list[tuple[Any, Any]]:
    return [(kind, label) for kind, (label, _say) in _kinds.items()]


def _people(request: Any) -> list[tuple[Any, str]]:
    return [(str(pk), name) for pk, name in Membership.objects.order_by("name").values_list("pk", "name")[:200]]


def _about(rows: QuerySet, wanted: list[str]) -> QuerySet:
    return rows.filter(Q(subject_type="membership", subject_id__in=[int(pk) for pk in wanted]))


def _text(row: Row) -> SafeString:
    return format_html("{}", row.text)


HISTORY = List(
    "permission-history",
    Row,
    ("id", "kind", "data", "by_name", "at", "member_name", "tenant__currency"),
    (
        Column("what", gettext_lazy("Change"), _text, css="cell-title"),
        Column("by", gettext_lazy("By"), lambda row: row.by_name, css="cell-nowrap"),
        Column("at", gettext_lazy("When"), lambda row: ui.ago(row.at), css="cell-nowrap", plain=lambda row: row.at),
    ),
    (Sort("newest", gettext_lazy("Newest"), "pk", "int", descending=True),),
    (
        Choice("member", gettext_lazy("Member"), choices=_people, where=_about),
        Choice("kind", gettext_lazy("Kind"), "kind", _kind_choices),
        Days("day", gettext_lazy("Day"), "at"),
    ),
    empty_title=gettext_lazy("Nothing was changed yet"),
    empty_text=gettext_lazy("Every change of a role, a level or a limit stands here: old, new, who and when."),
    empty_icon="history",
)


def entries() -> QuerySet:
    """Every entry that changed what somebody may do."""
    name = Membership.objects.filter(pk=OuterRef("subject_id")).values("name")[:1]
    return Entry.objects.filter(kind__in=list(_kinds)).annotate(member_name=Subquery(name))
