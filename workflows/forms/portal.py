"""What a customer types in the portal. Every form works without a script and says what it is for in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.forms.fields import Line, Text
from tickets.forms.items import Files
from tickets.models import Category, TicketType
from workflows.models import Sight

if TYPE_CHECKING:
    from workflows.portal.sight import Eyes

LONGEST = 20_000
PRIVATE, COMPANY = "", "company"


def _text(label: Any, rows: int = 5, *, required: bool = True) -> Text:
    return Text(label=label, max_length=LONGEST, required=required, widget=forms.Textarea(attrs={"rows": rows}))


class AddressForm(forms.Form):
    """Whose mailbox a code goes to."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "autofocus": True}),
    )


class CodeForm(forms.Form):
    """The code from the mailbox."""

    code = forms.CharField(
        label=_("Code from the e-mail"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "class": "code"}
        ),
    )


class RequestForm(forms.Form):
    """A new request: about what, in which words, for which company, and who reads it."""

    company = forms.ChoiceField(label=_("For which company"))
    type = forms.ModelChoiceField(label=_("What is it"), queryset=TicketType.objects.none(), required=False)
    category = forms.ModelChoiceField(label=_("What is it about"), queryset=Category.objects.none(), required=False)
    title = Line(label=_("In one line"), max_length=200)
    text = _text(_("What happened, and what do you need"), 7)
    upload = Files(required=False)
    share = forms.ChoiceField(
        label=_("Who can read it"), widget=forms.RadioSelect, required=False, initial=PRIVATE, choices=()
    )

    def __init__(self, *args: Any, eyes: Eyes, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.eyes = eyes
        if len(eyes.companies) > 1:
            self.fields["company"].choices = [("", "–"), *((str(one.pk), one.name) for one in eyes.companies)]  # type: ignore[attr-defined]
        else:
            del self.fields["company"]
        for name, model in (("type", TicketType), ("category", Category)):
            rows = model._default_manager.filter(is_active=True)
            choices = list(rows)
            if choices:
                self.fields[name].queryset = rows  # type: ignore[attr-defined]
                self.fields[name].empty_label = _("I do not know")  # type: ignore[attr-defined]
            else:
                del self.fields[name]
        self.fields["share"].choices = share_choices()  # type: ignore[attr-defined]

    def clean_company(self) -> Any:
        """One of the companies they speak for."""
        found = self.eyes.company(int(self.cleaned_data["company"]))
        if found is None:
            raise forms.ValidationError(_("Choose one of your companies."))
        return found


def share_choices() -> list[tuple[str, Any]]:
    """Who can read a request, in words."""
    return [(PRIVATE, _("Only me")), (COMPANY, _("Everybody at the company who may see its requests"))]


class MessageForm(forms.Form):
    """Something to say on a request."""

    text = _text(_("Your message"), 4)
    upload = Files(required=False)


class ReasonForm(forms.Form):
    """Why, in a sentence; it may stay empty."""

    text = _text(_("Why? You need not say."), 3, required=False)


class QuestionForm(forms.Form):
    """A question about an estimate, or another proposal."""

    text = _text(_("Your question, or what you propose instead"), 4)


class PassForm(forms.Form):
    """Whom to pass an estimate on to."""

    to = forms.ChoiceField(label=_("Who decides instead"))
    text = _text(_("A word to them"), 2, required=False)

    def __init__(self, *args: Any, others: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = {str(one.pk): one for one in others}
        self.fields["to"].choices = [(key, one.name) for key, one in self.others.items()]  # type: ignore[attr-defined]

    def clean_to(self) -> Any:
        """One of the approvers who may decide it."""
        return self.others[self.cleaned_data["to"]]


class ReopenForm(forms.Form):
    """What is not as it should be."""

    happened = _text(_("What happened"), 3)
    expected = _text(_("What did you expect"), 2, required=False)
    where = Line(
        label=_("Where"),
        max_length=300,
        required=False,
        help_text=_("A page, a device, a place: what helps us find it."),
    )
    objection = forms.BooleanField(label=_("It works, but it is not what we agreed on."), required=False)
    upload = Files(required=False)

    def words(self) -> str:
        """The parts as one text, each under its heading, in the reader's language."""
        said = self.cleaned_data
        parts = [said["happened"]]
        for name in ("expected", "where"):
            if said[name]:
                parts.append(f"{self.fields[name].label}: {said[name]}")
        return "\n\n".join(parts)


class DeployForm(forms.Form):
    """A word about the deployment; it may stay empty."""

    text = _text(_("When would suit you, and what should we know?"), 3, required=False)


class UntilForm(forms.Form):
    """Until when somebody looks at finished work."""

    until = forms.DateField(label=_("I need until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class ProfileForm(forms.Form):
    """What a contact says of themselves."""

    name = Line(label=pgettext_lazy("of a person", "Name"), max_length=120)
    phone = Line(
        label=_("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class PersonForm(forms.Form):
    """What a person of the company may see and do in the portal."""

    sees = forms.ChoiceField(label=_("Sees"), choices=Sight.choices, widget=forms.RadioSelect)
    accepts = forms.BooleanField(label=_("May accept finished work"), required=False)
    sees_invoices = forms.BooleanField(label=_("Sees the company's invoices"), required=False)
    is_administrator = forms.BooleanField(label=_("Looks after the people of the company"), required=False)
