"""What people type about networks and vendors: the entry itself, and a ticket that is passed on to one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing.forms.fields import Refusable
from outsourcing.models import Network, NetworkAction, NetworkKind, Permission, Referral
from outsourcing.services import ruling
from psa.directory.models import Company
from tickets.forms import Amount, Line, Text
from tickets.models import Ticket


class NetworkForm(Refusable):
    """A network or vendor, and what happens when a ticket is sent there."""

    places = {
        "network_needs_email": "address",
        "network_needs_link": "address",
        "network_is_named_twice": "name",
    }

    name = Line(label=gettext_lazy("Name"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Type"), choices=NetworkKind.choices)
    action = forms.ChoiceField(label=gettext_lazy("On sending"), choices=NetworkAction.choices)
    address = Line(
        label=gettext_lazy("Address"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("The e-mail address, or the link that is opened."),
    )
    company = forms.ModelChoiceField(
        Company.objects.none(), label=gettext_lazy("In our address book"), required=False, empty_label="–"
    )
    is_active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)

    def __init__(self, network: Network | None, data: Any = None) -> None:
        kept = {name: getattr(network, name) for name in self.base_fields if name != "company"} if network else {}
        super().__init__(data, initial={**kept, "company": network.company_id} if network else None)
        self.fields["company"].queryset = Company.objects.filter(is_active=True).order_by("name")  # type: ignore[attr-defined]


class ReferralForm(Refusable):
    """A ticket passed on: to whom, what it may cost, what they should know, and who agreed where that is asked."""

    places = {"network_is_not_active": "network", "outsourcing_needs_reason": "reason"}

    network = forms.ModelChoiceField(
        Network.objects.none(), label=gettext_lazy("To whom"), empty_label=gettext_lazy("Choose")
    )
    cost = Amount(
        label=gettext_lazy("Expected cost"),
        required=False,
        max_digits=12,
        decimal_places=2,
        min_value=0,
        help_text=gettext_lazy("Never leaves our company."),
    )
    note = Text(
        label=gettext_lazy("Note"),
        required=False,
        max_length=4000,
        help_text=gettext_lazy("Goes out with the number and the title of the ticket where a mail is sent."),
    )
    reason = Text(
        label=gettext_lazy("Who agreed, and when"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Stays in our company."),
    )

    def __init__(self, ticket: Ticket, referral: Referral | None, data: Any = None, network: str = "") -> None:
        kept = {"network": referral.network_id, "cost": referral.cost, "note": referral.note} if referral else {}
        super().__init__(data, initial={"network": network, **kept})
        self.fields["network"].queryset = Network.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.ruling = ruling.of(ticket)
        if self.ruling.permission != Permission.ASK_FIRST:
            del self.fields["reason"]

    def values(self) -> tuple[Any, ...]:
        """What the services take: network, cost, note, reason."""
        found = self.cleaned_data
        return found["network"], found["cost"], found["note"], found.get("reason", "")


class CancelForm(Refusable):
    """Why a referral is over without having been done."""

    reason = Text(label=gettext_lazy("Reason"), required=False, max_length=1000)


def said_of(network: Network) -> str:
    """What sending to it does, in words."""
    if network.action == NetworkAction.EMAIL:
        return _("A mail goes to %(address)s.") % {"address": network.address}
    if network.action == NetworkAction.LINK:
        return _("Afterwards %(address)s can be opened from the ticket.") % {"address": network.address}
    return _("Nothing goes out; it is only written down.")
