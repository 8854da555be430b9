"""Who may change what while, and after, two companies work on it (outsourcing spec §7, and what §4 says of closing)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from outsourcing.links import Link, links, referral_of
from outsourcing.models import HandoverStatus, Side, Statement
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Overridable, Refused
from tickets import guards
from tickets.models import Audience, ChecklistItem, CheckState, Item, Source, Ticket

CHANGES = tuple(verb for verb in guards.ITEM_VERBS if not verb.endswith(".add"))
# What a portal company may no longer do once it submitted, and what besides once the work has ended (§7 "portal
# tenant"). Closing only files the ticket away; asking stays while the lead has not answered.
MOVES = tuple(verb for verb in guards.TICKET_VERBS if verb not in {"ticket.create", "ticket.close"})
# A handover no partner has taken up: its ticket can be deleted, and what is still out ends with it.
ENDS_WITH_ITS_TICKET = frozenset(
    {HandoverStatus.UNSENT, HandoverStatus.ASSIGNED, HandoverStatus.CANCELED, HandoverStatus.DISCARDED}
)


@guards.register(*CHANGES)
def items_of_a_handover(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """The table of §7: copies are read-only, what was submitted is locked, what ended stays as it was."""
    found = links(ticket)
    if not found:
        return {}
    by_key = {link.handover.key: link for link in found}
    open_ones = _unsettled(items, by_key)
    refused = {item: _copy(item, by_key, open_ones) if item.is_copy else _own(item, found) for item in items}
    return {item: refusal for item, refusal in refused.items() if refusal is not None}


def _copy(item: Item, by_key: dict[UUID, Link], unsettled: set[UUID]) -> Refused | None:
    link = by_key.get(item.handover) if item.handover else None
    if link is None or not link.is_lead or not link.handover.is_ended:
        return Refused("copy_is_read_only", partner=link.partner if link else "")
    if item.kind() == "timeentry":
        return Refused("partner_time_is_frozen", partner=link.partner)
    if item.kind() == "charge" and item.handover in unsettled:
        return Refused("copy_is_read_only", partner=link.partner)
    return None


def _unsettled(items: Sequence[Item], by_key: dict[UUID, Link]) -> set[UUID]:
    """Ended handovers of these charges of which our statement is not written: until then it is made of them."""
    copies = {item.handover for item in items if item.is_copy and item.kind() == "charge" and item.handover}
    ended = {key for key in copies if key in by_key and by_key[key].is_lead and by_key[key].handover.is_ended}
    if not ended:
        return set()
    written = Statement.objects.filter(handover__key__in=ended, side=Side.LEAD)
    return ended - set(written.values_list("handover__key", flat=True))


def _own(item: Item, found: list[Link]) -> Refused | None:
    link = next((link for link in found if link.side == Side.SERVICE), None)
    if link is None:
        return None
    handover = link.handover
    if (
        handover.status == HandoverStatus.WAITING_APPROVAL
        and handover.submitted_at
        and item.made_at <= handover.submitted_at
    ):
        return Refused("submitted_items_are_locked", partner=link.partner)
    if handover.is_ended and handover.ended_at and item.made_at <= handover.ended_at:
        return Refused("ended_items_are_locked", partner=link.partner)
    return None


@guards.register("checklistitem.tick", "checklistitem.remove")
def checklist_items_of_a_handover(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """An item that went along is the partner's to tick, on its copy, until the work ends; the lead may take it back."""
    found = {link.handover.key: link for link in links(ticket)}
    refused: dict[Item | None, Refused] = {}
    for item in items:
        link = found.get(item.handover) if item.handover and item.audience == Audience.PARTNER else None
        if link is not None and (refusal := _checked(item, verb, link)):
            refused[item] = refusal
    return refused


def _checked(item: Item, verb: str, link: Link) -> Refused | None:
    handover = link.handover
    if link.is_lead:
        is_theirs = verb == "checklistitem.tick" and handover.is_active and handover.status != HandoverStatus.UNSENT
        return Refused("checklist_item_is_with_partner", partner=link.partner) if is_theirs else None
    if verb == "checklistitem.remove":
        return Refused("copy_is_read_only", partner=link.partner)
    if handover.is_ended:
        return Refused("ended_items_are_locked", partner=link.partner)
    assert isinstance(item, ChecklistItem)  # asked about nothing else
    was_done = item.state != CheckState.OPEN and item.settled_at is not None
    submitted = handover.submitted_at if handover.status == HandoverStatus.WAITING_APPROVAL else None
    if was_done and submitted and item.settled_at <= submitted:  # type: ignore[operator]
        return Refused("submitted_items_are_locked", partner=link.partner)
    return None


@guards.register("ticket.close")
def closing(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """A running handover is ended before its ticket is closed; the lead is asked how (T12)."""
    link = next((link for link in links(ticket) if link.handover.is_active), None)
    if link is None:
        return {}
    if link.side == Side.SERVICE:
        return {None: Refused("insourced_ticket_is_running", partner=link.partner)}
    return {None: Refused("handover_is_open", way_out="outsourcing:end_and_close", partner=link.partner)}


@guards.register("ticket.submit", "ticket.accept_solution")
def reviewing(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """The customer looks at the work once the partner's part is over (lifecycle 13, 15), unless somebody overrides."""
    link = next((link for link in links(ticket) if link.handover.is_running and link.is_lead), None)
    return {None: Overridable("partner_still_works", partner=link.partner)} if link else {}


@guards.register("ticket.reopen")
def reopening(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """While it runs an insourced ticket is not reopened: the lead partner rejects or not (lifecycle 22)."""
    link = next((link for link in links(ticket) if link.handover.is_active and not link.is_lead), None)
    return {None: Refused("insourced_ticket_is_running", partner=link.partner)} if link else {}


@guards.register("ticket.to_billing")
def billing_insourced_work(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """Insourced work goes to billing once the handover has ended (lifecycle 26)."""
    if ticket.source != Source.INSOURCED:
        return {None: Refused("not_insourced")}
    link = next((link for link in links(ticket) if link.handover.is_active), None)
    return {None: Refused("insourced_ticket_is_running", partner=link.partner)} if link else {}


@guards.register("ticket.change_company")
def changing_the_company(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """A ticket keeps its customer while a handover is active."""
    link = next((link for link in links(ticket) if link.handover.is_active), None)
    return {None: Refused("company_is_fixed_by_handover", partner=link.partner)} if link else {}


@guards.register("ticket.merge", "ticket.absorb", "ticket.split")
def being_one_or_two(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """S11: neither merged nor split while a handover is active; what travelled with one stays with its ticket."""
    found = links(ticket)
    if link := next((link for link in found if link.handover.is_active), None):
        code = "merge_while_outsourced" if link.is_lead else "merge_while_insourced"
        way_out = "outsourcing:end_and_close" if link.is_lead else ""
        return {None: Refused(code, way_out=way_out, number=ticket.number, partner=link.partner)}
    if verb != "ticket.split":
        is_referred = referral_of(ticket) is not None
        return {None: Refused("merge_while_referred", number=ticket.number)} if is_referred else {}
    if ticket.source == Source.INSOURCED:
        return {None: Refused("insourced_is_not_split")}
    names = {link.handover.key: link.partner for link in found}
    return {
        item: Refused("item_belongs_to_handover", partner=names.get(item.handover, ""))
        for item in items
        if item.handover
    }


@guards.register("ticket.delete")
def deleting(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """What was ever handed over stays (§4). A draft, an offer nobody answered yet and one we took back do not hinder:
    deleting ends them."""
    if referral := referral_of(ticket):
        return {None: Refused("referral_is_active", network=referral.network.name)}
    link = next((link for link in links(ticket) if link.handover.status not in ENDS_WITH_ITS_TICKET), None)
    if link is None:
        return {}
    code = "handover_is_active" if link.handover.is_active else "handed_over_stays"
    return {None: Refused(code, partner=link.partner)}


@guards.register(*guards.ITEM_VERBS, *guards.CHECK_VERBS, *MOVES, guards.ASK)
def a_portal_company_reads(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """§7, last row: while it runs a portal company edits; once it submitted there is nothing new, ended it is read."""
    if not by.is_portal:
        return {}
    link = next(iter(links(ticket)), None)
    if link is None or link.is_lead:
        return {}
    if link.handover.status == HandoverStatus.WAITING_APPROVAL and verb != guards.ASK:
        return {None: Refused("portal_waits_for_approval", partner=link.partner)}
    return {None: Refused("portal_work_has_ended", partner=link.partner)} if link.handover.is_ended else {}


@guards.register("ticket.create")
def a_portal_company_only_receives(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """Tickets of a portal company come from its leads (§10)."""
    is_own = by.is_portal and ticket.source != Source.INSOURCED
    return {None: Refused("not_in_portal")} if is_own else {}
