"""Who reads an item: the one table of labels, icons and colours of the three audiences."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Audience:
    """One audience as it is drawn. The reader's name, where there is one, stands behind the label."""

    code: str
    label: str | Promise
    colour: str
    icon: str

    def text(self, name: str = "") -> str:
        """ "Partner · Baltic SIA", or the label alone."""
        return f"{self.label} · {name}" if name else str(self.label)


AUDIENCES = {
    "internal": Audience("internal", _("Internal"), "amber", "lock"),
    "partner": Audience("partner", _("Partner"), "violet", "handshake"),
    "customer": Audience("customer", _("Customer"), "blue", "circle-user"),
}
# On an insourced ticket the partner who reads is the lead partner, and there is no customer.
LEAD = Audience("partner", _("Lead partner"), "violet", "handshake")


def look_of(code: str, is_insourced: bool) -> Audience:
    """How an audience is drawn on one of our own tickets, or on one we work for a lead partner."""
    return LEAD if is_insourced and code == LEAD.code else AUDIENCES[code]
