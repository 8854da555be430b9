"""The enums of outsourcing as pages draw them, each in the words of the side that reads it."""

from __future__ import annotations

from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from outsourcing.models import (
    HandoverStatus,
    InvitationStatus,
    NetworkKind,
    PartnershipStatus,
    Permission,
    ProposalStatus,
    ReferralStatus,
    ReleaseStatus,
    Side,
)
from outsourcing.models.handover import HANDOVER_LOOKS, SERVICE_LABELS
from outsourcing.models.networks import REFERRAL_LOOKS
from outsourcing.models.partnership import INVITATION_LOOKS, PARTNERSHIP_LOOKS
from outsourcing.models.proposal import PROPOSAL_LOOKS
from outsourcing.models.release import RELEASE_LOOKS
from outsourcing.models.rules import PERMISSION_LOOKS
from psa.web.labels import Label, Table

OUTSOURCED = Table({code.value: Label(code.label, *look) for code, look in HANDOVER_LOOKS.items()})
INSOURCED = Table(
    {code.value: Label(SERVICE_LABELS.get(code, code.label), *look) for code, look in HANDOVER_LOOKS.items()}
)
PARTNERSHIPS = Table({code.value: Label(code.label, *PARTNERSHIP_LOOKS[code]) for code in PartnershipStatus})
PROPOSALS = Table({code.value: Label(code.label, *PROPOSAL_LOOKS[code]) for code in ProposalStatus})
INVITATIONS = Table({code.value: Label(code.label, *INVITATION_LOOKS[code]) for code in InvitationStatus})

REFERRALS = Table({code.value: Label(code.label, *REFERRAL_LOOKS[code]) for code in ReferralStatus})
PERMISSIONS = Table({code.value: Label(code.label, *PERMISSION_LOOKS[code]) for code in Permission})
NETWORK_KINDS = Table({code.value: Label(code.label, "gray") for code in NetworkKind})
RELEASES = Table({code.value: Label(code.label, *RELEASE_LOOKS[code]) for code in ReleaseStatus})


def statuses(side: str) -> Table:
    """The handover's statuses as this side calls them."""
    return OUTSOURCED if side == Side.LEAD else INSOURCED


# What waits for whom, in the order the dashboards show it.
NEEDS_A_PARTNER = (HandoverStatus.DECLINED, HandoverStatus.EXPIRED, HandoverStatus.RETURNED)


# How far the partner's invoice is at the lead, and whether the service side has billed (§8 "Ended", §9). Only partners
# that bill with this system announce theirs.
INVOICES = Table(
    {
        "expected": Label(_("Invoice expected"), "amber", "hourglass"),
        "announced": Label(_("Invoice to check"), "violet", "receipt"),
        "received": Label(_("Invoice received"), "blue", "receipt"),
        "paid": Label(_("Invoice paid"), "green", "circle-check"),
    }
)
BILLING = Table(
    {
        "unbilled": Label(_("Not billed yet"), "amber", "hourglass"),
        "billed": Label(_("Billed"), "green", "circle-check"),
    }
)


def invoice_state(is_received: bool, is_paid: bool, is_announced: bool = False) -> str:
    """expected → announced by a partner that bills here → received → paid."""
    if is_received:
        return "paid" if is_paid else "received"
    return "announced" if is_announced else "expected"


# Why a lane hangs (§6 "Mechanics"). The codes are stored.
LANE_ERRORS = {
    "no_ticket_yet": _("The other side has no ticket for it yet."),
    "worker_lost": _("The worker stopped each time it tried to take this over."),
    "no_upcast": _("It was written by an older version that cannot be read any more."),
    "not_yet": _("It was written by a newer version; it is taken over once the update is complete."),
}


def lane_error(code: str) -> str:
    """Why a lane hangs, in the language it is read in; what nobody expected is named for the operator to look up."""
    return lazy(_lane_error, str)(code)


def _lane_error(code: str) -> str:
    if code in LANE_ERRORS:
        return str(LANE_ERRORS[code])
    return gettext("An unexpected error (%(code)s). The operator finds the details in the log.") % {"code": code}
