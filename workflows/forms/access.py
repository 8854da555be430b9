"""What a contact may see and do in the portal, as the desk gives it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from psa.directory.models import Company, Contact
from workflows.models import PortalAccess, ServedCompany, Sight
from workflows.services import portal_access


class AccessForm(forms.Form):
    """Their own company's requests, what they may decide, and which other companies they speak for."""

    sees = forms.ChoiceField(
        label=_("Sees"),
        choices=Sight.choices,
        widget=forms.RadioSelect,
        help_text=_("Of the company's requests only those that are shared with the company."),
    )
    accepts = forms.BooleanField(
        label=_("May accept finished work"),
        required=False,
        help_text=_("Approving estimates is a right of its own, kept at the company's approvers."),
    )
    sees_invoices = forms.BooleanField(
        label=_("Sees the company's invoices"),
        required=False,
        help_text=_("What their own company was billed, with the papers. Whom the invoices go to sees them as a rule."),
    )
    is_administrator = forms.BooleanField(
        label=_("Looks after the people of the company"),
        required=False,
        help_text=_("Lets colleagues into the portal and says what they see."),
    )
    served_own = forms.ModelMultipleChoiceField(
        label=_("Speaks for these companies, too"),
        queryset=Company.objects.none(),
        required=False,
        help_text=_("They ask for them and see what they asked themselves."),
    )
    served_company = forms.ModelMultipleChoiceField(
        label=_("Speaks for these and sees the companies' shared requests"),
        queryset=Company.objects.none(),
        required=False,
    )
    invites = forms.BooleanField(label=_("Send the invitation by e-mail"), required=False, initial=True)

    def __init__(self, data: Any = None, *, contact: Contact, access: PortalAccess | None) -> None:
        served = list(ServedCompany.objects.filter(access=access)) if access else []
        initial: dict[str, Any] = {"invites": True, **portal_access.rights_of(contact, access)}
        for name, sees in (("served_own", Sight.OWN), ("served_company", Sight.COMPANY)):
            initial[name] = [one.company_id for one in served if one.sees == sees]
        super().__init__(data, initial=initial)
        others = Company.objects.filter(is_active=True).exclude(pk=contact.company_id).order_by("name")
        for name in ("served_own", "served_company"):
            self.fields[name].queryset = others  # type: ignore[attr-defined]
            self.fields[name].widget.attrs["size"] = 4
        if access is not None:
            del self.fields["invites"]

    @property
    def rights(self) -> dict[str, Any]:
        """What is given of their own company."""
        return {name: self.cleaned_data[name] for name in portal_access.RIGHTS}

    @property
    def companies(self) -> list[tuple[Company, str]]:
        """The others they speak for; of one that is named twice the wider sight counts."""
        wider = list(self.cleaned_data["served_company"])
        narrow = [one for one in self.cleaned_data["served_own"] if one not in wider]
        return [*((one, Sight.OWN) for one in narrow), *((one, Sight.COMPANY) for one in wider)]
