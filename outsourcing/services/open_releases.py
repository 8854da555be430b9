"""The open requests for release of a handover, and what becomes of them when it moves on."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from outsourcing.links import Link
from outsourcing.models import (
    Handover,
    HandoverStatus,
    LeadSide,
    Proposal,
    ProposalStatus,
    Release,
    ReleaseAction,
    ReleaseStatus,
    Terms,
)
from outsourcing.models.handover import RUNNING
from outsourcing.services import history, proposals
from outsourcing.terms import Draft
from psa.tenancy.actor import Actor
from tickets.models import Ticket

# From where each action can be done.
OPEN_IN = {
    ReleaseAction.SEND: (HandoverStatus.UNSENT,),
    ReleaseAction.APPROVE: (HandoverStatus.WAITING_APPROVAL,),
    ReleaseAction.COMPLETE: RUNNING,
    ReleaseAction.CHANGE: proposals.NEGOTIABLE,
}


def of(handover: Handover) -> QuerySet[Release]:
    """The requests nobody has answered yet."""
    return Release.objects.filter(handover=handover, status=ReleaseStatus.REQUESTED).select_related("requested_by")


def amount(link: Link) -> tuple[Decimal, str]:
    """What is to be authorised, net, and in which currency: the draft's total, else that of the terms in force."""
    if link.handover.status == HandoverStatus.UNSENT:
        draft = Draft.from_json(link.lead_side.draft)
        return draft.total, draft.currency
    terms = Terms.objects.get(handover=link.handover, version=link.handover.terms_version)
    return terms.total, terms.currency


def drop(handover: Handover, ticket: Ticket, *, by: Actor) -> None:
    """What was asked for is no longer what it was: its open requests are withdrawn. The handover is locked."""
    _withdraw(list(of(handover)), handover, ticket, by)


def drop_stale(link: Link, ticket: Ticket, *, by: Actor) -> None:
    """After a move of a locked handover: withdraw the requests for what cannot be done any more, or for another sum."""
    _withdraw([row for row in of(link.handover) if _is_stale(link, row)], link.handover, ticket, by)


def _is_stale(link: Link, row: Release) -> bool:
    if link.handover.status not in OPEN_IN[ReleaseAction(row.action)]:
        return True
    if row.action != ReleaseAction.CHANGE:
        return (row.amount, row.currency) != amount(link)
    if row.terms_version != link.handover.terms_version:
        return True
    return bool(row.proposal) and not Proposal.objects.filter(key=row.proposal, status=ProposalStatus.OPEN).exists()


def _withdraw(rows: list[Release], handover: Handover, ticket: Ticket, by: Actor) -> None:
    for release in rows:
        release.withdraw(timezone.now(), by.membership_id)
        release.save()
        history.told(handover, "release_withdrawn", by=by, ticket=ticket, action=release.action)


def own_row(release: Release) -> LeadSide:
    """Our side of the handover a request is about, with the ticket."""
    return LeadSide.objects.select_related("ticket__tenant", "handover").get(handover=release.handover_id)
