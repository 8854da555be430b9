"""Where a ticket stands: codes, labels, colours and icons in one table (lifecycle spec, "Statuses")."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from psa.looks import Look


class Status(models.TextChoices):
    """The states of a ticket. A state includes its reason, so that the sources of a move stay exact."""

    NEW = "new", _("New")
    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")
    WAITING_CLARIFICATION = "waiting_clarification", _("Waiting for customer")
    REOPENED = "reopened", _("Reopened")
    CLOSED = "closed", _("Closed")


# The group says with whom the ball is: us, the customer, or nobody.
STATUS_LOOKS = {
    Status.NEW: Look("blue", "circle-dashed", "us"),
    Status.OPEN: Look("blue", "circle", "us"),
    Status.IN_PROGRESS: Look("teal", "circle-play", "us"),
    Status.WAITING_CLARIFICATION: Look("amber", "hourglass", "customer"),
    Status.REOPENED: Look("red", "rotate-ccw", "us"),
    Status.CLOSED: Look("gray", "circle-check"),
}

RESOLVED = (Status.CLOSED,)


class Resolution(models.TextChoices):
    """How a ticket ended."""

    DONE = "done", _("Done")
    HANDOVER_ENDED = "handover_ended", _("Handover ended")
    MERGED = "merged", _("Merged")
