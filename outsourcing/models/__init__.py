"""Contract rows that two parties read, and the rows each side keeps to itself."""

from outsourcing.models.agreement import Acceptance, Agreement
from outsourcing.models.handover import Handover, HandoverStatus, Move, RateType, Side, Terms
from outsourcing.models.partnership import Invitation, InvitationStatus, Partnership, PartnershipSide, PartnershipStatus
from outsourcing.models.proposal import Proposal, ProposalKind, ProposalStatus
from outsourcing.models.question import Question
from outsourcing.models.sides import LeadSide, ServiceSide, Share

__all__ = [
    "Acceptance",
    "Agreement",
    "Handover",
    "HandoverStatus",
    "Invitation",
    "InvitationStatus",
    "LeadSide",
    "Move",
    "Partnership",
    "PartnershipSide",
    "PartnershipStatus",
    "Proposal",
    "ProposalKind",
    "ProposalStatus",
    "Question",
    "RateType",
    "ServiceSide",
    "Share",
    "Side",
    "Terms",
]
