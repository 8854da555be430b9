"""The words of a mail in every language of the portal, and a ticket to look at them with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from psa.mail.models import MailTemplate, MailWording
from psa.tenancy.errors import Refused
from psa.web import refusals
from tickets.forms.fields import Line, Text

LONGEST = 5000


class WordingForm(forms.Form):
    """Subject and text for each language; a language left empty has the catalogue's words, or for a mail of one's own
    another language's."""

    name = Line(label=gettext_lazy("Name"), max_length=80)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)

    def __init__(
        self, template: MailTemplate | None, words: Mapping[str, MailWording], is_own: bool, data: Any = None
    ) -> None:
        start: dict[str, Any] = {"name": template.name, "version": template.version} if template else {}
        for code, one in words.items():
            start |= {f"subject_{code}": one.subject, f"text_{code}": one.text}
        super().__init__(data, initial=start)
        fields: dict[str, Any] = self.fields
        if not is_own:
            del fields["name"]
        for code, language in settings.LANGUAGES:
            fields[f"subject_{code}"] = Line(
                label=_("Subject in %(language)s") % {"language": language}, max_length=200, required=False
            )
            text = Text(label=_("Text in %(language)s") % {"language": language}, max_length=LONGEST, required=False)
            text.widget.attrs |= {"rows": 7, "lang": code}
            fields[f"subject_{code}"].widget.attrs["lang"] = code
            fields[f"text_{code}"] = text

    @property
    def parts(self) -> list[tuple[str, str, forms.BoundField, forms.BoundField]]:
        """Code, language, subject and text."""
        return [(code, name, self[f"subject_{code}"], self[f"text_{code}"]) for code, name in settings.LANGUAGES]

    def typed(self) -> dict[str, tuple[str, str]]:
        """What stands in the fields, by language, where anything does."""
        found = {code: (str(subject.value() or ""), str(text.value() or "")) for code, _n, subject, text in self.parts}
        return {code: both for code, both in found.items() if any(one.strip() for one in both)}

    def wanted(self) -> dict[str, tuple[str, str]]:
        """What the service takes: the languages in which something is written."""
        clean = self.cleaned_data
        found = {code: (clean[f"subject_{code}"], clean[f"text_{code}"]) for code, _name in settings.LANGUAGES}
        return {code: both for code, both in found.items() if any(both)}

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was typed stays."""
        self.add_error(None, refusals.explain(refused))
