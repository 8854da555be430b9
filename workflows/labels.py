"""What the states of an estimate, and what is said to one, look like: a table each."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from psa.web.labels import Label, Table
from workflows.models import ESTIMATE_LOOKS, EstimateStatus, Said

ESTIMATES = Table(
    {one.value: Label(one.label, ESTIMATE_LOOKS[one].colour, ESTIMATE_LOOKS[one].icon) for one in EstimateStatus}
)
SAID = Table({one.value: Label(one.label) for one in Said})
# The columns of an estimate as a reader is told that they changed.
CHANGED = {
    "minutes": _("Work to come"),
    "amount_net": _("Net"),
    "rate": _("Per hour, net"),
    "tolerance": _("Tolerance"),
    "vat_rate": _("VAT"),
    "proposed_due": _("Deadline"),
    "text": _("Description"),
}
