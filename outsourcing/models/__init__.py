"""Contract rows that two parties read, and the rows each side keeps to itself."""

from outsourcing.models.agreement import Acceptance, Agreement
from outsourcing.models.handover import Handover, HandoverStatus, Move, RateType, Side, Terms
from outsourcing.models.invoice import PartnerInvoice
from outsourcing.models.partnership import Invitation, InvitationStatus, Partnership, PartnershipSide, PartnershipStatus
from outsourcing.models.sides import LeadSide, ServiceSide, Share
from outsourcing.models.statement import Statement

__all__ = [
    "Acceptance",
    "Agreement",
    "Handover",
    "HandoverStatus",
    "Invitation",
    "InvitationStatus",
    "LeadSide",
    "Move",
    "PartnerInvoice",
    "Partnership",
    "PartnershipSide",
    "PartnershipStatus",
    "RateType",
    "ServiceSide",
    "Share",
    "Side",
    "Statement",
    "Terms",
]
