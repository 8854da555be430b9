"""The file and what is in it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from psa.imports import subjects
from psa.tenancy.errors import Refused
from psa.web import refusals


class UploadForm(forms.Form):
    """A new file."""

    subject = forms.ChoiceField(label=_("What is in the file"))
    upload = forms.FileField(
        label=_("File"),
        help_text=_("CSV with headings in the first line, at most 10 MB and 10,000 rows. A sheet exported here fits."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].choices = [(one.code, one.label) for one in subjects.all_of_them()]  # type: ignore[attr-defined]

    def refuse(self, refused: Refused) -> None:
        """Show a service's no; what was chosen stays."""
        self.add_error("upload", refusals.explain(refused))
