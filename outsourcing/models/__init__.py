"""Contract rows that two parties read, and the rows each side keeps to itself."""

from outsourcing.models.agreement import Acceptance, Agreement
from outsourcing.models.fee import Fee, FeeStatement
from outsourcing.models.handover import Handover, HandoverStatus, Move, RateType, Side, Terms
from outsourcing.models.invoice import AnnouncedInvoice, PartnerInvoice
from outsourcing.models.networks import Network, NetworkAction, NetworkKind, Referral, ReferralStatus
from outsourcing.models.partnership import Invitation, InvitationStatus, Partnership, PartnershipSide, PartnershipStatus
from outsourcing.models.proposal import Proposal, ProposalKind, ProposalStatus
from outsourcing.models.question import Question
from outsourcing.models.release import Release, ReleaseAction, ReleaseStatus
from outsourcing.models.rules import OutsourcingRule, Permission
from outsourcing.models.settings import OutsourcingSettings
from outsourcing.models.sides import LeadSide, ServiceSide, Share
from outsourcing.models.statement import Statement

__all__ = [
    "Acceptance",
    "Agreement",
    "AnnouncedInvoice",
    "Fee",
    "FeeStatement",
    "Handover",
    "HandoverStatus",
    "Invitation",
    "InvitationStatus",
    "LeadSide",
    "Move",
    "Network",
    "NetworkAction",
    "NetworkKind",
    "OutsourcingRule",
    "OutsourcingSettings",
    "PartnerInvoice",
    "OutsourcingSettings",
    "Partnership",
    "PartnershipSide",
    "PartnershipStatus",
    "Permission",
    "Proposal",
    "ProposalKind",
    "ProposalStatus",
    "Question",
    "RateType",
    "Referral",
    "ReferralStatus",
    "Release",
    "ReleaseAction",
    "ReleaseStatus",
    "ServiceSide",
    "Share",
    "Side",
    "Statement",
    "Terms",
]
