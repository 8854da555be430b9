"""What is typed about people and roles."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.members import leaving
from psa.members.services import Change, Permission
from psa.tenancy import capabilities
from psa.tenancy.errors import Refused
from psa.tenancy.models import LIMIT_OF_LEVEL, Membership, OutsourcingLevel, Role
from psa.web import refusals
from psa.web.figures import money
from psa.web.inputs import Amount

LIMITS = (
    ("role", gettext_lazy("as the role")),
    ("none", gettext_lazy("no limit")),
    ("own", gettext_lazy("up to …")),
)


class Refusable(forms.Form):
    """A form that shows a service's no; what was typed stays."""

    def refuse(self, refused: Refused) -> None:
        self.add_error(None, refusals.explain(refused))


class AmountForm(Refusable):
    """A limit: which one, and how much where it is one's own. 0 means: may prepare only."""

    limit_is = forms.ChoiceField(label=gettext_lazy("Limit"), choices=LIMITS)
    amount = Amount(label=gettext_lazy("Amount"), required=False, max_digits=12, decimal_places=2, min_value=0)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("limit_is") == "own" and found.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Enter the amount."))
        return found

    @property
    def limit(self) -> Decimal | None:
        found = self.cleaned_data
        return found["amount"] if found["limit_is"] == "own" else None


class PermissionForm(AmountForm):
    """A member's level and limit, and what the page showed of them."""

    level = forms.ChoiceField(label=gettext_lazy("Outsourcing level"), choices=OutsourcingLevel.choices)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=80)
    field_order = ("level", "limit_is", "amount", "seen")

    def __init__(self, member: Membership, data: Any = None) -> None:
        self.member = member
        now = Permission.of(member)
        limit_is = "role" if now.follows_role else "none" if now.limit is None else "own"
        start = {"level": now.level, "limit_is": limit_is, "amount": now.limit, "seen": _written(now)}
        super().__init__(data, prefix=f"m{member.pk}", initial=start)

    @property
    def change(self) -> Change:
        """What is asked for, for the service."""
        found = self.cleaned_data
        follows = found["limit_is"] == "role"
        return Change(self.member, _read(found["seen"]), Permission(found["level"], follows, self.limit))

    @property
    def preset(self) -> str:
        """What "as the role" comes to: at the role's own level what the role says, else the level's preset."""
        role, currency = self.member.role, self.member.tenant.currency
        level = OutsourcingLevel(self.member.outsourcing_level)
        limit = role.amount_limit if level == role.outsourcing_level else LIMIT_OF_LEVEL.get(level)
        return _("no limit") if limit is None else money(limit, currency)


def _written(one: Permission) -> str:
    facts = one.facts()
    return f"{facts['level']}|{int(facts['follows_role'])}|{facts['limit'] or ''}"


def _read(text: str) -> Permission:
    """What the page showed; nonsense is what nobody has, so that it counts as changed meanwhile."""
    level, follows, limit = (text.split("|") + ["", "", ""])[:3]
    plain = limit.replace(".", "", 1)
    return Permission(level, follows == "1", Decimal(limit) if plain.isdecimal() and plain.isascii() else None)


class PresetForm(AmountForm):
    """What a role presets: the level of new members, the limit of those who follow it."""

    level = forms.ChoiceField(label=gettext_lazy("Level of new members"), choices=OutsourcingLevel.choices)
    field_order = ("level", "limit_is", "amount")

    def __init__(self, role: Role, data: Any = None) -> None:
        self.role = role
        limit_is = "none" if role.amount_limit is None else "own"
        start = {"level": role.outsourcing_level, "limit_is": limit_is, "amount": role.amount_limit}
        super().__init__(data, prefix=f"r{role.pk}", initial=start)
        self.fields["limit_is"].choices = LIMITS[1:]  # type: ignore[attr-defined]


class RoleForm(Refusable):
    """Another role for a member. Where the new role presets another level, it asks which one the member has then."""

    role = forms.ModelChoiceField(Role.objects.none(), label=gettext_lazy("Role"), empty_label=None)
    on_change = forms.ChoiceField(
        label=gettext_lazy("Outsourcing level after the change"), widget=forms.RadioSelect, required=False
    )

    def __init__(self, member: Membership, data: Any = None) -> None:
        self.member = member
        super().__init__(data, initial={"role": member.role_id})
        rows = Role.objects.exclude(code=capabilities.CONTACT).order_by("pk")
        self.fields["role"].queryset = rows  # type: ignore[attr-defined]
        self.asks = False
        self._name("", "")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        role = found.get("role")
        if role and role.pk != self.member.role_id and not found.get("on_change") and self._differs(role):
            self._ask(role)
            self.add_error("on_change", _("The level may change with the role. Choose."))
        return found

    def _differs(self, role: Role) -> bool:
        if role.is_administrator:
            return False
        kept = (self.member.outsourcing_level, self.member.follows_role_limit)
        return kept != (role.outsourcing_level, True)

    def _ask(self, role: Role) -> None:
        self.asks = True
        levels = (role.outsourcing_level, self.member.outsourcing_level)
        self._name(*(str(OutsourcingLevel(level).label) for level in levels))

    def _name(self, then: str, now: str) -> None:
        self.fields["on_change"].choices = [  # type: ignore[attr-defined]
            ("preset", _("“%(level)s”, as the role presets it") % {"level": then}),
            ("keep", _("“%(level)s”, as it is now") % {"level": now}),
        ]

    @property
    def takes_preset(self) -> bool:
        return self.cleaned_data.get("on_change") == "preset"


class NewRoleForm(Refusable):
    """A role of one's own: its name, and what it begins as."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    copy_of = forms.ModelChoiceField(Role.objects.none(), label=gettext_lazy("Begins as a copy of"), empty_label=None)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        rows = Role.objects.exclude(code=capabilities.CONTACT).order_by("pk")
        self.fields["copy_of"].queryset = rows  # type: ignore[attr-defined]


class RenameForm(Refusable):
    """What a role is called."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)


def read_cells(data: Any, roles: Sequence[Role]) -> dict[tuple[int, str], str]:
    """The cells of a posted matrix: each right's field has one value a role, "<role>:<reach>". What is not of the table
    is left out."""
    known = {str(role.pk): role for role in roles if role.is_for_members and not role.is_administrator}
    found = {}
    for capability in capabilities.CAPABILITIES:
        for value in data.getlist(capability):
            pk, _colon, reach = value.partition(":")
            if pk in known and reach in capabilities.reaches(capability):
                found[known[pk].pk, capability] = reach
    return found


class WhyForm(forms.Form):
    """Which right of a member is asked about, and on which ticket."""

    capability = forms.ChoiceField(label=gettext_lazy("Right"))
    ticket = forms.IntegerField(label=gettext_lazy("Ticket number"), required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        levels = [name for name in capabilities.NAMES if name.startswith("outsource.")]
        names = [*capabilities.CAPABILITIES, *levels]
        self.fields["capability"].choices = [(name, capabilities.NAMES[name]) for name in names]  # type: ignore[attr-defined]


class LeavingForm(Refusable):
    """Who takes over each kind of thing a leaver holds. `known` is who could; whoever left meanwhile cannot."""

    def __init__(self, member: Membership, data: Any = None) -> None:
        super().__init__(data)
        self.held = leaving.holdings(member)
        self.known = {str(one.pk): one for one in leaving.heirs(member)}
        options = [("", _("Choose …")), *((pk, one.name) for pk, one in self.known.items())]
        for one in self.held:
            if one.holding.needs_heir:
                label = _("%(what)s go to") % {"what": one.holding.label}
                self.fields[one.holding.code] = forms.ChoiceField(label=label, choices=options)

    def chosen(self) -> dict[str, Membership]:
        """The heir of each kind."""
        return {code: self.known[pk] for code, pk in self.cleaned_data.items() if pk}

    def rows(self) -> list[tuple[leaving.Held, Any]]:
        """What is held, each with its field where it needs an heir."""
        return [(one, self[one.holding.code] if one.holding.code in self.fields else None) for one in self.held]
