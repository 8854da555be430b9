"""A text module as it is written: in every language of the portal, for the company, a team or oneself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web import refusals
from tickets.forms.fields import Line, Text
from tickets.labels import TEXT_KINDS
from tickets.models import Queue, TextModule
from tickets.services import text_modules
from tickets.services.text_modules import Wording

OURS, MINE = "company", "own"


class TextModuleForm(forms.Form):
    """Kind, name, keyword, whose it is, and the text in each language."""

    name = Line(label=gettext_lazy("Name"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    keyword = Line(
        label=gettext_lazy("Keyword"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("What is typed after :: to find it."),
    )
    whose = forms.ChoiceField(label=gettext_lazy("For whom"))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, module: TextModule, actor: Actor, data: Any = None) -> None:
        self.module, self.actor = module, actor
        said = text_modules.variants_of(module) if module.pk else {}
        whose = f"queue-{module.queue_id}" if module.queue_id else MINE if module.member_id or not module.pk else OURS
        start = {name: getattr(module, name) for name in ("name", "kind", "keyword", "version")}
        start |= {f"text_{code}": said.get(code, "") for code, _label in settings.LANGUAGES}
        if not module.pk and actor.can("textmodule.manage"):
            whose = OURS
        super().__init__(data, initial={**start, "whose": whose})
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = TEXT_KINDS.choices()
        fields["whose"].choices = self._whose()
        for code, label in settings.LANGUAGES:
            fields[f"text_{code}"] = Text(label=_("Text (%(language)s)") % {"language": label}, required=False)
            fields[f"text_{code}"].max_length = 10_000
            fields[f"text_{code}"].widget.attrs |= {"lang": code, "rows": 7}

    def _whose(self) -> list[tuple[str, Any]]:
        choices: list[tuple[str, Any]] = [(MINE, _("Only for me"))]
        if self.actor.can("textmodule.manage"):
            rows = Queue.objects.filter(is_active=True)
            if self.module.queue_id:
                rows |= Queue.objects.filter(pk=self.module.queue_id)
            teams = [
                (f"queue-{pk}", _("Team %(queue)s") % {"queue": name}) for pk, name in rows.values_list("pk", "name")
            ]
            choices = [(OURS, _("Everybody in the company")), *teams, *choices]
        return choices

    @property
    def texts(self) -> list[Any]:
        """The bound fields of the texts."""
        return [self[f"text_{code}"] for code, _label in settings.LANGUAGES]

    @property
    def wording(self) -> Wording:
        """What the service takes."""
        found = self.cleaned_data
        whose = found["whose"]
        queue = Queue.objects.get(pk=int(whose.removeprefix("queue-"))) if whose.startswith("queue-") else None
        return Wording(
            kind=found["kind"],
            name=found["name"],
            keyword=found["keyword"],
            queue=queue,
            is_own=whose == MINE,
            variants={code: found[f"text_{code}"] for code, _label in settings.LANGUAGES},
        )

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error(None, refusals.explain(refused))
