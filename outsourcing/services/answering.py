"""The service partner's half: decline, accept, begin, submit, recall, return (T4, T5, T7, T8, T13, T14)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from outsourcing import payloads
from outsourcing.links import Link, moved_on, must
from outsourcing.links import lock as lock_handover
from outsourcing.models import Handover, HandoverStatus, ServiceSide, Side, Terms
from outsourcing.services import arriving, history, keeping, proposals, questions, statements, sync
from psa.directory.models import Company
from psa.fsm import can_proceed
from psa.lanes import lanes
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import permissions
from tickets.models import ChecklistItem, Source, Ticket
from tickets.services import checklist_copies, checklists, copies, files, lifecycle
from tickets.services.locking import lock


@transaction.atomic
def decline(handover: Handover, reason: str, *, by: Actor) -> Handover:
    """T4: say no to the offer, with the reason the lead reads. Raises Refused("offer_expired"), Denied."""
    by.require("outsource.partners")
    handover = _open_offer(handover, "decline", by)
    was = handover.status
    handover.decline(timezone.now())
    handover.save()
    history.moved(handover, "declined", was, by=by, reason=reason)
    return handover


@transaction.atomic
def accept(handover: Handover, company: Company, *, by: Actor, **fields: Any) -> Ticket:
    """T5: make our own ticket of the offer, atomically; `company` is how we call the lead in our address book.

    `fields` are a new ticket's (tickets.services.lifecycle.create). The first acceptance from a lead keeps the mapping.
    Raises Refused("offer_expired"), ("handover_moved_on"), ("lead_unavailable"), Denied.
    """
    by.require("outsource.partners")
    handover = _open_offer(handover, "accept", by)
    _lead_available(handover)
    mapped = _mapping(handover, company)
    terms = Terms.objects.get(handover=handover, version=handover.terms_version)
    ticket = lifecycle.create(by=by, **fields, company=mapped, source=Source.INSOURCED)
    own = ServiceSide.objects.create(handover=handover, ticket=ticket, accepted_by_id=by.membership_id)
    was = handover.status
    handover.accept(timezone.now(), by.name, ticket.number)
    handover.save()
    link = Link(Side.SERVICE, handover, own)
    _copy_chosen(ticket, handover, terms)
    questions.copy(handover, ticket)
    history.moved(handover, "accepted", was, by=by, ticket=ticket, number=ticket.number)
    sync.release(link)
    return ticket


def begin(link: Link, ticket: Ticket, *, by: Actor) -> None:
    """T7: the service side did something of its own; from now on it is in progress. The handover is locked."""
    handover = link.handover
    if link.side == Side.SERVICE and handover.status == HandoverStatus.ACCEPTED:
        was = handover.status
        handover.begin()
        handover.save()
        history.moved(handover, "begun", was, by=by, ticket=ticket)


@transaction.atomic
def submit(ticket: Ticket, *, by: Actor) -> Handover:
    """T8 *Insourcing complete*: both taps close, what we did so far is locked, the lead approves or rejects.

    Raises Refused("handover_moved_on"), ("checklist_is_open"), Denied.
    """
    ticket, link = _ours(ticket, "submit", by)
    checklists.require_settled(ticket)
    handover = link.handover
    sync.release(link)
    outgoing, incoming = link.outgoing, link.incoming
    lanes.lock(outgoing, incoming)
    outgoing.refresh_from_db()
    incoming.refresh_from_db()
    lanes.close_tap(outgoing, incoming)
    was = handover.status
    handover.submit(timezone.now(), lead_boundary=incoming.last_seq, service_boundary=outgoing.last_seq)
    handover.save()
    history.moved(handover, "submitted", was, by=by, ticket=ticket)
    return handover


@transaction.atomic
def recall(ticket: Ticket, *, by: Actor) -> Handover:
    """T14: we are not done after all; what was held goes out."""
    ticket, link = _ours(ticket, "recall", by)
    was = link.handover.status
    link.handover.recall()
    link.handover.save()
    history.moved(link.handover, "recalled", was, by=by, ticket=ticket)
    sync.release(link)
    return link.handover


@transaction.atomic
def give_back(ticket: Ticket, reason: str, *, by: Actor, part: int | None = None) -> Handover:
    """T13 *Return*: the link ends; what was logged goes into the settlement. `part` is the proposed share of a flat
    amount, 0–100 %. Raises Refused("items_still_arriving")."""
    by.require("outsource.partners")
    ticket, link = _ours(ticket, "give_back", by)
    if part is not None and not 0 <= part <= 100:
        raise ValueError("A part is 0 to 100 %.")
    arriving.nothing(link)
    was = link.handover.status
    link.handover.give_back(timezone.now())
    link.handover.save()
    lanes.close_tap(link.outgoing, link.incoming)
    sync.discard_held(link)
    history.moved(link.handover, "returned", was, by=by, ticket=ticket, reason=reason)
    if part is not None and proposals.is_unsettled(link.handover):
        proposals.put_part(link.handover, ticket, part, reason, by=by)
    statements.make(link, by=by)
    return link.handover


def _open_offer(handover: Handover, move: str, by: Actor) -> Handover:
    handover = lock_handover(handover)
    if handover.status == HandoverStatus.EXPIRED:
        raise Refused("offer_expired", partner=handover.lead_name)
    if not can_proceed(getattr(handover, move)):
        raise moved_on(handover, by)
    if handover.answer_by is None or timezone.now() >= handover.answer_by:
        raise Refused("offer_expired", partner=handover.lead_name)
    return handover


def _lead_available(handover: Handover) -> None:
    """Whoever would pay for the work has to be there when it begins (§3)."""
    since = doors.suspended_since(handover.lead_id)
    if since is not None:
        raise Refused("lead_unavailable", partner=handover.lead_name, since=since.isoformat())


def _ours(ticket: Ticket, move: str, by: Actor) -> tuple[Ticket, Link]:
    ticket = lock(ticket)
    link = must(ticket, Side.SERVICE, by)
    permissions.require(ticket, "ticket.edit", by)
    if not can_proceed(getattr(link.handover, move)):
        raise moved_on(link.handover, by)
    return ticket, link


def _mapping(handover: Handover, company: Company) -> Company:
    """The lead as it stands in our address book: chosen once, then the same for every ticket of this lead (§3)."""
    side = keeping.lock(handover.partnership)
    if side.company is None:
        side.company = company
        side.save(update_fields=["company"])
    return side.company


def _copy_chosen(ticket: Ticket, handover: Handover, terms: Terms) -> None:
    for item in terms.items:
        partner = Actor.partner(item["author"], handover.lead_name)
        made_at = datetime.fromisoformat(item["made_at"])
        if item["kind"] == ChecklistItem.kind():
            words, listed = payloads.read_to_tick(item)
            checklist_copies.receive(ticket, UUID(item["key"]), handover.key, made_at, words, listed, by=partner)
            continue
        fields = dict(item["fields"])
        if "file" in fields:
            fields["file"] = files.share(**fields["file"])
        copies.receive(ticket, item["kind"], UUID(item["key"]), handover.key, made_at, by=partner, **fields)
