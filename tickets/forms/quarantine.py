"""What becomes of a mail in quarantine."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from psa.directory.models import Company, Contact
from psa.mail.models import IncomingMail
from psa.tenancy.actor import Actor
from tickets.models import Ticket


class PutOnForm(forms.Form):
    """The ticket it belongs to, by its number."""

    number = forms.IntegerField(label=gettext_lazy("Number of the ticket"), min_value=1, max_value=999_999_999)

    def __init__(self, mail: IncomingMail, by: Actor, data: Any = None) -> None:
        super().__init__(data)
        self.by = by
        self.ticket: Ticket | None = None

    def clean_number(self) -> int:
        """One this member may see; whether there are others is not said."""
        number: int = self.cleaned_data["number"]
        self.ticket = Ticket.objects.visible_to(self.by).filter(number=number).select_related("merged_into").first()
        if self.ticket is None:
            raise forms.ValidationError(_("There is no ticket with this number."))
        self.ticket = self.ticket.merged_into or self.ticket
        return number


class OpenForm(forms.Form):
    """A new ticket: for a contact there is, or for a new one of a company with the sender's address."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    company = forms.ModelChoiceField(label=gettext_lazy("Customer"), queryset=Company.objects.none())
    contact = forms.ModelChoiceField(label=gettext_lazy("Contact"), queryset=Contact.objects.none(), required=False)
    new_contact = forms.CharField(
        label=pgettext_lazy("of a person", "Name of a new contact"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Kept with the address the mail came from; mails from there are known from then on."),
    )

    def __init__(self, mail: IncomingMail, by: Actor, data: Any = None) -> None:
        known = Contact.objects.visible_to(by).filter(email__iexact=mail.from_address, is_active=True)
        first = known.order_by("pk").first() if mail.from_address else None
        super().__init__(
            data,
            initial={
                "title": mail.title[:200],
                "company": first.company_id if first else None,
                "contact": first,
                "new_contact": "" if first else mail.from_name[:120],
            },
        )
        fields: Any = self.fields
        fields["company"].queryset = Company.objects.visible_to(by).filter(is_active=True).order_by("name")
        fields["contact"].queryset = known.select_related("company").order_by("name")
        fields["contact"].label_from_instance = lambda one: f"{one.name} ({one.company})"
        if first is None:
            del fields["contact"]

    def clean(self) -> dict[str, Any]:
        """A contact is one of the company's."""
        found: dict[str, Any] = super().clean() or {}
        contact, company = found.get("contact"), found.get("company")
        if contact is not None and company is not None and contact.company_id != company.pk:
            self.add_error("contact", _("This contact belongs to another company."))
        return found
