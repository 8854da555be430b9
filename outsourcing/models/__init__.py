"""Contract rows that two parties read, and the rows each side keeps to itself."""

from outsourcing.models.agreement import Acceptance, Agreement
from outsourcing.models.handover import Handover, HandoverStatus, Move, RateType, Side, Terms
from outsourcing.models.partnership import Invitation, InvitationStatus, Partnership, PartnershipSide, PartnershipStatus
from outsourcing.models.release import Release, ReleaseAction, ReleaseStatus
from outsourcing.models.settings import OutsourcingSettings
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
    "OutsourcingSettings",
    "Partnership",
    "PartnershipSide",
    "PartnershipStatus",
    "RateType",
    "Release",
    "ReleaseAction",
    "ReleaseStatus",
    "ServiceSide",
    "Share",
    "Side",
    "Terms",
]
