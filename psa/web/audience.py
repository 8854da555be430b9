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
