"""A rule as it is written: event, conditions, steps. Rows come, go and move with buttons that save nothing, so that it
all works without scripts; what was typed goes with its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.directory.models import Company
from psa.mail.models import MailTemplate
from psa.tenancy.errors import Refused
from psa.web import refusals
from tickets.forms.fields import Line, Minutes, Text
from tickets.models import ChecklistTemplate
from workflows.models import Rule
from workflows.models.rules import HIGHEST_LIMIT, USUAL_LIMIT
from workflows.rules import conditions, events, steps
from workflows.rules.names import Names, field_name
from workflows.services.rules import Wanted

# Up to so many a list is shown as boxes to tick; a longer one is a list with several lines.
FEW = 12
MAIN, NEW_GROUP = "0", "new"


def _several(choices: Sequence[tuple[str, Any]], label: Any) -> forms.MultipleChoiceField:
    """Several of a list: boxes while there are few."""
    widget: Any = forms.CheckboxSelectMultiple if len(choices) <= FEW else forms.SelectMultiple(attrs={"size": 8})
    return forms.MultipleChoiceField(label=label, choices=choices, widget=widget, required=False)


def _one(label: Any, choices: Sequence[tuple[str, Any]]) -> forms.ChoiceField:
    """One of a list; what was chosen and is gone leaves nothing chosen."""
    return forms.ChoiceField(label=label, choices=[("", _("Choose …")), *choices])


class ConditionForm(forms.Form):
    """One condition: what is asked, how, and the value of its kind."""

    what = forms.CharField(widget=forms.HiddenInput)
    group = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, names: Names, what: str, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, use_required_attribute=False, **kwargs)
        self.names, self.asked, self.field = names, what, conditions.FIELDS[what]
        fields: dict[str, Any] = self.fields
        ops = [(op, conditions.OPS[op]) for op in self.field.ops]
        fields["op"] = forms.ChoiceField(label=self.field.label, choices=ops)
        fields["value"] = self._value()

    def _value(self) -> Any:
        label = _("Value")
        match self.field.kind:
            case "choice" | "rows":
                assert self.field.choices is not None
                return _several(self.field.choices(self.names), label)
            case "company":
                return Line(label=_("Name of the customer"), max_length=200, required=False)
            case "number" | "moment":
                return forms.IntegerField(label=label, min_value=0, max_value=100_000, required=False)
        return Line(label=label, max_length=200, required=False)

    @property
    def unit(self) -> Any:
        """What stands behind the number."""
        return self.field.unit

    @property
    def is_short(self) -> bool:
        """Whether the line says itself what is meant."""
        return self.field.kind != "company"

    @property
    def place(self) -> str:
        """The group it stands in."""
        found = str(self["group"].value() or MAIN)
        return found if found.isdecimal() and int(found) <= conditions.MOST_GROUPS else MAIN

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("op") != "empty" and not self.errors.get("value") and found.get("value") in (None, "", []):
            self.add_error("value", _("Say what it is compared with."))
        return found

    def clean_value(self) -> Any:
        """Of a customer the id: the one company of this name."""
        typed = self.cleaned_data["value"]
        if self.field.kind != "company" or not typed:
            return typed
        rows = Company.objects.filter(is_active=True, name__iexact=typed)
        found = list(rows.values_list("pk", flat=True)[:2])
        if len(found) != 1:
            raise forms.ValidationError(_("There is no company of exactly this name, or more than one."))
        return [found[0]]

    def row(self) -> dict[str, Any]:
        """The condition as it is kept."""
        op, value = self.cleaned_data["op"], self.cleaned_data["value"]
        if self.field.kind == "rows":
            value = [int(one) for one in value]
        return {"field": self.asked, "op": op, "value": None if op == "empty" else value}

    def typed(self) -> dict[str, Any]:
        """What stands in the row, readable or not, for the same row at another place."""
        return {name: self[name].value() for name in self.fields}


class StepForm(forms.Form):
    """One step: what is done, and what it takes."""

    kind = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, names: Names, kind: str, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, use_required_attribute=False, **kwargs)
        self.names, self.step_kind = names, kind
        self.fields.update(self._taken())

    @property
    def title(self) -> Any:
        """What it does."""
        if self.step_kind.startswith("set-"):
            return steps.field_label(field_name(self.step_kind.removeprefix("set-")))
        return steps.DOES[self.step_kind]

    @property
    def has_mails(self) -> bool:
        """Whether there is any mail of the company's own."""
        return bool(self.names.choices(MailTemplate))

    def _taken(self) -> dict[str, Any]:
        names = self.names
        text = Text(label=_("Text"), max_length=steps.LONGEST_TEXT)
        text.widget.attrs["rows"] = 4
        match self.step_kind:
            case "assign":
                return {"to": _one(label=_("To whom"), choices=steps.heirs(names))}
            case "move":
                text.required = False
                text.help_text = _("What the move asks for, if it does.")
                return {"move": _one(label=_("Move"), choices=steps.moves()), "text": text}
            case "note":
                return {"text": text}
            case "mail":
                mails = _one(label=_("Mail"), choices=names.choices(MailTemplate))
                to = _several(list(steps.RECIPIENTS.items()), _("To whom"))
                to.required = True
                return {"template": mails, "to": to}
            case "checklist":
                lists = names.choices(ChecklistTemplate)
                return {"template": _one(label=_("Checklist"), choices=lists)}
            case "watch":
                return {"who": _one(label=_("Who"), choices=steps.watchers(names))}
            case "offer":
                partners = names.partners(True, active_only=True)
                return {"partnership": _one(label=_("Partner"), choices=partners)}
        return {"value": self._value(self.step_kind.removeprefix("set-"))}

    def _value(self, field: str) -> Any:
        label = field_name(field)
        match steps.SETTABLE[field]:
            case "row" | "code":
                return _one(label=label, choices=steps.values(field, self.names))
            case "hours":
                return forms.IntegerField(label=_("In how many hours"), min_value=1, max_value=events.MOST_HOURS)
            case "minutes":
                return Minutes(label=label, longest=60 * 1000)
            case "line":
                return Line(label=label, max_length=200)
        return Text(label=label, max_length=steps.LONGEST_TEXT)

    def step(self) -> dict[str, Any]:
        """The step as it is kept."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "kind"}
        if not self.step_kind.startswith("set-"):
            numbers = {"template", "partnership"} & found.keys()
            return {"do": self.step_kind, **found, **{name: int(found[name]) for name in numbers}}
        field = self.step_kind.removeprefix("set-")
        value = found["value"]
        return {"do": "set", "field": field, "value": int(value) if steps.SETTABLE[field] in {"row", "code"} else value}

    def typed(self) -> dict[str, Any]:
        return {name: self[name].value() for name in self.fields}


class RuleForm(forms.Form):
    """A rule. `rows` are its conditions, `actions` its steps."""

    name = Line(label=gettext_lazy("Name"), max_length=80)
    event = forms.ChoiceField(label=gettext_lazy("When"))
    hours = forms.IntegerField(
        label=gettext_lazy("How many hours"),
        min_value=events.FEWEST_HOURS,
        max_value=events.MOST_HOURS,
        required=False,
        initial=24,
    )
    move = forms.ChoiceField(label=gettext_lazy("Which move"), required=False)
    field = forms.ChoiceField(label=gettext_lazy("Which field"), required=False)
    match = forms.ChoiceField(label=gettext_lazy("If"), choices=conditions.MATCHES.items)
    limit = forms.IntegerField(
        label=gettext_lazy("At most so many runs an hour"),
        min_value=1,
        max_value=HIGHEST_LIMIT,
        initial=USUAL_LIMIT,
        help_text=gettext_lazy("Beyond, the rule pauses itself and tells the administrators."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)

    def __init__(self, rule: Rule | None, names: Names, data: Any = None) -> None:
        start = _start(rule) if rule is not None else {}
        super().__init__(data, initial=start, use_required_attribute=False)
        self.names = names
        fields: dict[str, Any] = self.fields
        fields["event"].choices = _events()
        fields["move"].choices = [("", _("any")), *steps.moves()]
        fields["field"].choices = [("", _("any")), *events.FIELDS.items()]
        for place in range(1, conditions.MOST_GROUPS + 1):
            fields[f"g{place}-match"] = forms.ChoiceField(
                label=_("If"), choices=conditions.MATCHES.items, required=False, initial=conditions.ANY
            )
        self.initial.update(_matches(rule.conditions) if rule is not None else {})
        if data is None:
            self.rows = [self._condition(n, initial=one) for n, one in enumerate(_rows(rule, names))]
            self.actions = [self._step(n, initial=one) for n, one in enumerate(_actions(rule))]
        else:
            self.rows = [self._condition(n, data) for n in range(_size(data, "conditions", 2 * conditions.MOST_ROWS))]
            self.actions = [self._step(n, data) for n in range(_size(data, "steps", steps.MOST_STEPS))]
            self.rows = [one for one in self.rows if one is not None]
            self.actions = [one for one in self.actions if one is not None]

    # Rows
    def _condition(self, n: int, data: Any = None, initial: Mapping[str, Any] | None = None) -> Any:
        what = str((initial or {}).get("what") or (data.get(f"c{n}-what", "") if data is not None else ""))
        if what not in conditions.FIELDS:
            return None
        return ConditionForm(self.names, what, data, prefix=f"c{n}", initial=initial)

    def _step(self, n: int, data: Any = None, initial: Mapping[str, Any] | None = None) -> Any:
        kind = str((initial or {}).get("kind") or (data.get(f"a{n}-kind", "") if data is not None else ""))
        if kind not in dict(steps.kinds()):
            return None
        return StepForm(self.names, kind, data, prefix=f"a{n}", initial=initial)

    def rearrange(self, verb: str, part: str, place: int, data: Mapping[str, Any]) -> None:
        """A row more, one less, or two steps changed over; everything typed goes with its row."""
        rows = [row.typed() for row in self.rows]
        actions = [one.typed() for one in self.actions]
        if (verb, part) == ("add", "condition") and len(rows) < conditions.MOST_ROWS:
            rows.append({"what": data.get("new_condition", ""), "group": self._new_group(data.get("new_group", MAIN))})
        elif (verb, part) == ("add", "step") and len(actions) < steps.MOST_STEPS:
            actions.append({"kind": data.get("new_step", "")})
        elif (verb, part) == ("remove", "condition") and 0 <= place < len(rows):
            del rows[place]
        elif part == "step" and 0 <= place < len(actions):
            if verb == "remove":
                del actions[place]
            other = place + {"up": -1, "down": 1}.get(verb, 0)
            if other != place and 0 <= other < len(actions):
                actions[place], actions[other] = actions[other], actions[place]
        self.rows = [row for n, one in enumerate(rows) if (row := self._condition(n, initial=one)) is not None]
        self.actions = [row for n, one in enumerate(actions) if (row := self._step(n, initial=one)) is not None]
        self.initial = {**self.initial, **{name: self[name].value() for name in self.fields if name in self.data}}
        self.is_bound, self.data = False, {}
        self._bound_fields_cache.clear()  # type: ignore[attr-defined]

    def _new_group(self, wanted: str) -> str:
        """The group a new condition goes to; a new one is the first that is free, if there is one."""
        used = {row.place for row in self.rows}
        if wanted != NEW_GROUP:
            return wanted if wanted in used else MAIN
        free = (str(n) for n in range(1, conditions.MOST_GROUPS + 1) if str(n) not in used)
        return next(free, MAIN)

    # What the page draws
    @property
    def takes(self) -> str:
        """What the event that is chosen asks for besides."""
        event = events.EVENTS.get(str(self["event"].value()))
        return event.takes if event else ""

    @property
    def groups(self) -> list[tuple[str, forms.BoundField, list[tuple[int, ConditionForm]]]]:
        """The conditions by their groups, the main one first and always there."""
        numbered = list(enumerate(self.rows))
        places = sorted({MAIN, *(row.place for row in self.rows)})
        return [
            (
                place,
                self["match" if place == MAIN else f"g{place}-match"],
                [one for one in numbered if one[1].place == place],
            )
            for place in places
        ]

    @property
    def new_groups(self) -> list[tuple[str, str]]:
        """Where another condition can go."""
        used = sorted({row.place for row in self.rows} - {MAIN})
        found = [(MAIN, _("by itself")), *((one, _("in group %(n)s") % {"n": one}) for one in used)]
        return [*found, (NEW_GROUP, _("in a new group"))] if len(used) < conditions.MOST_GROUPS else found

    @property
    def new_conditions(self) -> list[tuple[str, Any]]:
        return [(code, field.label) for code, field in conditions.FIELDS.items()]

    @property
    def new_steps(self) -> list[tuple[str, Any]]:
        return steps.kinds()

    # What was typed
    def is_valid(self) -> bool:
        """The rule itself, and every row."""
        rows = [row.is_valid() for row in (*self.rows, *self.actions)]
        return super().is_valid() and all(rows)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if self.takes == "hours" and not found.get("hours") and "hours" not in self.errors:
            self.add_error("hours", _("Say how many hours."))
        if not self.actions:
            self.add_error(None, _("A rule does something: add at least one step."))
        return found

    def wanted(self) -> Wanted:
        """What the service takes."""
        found, takes = self.cleaned_data, self.takes
        return Wanted(
            name=found["name"],
            event=found["event"],
            setting={takes: found[takes]} if takes and found[takes] else {},
            conditions=self._kept(),
            steps=[one.step() for one in self.actions],
            limit=found["limit"],
        )

    def _kept(self) -> dict[str, Any]:
        kept: list[dict[str, Any]] = []
        for place, match, rows in self.groups:
            said = [row.row() for _n, row in rows]
            if place == MAIN:
                kept += said
            elif said:
                kept.append({"match": self.cleaned_data.get(match.name) or conditions.ANY, "rows": said})
        return {"match": self.cleaned_data["match"], "rows": kept} if kept else {}

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error(None, refusals.explain(refused))


def _events() -> list[tuple[Any, list[tuple[str, Any]]]]:
    return [
        (title, [(code, event.label) for code, event in events.EVENTS.items() if event.group == group])
        for group, title in events.GROUPS.items()
    ]


def _start(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "event": rule.event,
        "limit": rule.limit,
        "version": rule.version,
        "match": rule.conditions.get("match", conditions.ALL),
        **rule.setting,
    }


def _matches(group: Mapping[str, Any]) -> dict[str, str]:
    nested = [row for row in group.get("rows") or [] if "rows" in row]
    return {f"g{n}-match": row.get("match", conditions.ANY) for n, row in enumerate(nested, 1)}


def _rows(rule: Rule | None, names: Names) -> list[dict[str, Any]]:
    """The conditions as their forms show them, the nested ones with their group."""
    found, nested = [], 0
    for row in (rule.conditions.get("rows") or []) if rule is not None else []:
        if "rows" in row:
            nested += 1
            found += [_shown(one, str(nested), names) for one in row["rows"]]
        else:
            found.append(_shown(row, MAIN, names))
    return found


def _shown(row: Mapping[str, Any], group: str, names: Names) -> dict[str, Any]:
    value, field = row.get("value"), conditions.FIELDS.get(row["field"])
    if field is not None and field.kind == "company":
        value = ", ".join(names.companies(value or []))
    elif isinstance(value, list):
        value = [str(one) for one in value]
    return {"what": row["field"], "group": group, "op": row["op"], "value": value}


def _actions(rule: Rule | None) -> list[dict[str, Any]]:
    found = rule.steps if rule is not None else []
    return [
        {"kind": steps.kind_of(step), **{k: v for k, v in step.items() if k not in {"do", "field"}}} for step in found
    ]


def _size(data: Any, name: str, most: int) -> int:
    typed = str(data.get(name, ""))
    return min(int(typed), most) if typed.isdecimal() and len(typed) < 4 else 0
