"""Where a ticket stands: codes, labels, colours and icons in one table (lifecycle spec, "Statuses")."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from psa.looks import Look


class Status(models.TextChoices):
    """The states of a ticket. A state includes its reason, so that the sources of a move stay exact."""

    NEW = "new", _("New")
    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")
    ESTIMATED = "estimated", _("Estimated")
    ESTIMATE_ACCEPTED = "estimate_accepted", _("Estimate accepted")
    WAITING_CLARIFICATION = "waiting_clarification", _("Waiting for customer")
    WAITING_SOLUTION_REVIEW = "waiting_solution_review", _("Waiting for customer – review")
    WAITING_PRODUCTION_REVIEW = "waiting_production_review", _("Waiting for customer – production review")
    REOPENED_DEFECT = "reopened_defect", _("Reopened")
    REOPENED_OBJECTION = "reopened_objection", _("Reopened – objection")
    REOPENED_DEPLOY_REQUEST = "reopened_deploy_request", _("Reopened – deployment requested")
    READY_FOR_DEPLOY = "ready_for_deploy", _("Ready for deploy")
    INVOICE = "invoice", pgettext_lazy("status of a ticket", "Invoice")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


# The group says with whom the ball is: us, the customer, billing, or nobody.
STATUS_LOOKS = {
    Status.NEW: Look("blue", "circle-dashed", "us"),
    Status.OPEN: Look("blue", "circle", "us"),
    Status.IN_PROGRESS: Look("teal", "circle-play", "us"),
    Status.ESTIMATED: Look("amber", "calculator", "customer"),
    Status.ESTIMATE_ACCEPTED: Look("teal", "badge-check", "us"),
    Status.WAITING_CLARIFICATION: Look("amber", "hourglass", "customer"),
    Status.WAITING_SOLUTION_REVIEW: Look("amber", "clipboard-check", "customer"),
    Status.WAITING_PRODUCTION_REVIEW: Look("amber", "clipboard-check", "customer"),
    Status.REOPENED_DEFECT: Look("red", "rotate-ccw", "us"),
    Status.REOPENED_OBJECTION: Look("red", "rotate-ccw", "us"),
    Status.REOPENED_DEPLOY_REQUEST: Look("red", "rotate-ccw", "us"),
    Status.READY_FOR_DEPLOY: Look("teal", "rocket", "us"),
    Status.INVOICE: Look("green", "receipt", "billing"),
    Status.CLOSED: Look("gray", "circle-check"),
    Status.CANCELLED: Look("gray", "ban"),
}

REOPENED = (Status.REOPENED_DEFECT, Status.REOPENED_OBJECTION, Status.REOPENED_DEPLOY_REQUEST)
IN_REVIEW = (Status.WAITING_SOLUTION_REVIEW, Status.WAITING_PRODUCTION_REVIEW)
WAITING = (Status.WAITING_CLARIFICATION, *IN_REVIEW)
# With these the work is over; no deadline runs and no timer is armed.
RESOLVED = (Status.INVOICE, Status.CLOSED, Status.CANCELLED)
UNRESOLVED = tuple(status for status in Status if status not in RESOLVED)


class Resolution(models.TextChoices):
    """How a ticket ended (lifecycle spec, "resolution")."""

    ACCEPTED = "accepted", _("Accepted")
    AUTO_ACCEPTED = "auto_accepted", _("Accepted without an answer")
    DEPLOYED_ACCEPTED = "deployed_accepted", _("Deployed and accepted")
    DONE = "done", _("Done")
    HANDOVER_ENDED = "handover_ended", _("Handover ended")
    CANCELLED_BY_CUSTOMER = "cancelled_by_customer", _("Cancelled by the customer")
    CANCELLED_BY_US = "cancelled_by_us", _("Cancelled by us")
    ESTIMATE_EXPIRED = "estimate_expired", _("Estimate expired")
    DUPLICATE = "duplicate", _("Merged into another ticket")
    REFUSED_MISSING_INFO = "refused_missing_info", _("Refused, information was missing")
    NO_RESPONSE = "no_response", _("No answer")


# Nobody gets here without somebody, or a clock that was told of, having accepted the work.
ACCEPTED = (Resolution.ACCEPTED, Resolution.AUTO_ACCEPTED, Resolution.DEPLOYED_ACCEPTED)
