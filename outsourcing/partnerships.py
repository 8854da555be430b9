"""One partnership as our side's pages tell it: status and who may move it, what we keep, what stands against its end.

Nothing of the partner's other relationships is in here: what is read is this row, our side's row and our handovers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing.candidates import chips, moves
from outsourcing.labels import PARTNERSHIPS, statuses
from outsourcing.models import Handover, HandoverStatus, LeadSide, Partnership, PartnershipSide, ServiceSide
from outsourcing.models.handover import ENDED, RUNNING
from outsourcing.services import keeping
from psa.journal.models import Entry
from psa.tenancy import doors
from psa.tenancy.actor import Actor

MOST = 50
HISTORY = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One handover that still stands: its number and title here, where it leads, how far it is."""

    number: int | None
    title: str
    url: str
    badge: Any


@dataclass(frozen=True, slots=True)
class Group:
    """Handovers of one kind, and whether they stand against the end of the partnership."""

    title: Any
    lines: list[Line]
    is_in_the_way: bool


@dataclass(frozen=True, slots=True)
class Past:
    """Something we did about the partnership."""

    entry: Entry
    text: str
    icon: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A partnership from our side."""

    partnership: Partnership
    side: PartnershipSide
    is_lead: bool
    slug: str
    unavailable_since: datetime | None

    @property
    def partner(self) -> str:
        return self.partnership.service_name if self.is_lead else self.partnership.lead_name

    @property
    def badge(self) -> Any:
        return PARTNERSHIPS.badge(self.partnership.status)

    @property
    def is_paused(self) -> bool:
        return self.partnership.status == "paused"

    @property
    def is_paused_by_us(self) -> bool:
        return self.is_paused and self.partnership.paused_by_lead == self.is_lead

    @property
    def moves(self) -> Any:
        """The buttons: who paused resumes, either side ends."""
        one = self.partnership
        return moves(self.slug, one.key, one.status, self.is_paused_by_us)

    @property
    def tags(self) -> Any:
        return chips(self.side.tags)


def of(partnership: Partnership, by: Actor, slug: str) -> Relation:
    """The partnership as the actor's company reads it."""
    is_lead = partnership.lead_id == by.tenant_id
    other = partnership.service_id if is_lead else partnership.lead_id
    return Relation(partnership, keeping.of(partnership), is_lead, slug, doors.suspended_since(other))


def standing(relation: Relation) -> list[Group]:
    """What is not over between the two: running, offered, prepared, and ended with our ticket still to be billed."""
    mine = Handover.objects.filter(partnership=relation.partnership)
    of_side: Any = LeadSide if relation.is_lead else ServiceSide
    unbilled = of_side.objects.filter(handover__in=mine.filter(status__in=ENDED), ticket__is_open=True)
    found = [
        Group(_("Running"), _lines(relation, mine.filter(status__in=RUNNING)), True),
        Group(_("Offered, not answered"), _lines(relation, mine.filter(status=HandoverStatus.ASSIGNED)), True),
        Group(_("Prepared, not sent"), _lines(relation, mine.filter(status=HandoverStatus.UNSENT)), False),
        Group(
            _("Ended, our ticket is still open and not billed"),
            _lines(relation, mine.filter(pk__in=unbilled.values("handover"))),
            False,
        ),
    ]
    return [group for group in found if group.lines]


def _lines(relation: Relation, rows: QuerySet) -> list[Line]:
    of_side: Any = LeadSide if relation.is_lead else ServiceSide
    handovers: Sequence[Handover] = list(rows.order_by("-pk")[:MOST])
    tickets = {
        own.handover_id: own.ticket
        for own in of_side.objects.filter(handover__in=[one.pk for one in handovers]).select_related("ticket")
    }
    labels = statuses("lead" if relation.is_lead else "service")
    made = []
    for one in handovers:
        ticket = tickets.get(one.pk)
        number = ticket.number if ticket else None
        url = (
            reverse("tickets:page", args=[relation.slug, number])
            if number
            else reverse("outsourcing:handover", args=[relation.slug, one.key])
        )
        made.append(Line(number, ticket.title if ticket else one.title, url, labels.badge(one.status, True)))
    return made


# What we did ----------------------------------------------------------------------------------------------------------
TOLD = {
    "accepted": (gettext_lazy("the partnership began"), "handshake"),
    "paused": (gettext_lazy("paused the partnership"), "pause"),
    "resumed": (gettext_lazy("resumed the partnership"), "play"),
    "ended": (gettext_lazy("ended the partnership"), "circle-slash"),
    "noted": (gettext_lazy("changed address, tags or note"), "pencil"),
    "terms_set": (gettext_lazy("changed the default terms"), "file-text"),
    "set_up": (gettext_lazy("changed the insourcing setup"), "settings"),
}


def history(relation: Relation) -> list[Past]:
    """What our people did about it, the newest first; what the partner keeps to itself is not told here."""
    rows = Entry.objects.filter(subject_type="partnership", subject_id=relation.partnership.pk).order_by("-pk")
    return [_past(entry) for entry in rows[:HISTORY]]


def _past(entry: Entry) -> Past:
    name = entry.kind.partition(".")[2]
    if name == "remapped":
        said = {"old": entry.data["old"] or "–", "new": entry.data["new"], "n": len(entry.data["tickets"])}
        return Past(entry, _("re-mapped %(old)s → %(new)s, %(n)s open tickets with it") % said, "building-2")
    text, icon = TOLD.get(name, (name, ""))
    return Past(entry, str(text), icon)
