"""What is typed about a review, a request that is over, and several deployments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from psa.directory.models import Contact
from tickets.forms.fields import Moment, Text
from tickets.models import Proof, Status, Ticket
from workflows.models import Word


class RecordForm(forms.Form):
    """A decision of the customer that reached us in another way, and what shows it."""

    contact = forms.ModelChoiceField(Contact.objects.none(), label=gettext_lazy("Who decided"))
    decision = forms.ChoiceField(label=gettext_lazy("Decision"), choices=Word.choices, widget=forms.RadioSelect)
    proof = forms.ChoiceField(label=gettext_lazy("What shows it"), choices=Proof.choices)
    text = Text(
        label=gettext_lazy("Evidence"),
        help_text=gettext_lazy(
            "What was said or written, when, and where it can be found. The person gets it by mail."
        ),
    )

    def __init__(self, ticket: Ticket, data: Any = None) -> None:
        super().__init__(data, initial={"contact": ticket.contact_id})
        fields: Any = self.fields
        people = Contact.objects.filter(company=ticket.company_id, is_active=True)
        fields["contact"].queryset = people.order_by("name")
        if ticket.status != Status.WAITING_SOLUTION_REVIEW:
            fields["decision"].choices = [pair for pair in Word.choices if pair[0] != Word.DEPLOY]


class PauseForm(forms.Form):
    """Until when the customer's time stands still; empty is until somebody goes on."""

    until = Moment(
        label=gettext_lazy("Paused until"),
        required=False,
        help_text=gettext_lazy("Empty: until somebody goes on. Then a full new period begins, with a new notice."),
    )


class AskAgainForm(forms.Form):
    """What is still wrong with a request that is over."""

    text = Text(label=gettext_lazy("What is still wrong"))


class DeploymentForm(forms.Form):
    """What is done with the chosen tickets, and the window where they are planned."""

    begins = Moment(label=gettext_lazy("From"), required=False)
    ends = Moment(label=gettext_lazy("Until"), required=False)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if self.data.get("do") == "plan":
            for name in ("begins", "ends"):
                if not found.get(name) and name not in self.errors:
                    self.add_error(name, self.fields[name].error_messages["required"])
        return found
