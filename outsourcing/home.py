"""What of the work with partners needs the reader: sums for who manages partners, what is held or asked for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from outsourcing import menu
from outsourcing.dashboards import folders
from outsourcing.dashboards.tiles import Tile
from outsourcing.models import Handover, LeadSide, Proposal, ProposalStatus, Question, ServiceSide, Share, Side
from outsourcing.models.handover import RUNNING
from psa.web import home, nav

# Of each side: what needs us, then how much is under way.
ON_THE_PAGE = {
    Side.LEAD: ("release", "approval", "again", "running"),
    Side.SERVICE: ("offers", "received", "unbilled"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """One side's figures."""

    side: str
    tiles: list[Tile]


def partners(request: Any) -> list[Group] | None:
    """How many wait in the folders that need us, by side; one statement. None where nothing ever was exchanged."""
    is_sender = menu.is_sender(request)
    sides = [Side.LEAD, Side.SERVICE] if is_sender else [Side.SERVICE]
    wanted = [folders.named(code, True) for side in sides for code in ON_THE_PAGE[side]]
    found = folders.counts(request.actor, wanted)
    base = reverse("outsourcing:dashboard", args=[request.tenant.slug])
    groups = [
        Group(side, [_tile(folder, found[folder.code], base) for folder in wanted if folder.side == side])
        for side in sides
        if any(found[folder.code] for folder in wanted if folder.side == side)
    ]
    return groups or ([] if is_sender else None)


def _tile(folder: folders.Folder, number: int, base: str) -> Tile:
    return Tile(folder.label, nav.shown(number) or "0", f"{base}?folder={folder.code}")


@dataclass(frozen=True, slots=True)
class Line:
    """A handover that waits for us."""

    me: int
    key: UUID
    title: str
    lead_id: int
    lead_name: str
    service_name: str
    lead_number: int
    service_number: int | None
    is_asked: bool
    is_proposed: bool
    is_held: bool

    @property
    def partner(self) -> str:
        return self.service_name if self.lead_id == self.me else self.lead_name

    @property
    def number(self) -> int | None:
        return self.lead_number if self.lead_id == self.me else self.service_number

    @property
    def reasons(self) -> list[tuple[str, str, str]]:
        """Words, colour, icon of each thing that waits."""
        known = (
            (self.is_asked, _("Question to answer"), "amber", "message-circle-question-mark"),
            (self.is_proposed, _("Proposal to answer"), "amber", "file-check"),
            (self.is_held, _("Held items"), "gray", "lock"),
        )
        return [(words, colour, icon) for holds, words, colour, icon in known if holds]


def waiting(request: Any) -> list[Line] | None:
    """Running handovers with a question or a proposal of the other side, or with items of ours that are held.

    Of my own tickets; for who manages partners, of all. One statement.
    """
    actor = request.actor
    us = actor.tenant_id
    theirs = Q(lead_id=us, side=Side.SERVICE) | Q(service_id=us, side=Side.LEAD)
    asked = Question.objects.filter(theirs, handover=OuterRef("pk"), answered_at=None)
    proposed = Proposal.objects.filter(theirs, handover=OuterRef("pk"), status=ProposalStatus.OPEN)
    held = Share.objects.filter(handover=OuterRef("key"), held_since__isnull=False, keep_local=False)
    rows: Any = Handover.objects.filter(status__in=RUNNING)
    if not actor.can("outsource.partners"):
        mine = {"handover": OuterRef("pk"), "ticket__assignee": actor.membership_id}
        rows = rows.filter(Exists(LeadSide.objects.filter(**mine)) | Exists(ServiceSide.objects.filter(**mine)))
    rows = rows.annotate(is_asked=Exists(asked), is_proposed=Exists(proposed), is_held=Exists(held))
    rows = rows.filter(Q(is_asked=True) | Q(is_proposed=True) | Q(is_held=True))
    found = rows.order_by(F("complete_by").asc(nulls_last=True), "pk").values_list(
        "key", "title", "lead_id", "lead_name", "service_name", "lead_number", "service_number",
        "is_asked", "is_proposed", "is_held",
    )  # fmt: skip
    return [Line(us, *row) for row in found[: home.SHOWN]] or None


def register() -> None:
    """Who manages partners reads their sums first, everybody what waits in their own tickets."""
    home.panel("partners", "outsourcing/home/partners.html", partners, capability="outsource.partners", order=10)
    home.panel("shared-work", "outsourcing/home/waiting.html", waiting, capability="ticket.view", order=20)
