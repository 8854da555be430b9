"""The enums of outsourcing as pages draw them, each in the words of the side that reads it."""

from __future__ import annotations

from outsourcing.models import HandoverStatus, InvitationStatus, PartnershipStatus, ReleaseStatus, Side
from outsourcing.models.handover import HANDOVER_LOOKS, SERVICE_LABELS
from outsourcing.models.partnership import INVITATION_LOOKS, PARTNERSHIP_LOOKS
from outsourcing.models.release import RELEASE_LOOKS
from psa.web.labels import Label, Table

OUTSOURCED = Table({code.value: Label(code.label, *look) for code, look in HANDOVER_LOOKS.items()})
INSOURCED = Table(
    {code.value: Label(SERVICE_LABELS.get(code, code.label), *look) for code, look in HANDOVER_LOOKS.items()}
)
PARTNERSHIPS = Table({code.value: Label(code.label, *PARTNERSHIP_LOOKS[code]) for code in PartnershipStatus})
INVITATIONS = Table({code.value: Label(code.label, *INVITATION_LOOKS[code]) for code in InvitationStatus})

RELEASES = Table({code.value: Label(code.label, *RELEASE_LOOKS[code]) for code in ReleaseStatus})


def statuses(side: str) -> Table:
    """The handover's statuses as this side calls them."""
    return OUTSOURCED if side == Side.LEAD else INSOURCED


# What waits for whom, in the order the dashboards show it.
NEEDS_A_PARTNER = (HandoverStatus.DECLINED, HandoverStatus.EXPIRED, HandoverStatus.RETURNED)
