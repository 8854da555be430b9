"""What customers ask for, decide and accept, and the rules that follow: a file for each concept."""

from workflows.models.access import PortalAccess, PortalCode, PortalSession, ServedCompany, SharedRequest, Sight
from workflows.models.approvers import ApprovalRule, Approver, Deputy, Mode
from workflows.models.estimates import ESTIMATE_LOOKS, Decision, Estimate, EstimateStatus, Pricing, Said, cents
from workflows.models.policy import ServicePolicy
from workflows.models.reviews import ACCEPTING, CustomerNotice, HeldAcceptance, Pause, Review, Telling, Word
from workflows.models.rules import Rule, RuleRun, RuleSettings, RunOutcome

__all__ = [
    "ACCEPTING",
    "ESTIMATE_LOOKS",
    "ApprovalRule",
    "Approver",
    "CustomerNotice",
    "Decision",
    "Deputy",
    "Estimate",
    "EstimateStatus",
    "HeldAcceptance",
    "Mode",
    "Pause",
    "PortalAccess",
    "PortalCode",
    "PortalSession",
    "Pricing",
    "Review",
    "Rule",
    "RuleRun",
    "RuleSettings",
    "RunOutcome",
    "Said",
    "ServedCompany",
    "ServicePolicy",
    "SharedRequest",
    "Sight",
    "Telling",
    "Word",
    "cents",
]
