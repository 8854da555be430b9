"""Contract rows that two parties read, and the rows each side keeps to itself."""

from outsourcing.models.agreement import Acceptance, Agreement
from outsourcing.models.fee import Fee
from outsourcing.models.handover import Handover, HandoverStatus, Move, RateType, Side, Terms
from outsourcing.models.partnership import Invitation, InvitationStatus, Partnership, PartnershipSide, PartnershipStatus
from outsourcing.models.sides import LeadSide, ServiceSide, Share

__all__ = [
    "Acceptance",
    "Agreement",
    "Fee",
    "Handover",
    "HandoverStatus",
    "Invitation",
    "InvitationStatus",
    "LeadSide",
    "Move",
    "Partnership",
    "PartnershipSide",
    "PartnershipStatus",
    "RateType",
    "ServiceSide",
    "Share",
    "Side",
    "Terms",
]
