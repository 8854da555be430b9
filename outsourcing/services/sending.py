"""The lead's offer: prepared, sent, extended, cancelled, discarded, expired (T0–T3, T6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from outsourcing.links import Link, active, links, moved_on, must, open_lanes, referral_of
from outsourcing.models import Handover, HandoverStatus, LeadSide, Partnership, PartnershipStatus, Side, Terms
from outsourcing.models.handover import Detail
from outsourcing.services import agreement, history, limits, open_releases, proposals, ruling, sync
from outsourcing.terms import Draft, fingerprint
from psa.fsm import can_proceed
from psa.tenancy import doors, scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from psa.timers import timers
from tickets import permissions
from tickets.models import Audience, Item, Ticket
from tickets.models.items import KINDS
from tickets.services import checklists
from tickets.services.locking import lock

EXPIRES = "handover.expire"


@transaction.atomic
def prepare(ticket: Ticket, partnership: Partnership, draft: Draft, *, by: Actor, seen: str | None = None) -> Handover:
    """T1: keep an offer without sending it; a draft that is there is changed. The partner learns nothing. `seen` is the
    `standing` it was written over.

    Raises Refused("ticket_is_resolved"), ("handover_is_active"), ("partnership_not_active"), ("draft_moved_on"),
    Denied.
    """
    ticket = lock(ticket)
    _may_send(ticket, by)
    ruling.not_never(ticket)
    _unchanged(ticket, seen)
    return _keep_draft(ticket, partnership, draft, by).handover


@transaction.atomic
def send(
    ticket: Ticket,
    partnership: Partnership,
    draft: Draft,
    *,
    by: Actor,
    asked_by: Membership | None = None,
    seen: str | None = None,
) -> Handover:
    """T2: offer the ticket to the partner on these terms, frozen as version 1. Who asked for its release, `asked_by`,
    stays the partner's contact. `seen` as in `prepare`.

    Raises Refused (also "agreement_missing", "over_your_limit", "answer_by_after_complete_by", "rework_costs_nothing"),
    Denied.
    """
    agreement.require()
    ticket = lock(ticket)
    _may_send(ticket, by)
    limits.check(draft.total, draft.currency, by)
    ruling.require(ticket, draft.rule_reason)
    available(partnership)
    _unchanged(ticket, seen)
    now, answer_by = timezone.now(), answer_until(draft)
    link = _keep_draft(ticket, partnership, draft, by)
    handover = link.handover
    was = handover.status
    open_lanes(handover)
    chosen = [*_chosen_items(ticket, draft), *checklists.go_along(ticket, draft.items, handover.key, by=by)]
    handover.send(now, by.name, answer_by, draft.complete_by)
    handover.title = ticket.title
    handover.save()
    _not_right(handover.rework_of)
    _freeze(handover, ticket, draft, answer_by, chosen, asked_by.pk if asked_by else by.membership_id)
    sync.chosen(link, chosen)
    link.lead_side.sent_by_id = by.membership_id
    link.lead_side.draft, link.lead_side.rule_reason = {}, draft.rule_reason
    link.lead_side.save(update_fields=["sent_by", "draft", "rule_reason"])
    timers.arm(EXPIRES, handover.pk, answer_by)
    history.moved(handover, "sent", was, by=by, ticket=ticket, answer_by=answer_by.isoformat())
    return handover


@transaction.atomic
def extend(ticket: Ticket, answer_by: datetime, *, by: Actor) -> Handover:
    """*Extend*: give the partner longer to answer; the lead's alone, the next version of the terms says so (T16).

    Raises Refused("handover_moved_on"), ("offer_expired"), ("not_an_extension"), ("answer_by_after_complete_by"),
    Denied.
    """
    ticket = lock(ticket)
    _may_send(ticket, by, resolved_too=True)
    handover = must(ticket, Side.LEAD).handover
    if handover.status != HandoverStatus.ASSIGNED or handover.answer_by is None:
        raise moved_on(handover)
    if timezone.now() >= handover.answer_by:
        raise Refused("offer_expired", partner=handover.service_name)
    if answer_by <= handover.answer_by:
        raise Refused("not_an_extension")
    if handover.complete_by and handover.complete_by < answer_by:
        raise Refused("answer_by_after_complete_by")
    proposals.following(handover, proposals.in_force(handover), {"answer_by": answer_by})
    history.moved(
        handover, "extended", handover.status, by=by, ticket=ticket, answer_by=answer_by.isoformat(),
        version=handover.terms_version,
    )  # fmt: skip
    return handover


@transaction.atomic
def discard(ticket: Ticket, *, by: Actor) -> Handover:
    """T0: throw the draft away; that there was one stays in the history."""
    ticket = lock(ticket)
    _may_send(ticket, by, resolved_too=True)
    link = _must(ticket, "discard", by)
    was = link.handover.status
    link.handover.discard()
    link.handover.save()
    _let_go(link)
    history.moved(link.handover, "discarded", was, by=by, ticket=ticket, shared=False)
    return link.handover


@transaction.atomic
def cancel(ticket: Ticket, *, by: Actor, reason: str = "") -> Handover:
    """T3: take the offer off the table before it was accepted."""
    ticket = lock(ticket)
    _may_send(ticket, by, resolved_too=True)
    link = _must(ticket, "cancel", by)
    was = link.handover.status
    link.handover.cancel(timezone.now())
    link.handover.save()
    _let_go(link)
    timers.disarm(link.handover.pk, EXPIRES)
    history.moved(link.handover, "canceled", was, by=by, ticket=ticket, reason=reason)
    return link.handover


def expire(handover_id: int) -> None:
    """T6: the answer-by passed without an answer. Fired by a timer; the clock is read under the lock."""
    side = LeadSide.objects.select_related("ticket", "handover").get(handover_id=handover_id)
    ticket = lock(side.ticket)
    link = next(link for link in links(ticket) if link.handover.pk == handover_id)
    handover = link.handover
    if not can_proceed(handover.expire) or handover.answer_by is None or timezone.now() < handover.answer_by:
        return
    was = handover.status
    handover.expire(timezone.now())
    handover.save()
    _let_go(link)
    history.moved(handover, "expired", was, by=Actor.system("timer"), ticket=ticket)


def answer_until(draft: Draft) -> datetime:
    """Until when the partner could answer if it were sent now. Raises Refused("answer_by_after_complete_by")."""
    until = timezone.now() + timedelta(hours=draft.answer_hours)
    if draft.complete_by and draft.complete_by < until:
        raise Refused("answer_by_after_complete_by")
    return until


def released(link: Link) -> None:
    """Our ticket is free for another handover: the partner declined, or it is over."""
    _let_go(link)
    timers.disarm(link.handover.pk, EXPIRES)


def available(partnership: Partnership) -> None:
    """Raise Refused("partner_unavailable") where the operator suspended the service partner."""
    since = doors.suspended_since(partnership.service_id)
    if since is not None:
        raise Refused("partner_unavailable", partner=partnership.service_name, since=since.isoformat())


NOTHING = "nothing"


def standing(link: Link | None) -> str:
    """What stands there of an offer, to be compared later: the draft's handover and its words, or nothing."""
    if link is None or not link.is_lead:
        return NOTHING
    return f"{link.handover.key}:{fingerprint(link.lead_side.draft)[:16]}"


def _unchanged(ticket: Ticket, seen: str | None) -> None:
    """Raise Refused("draft_moved_on") where a colleague changed or discarded the draft somebody wrote over."""
    link = active(ticket)
    is_sent = link is not None and link.handover.status != HandoverStatus.UNSENT
    if seen is None or is_sent or seen == standing(link):
        return
    who = link.lead_side.prepared_by if link is not None else None
    raise Refused("draft_moved_on", by=who.name if who else "")


def _may_send(ticket: Ticket, by: Actor, resolved_too: bool = False) -> None:
    by.require("outsource.send")
    permissions.require(ticket, "ticket.edit", by)
    if not ticket.is_open and not resolved_too:
        raise Refused("ticket_is_resolved")


def _keep_draft(ticket: Ticket, partnership: Partnership, draft: Draft, by: Actor) -> Link:
    if partnership.status != PartnershipStatus.ACTIVE or partnership.lead_id != scope.tenant_id():
        raise Refused("partnership_not_active", partner=partnership.service_name)
    if ticket.source == "insourced":
        raise Refused("insourced_ticket_is_not_passed_on")
    if referral := referral_of(ticket):
        raise Refused("referral_is_active", network=referral.network.name)
    link = active(ticket)
    if link and link.handover.status != HandoverStatus.UNSENT:
        raise Refused("handover_is_active", partner=link.partner)
    former = _reworked(ticket, partnership, draft)
    if link and (link.handover.partnership_id, link.handover.rework_of_id) != (
        partnership.pk,
        former.pk if former else None,
    ):
        was = link.handover.status
        link.handover.discard()
        link.handover.save()
        _let_go(link)
        history.moved(link.handover, "discarded", was, by=by, ticket=ticket, shared=False)
        link = None
    if link is None:
        link = _new(ticket, partnership, former, by)
    own, kept = link.lead_side, draft.to_json()
    if own.draft != kept:
        open_releases.drop(link.handover, ticket, by=by)
        own.prepared_by_id = by.membership_id
    own.draft, own.bill_rate = kept, draft.bill_rate
    own.save(update_fields=["draft", "bill_rate", "prepared_by"])
    return link


def _reworked(ticket: Ticket, partnership: Partnership, draft: Draft) -> Handover | None:
    """The handover this one puts right: of this ticket, with the same partner, and for nothing (§4)."""
    if not draft.rework_of:
        return None
    former = next((one.handover for one in links(ticket) if str(one.handover.key) == draft.rework_of), None)
    if former is None or not former.is_ended or former.partnership_id != partnership.pk:
        raise Refused("rework_is_for_the_same_partner")
    if draft.cost_rate or draft.flat_amount:
        raise Refused("rework_costs_nothing")
    return former


def _not_right(former: Handover | None) -> None:
    """The work has to be done again: it was not right the first time. Its row is locked with its ticket."""
    if former is not None:
        former.is_right = False
        former.save(update_fields=["is_right"])


def _new(ticket: Ticket, partnership: Partnership, former: Handover | None, by: Actor) -> Link:
    for stale in LeadSide.objects.filter(ticket=ticket, is_active=True).select_related("handover"):
        if not stale.handover.is_active:
            stale.is_active = False
            stale.save(update_fields=["is_active"])
    handover = Handover.objects.create(
        rework_of=former,
        partnership=partnership,
        lead_id=partnership.lead_id,
        service_id=partnership.service_id,
        lead_name=partnership.lead_name,
        service_name=partnership.service_name,
        lead_number=ticket.number,
        title=ticket.title,
    )
    own = LeadSide.objects.create(handover=handover, ticket=ticket)
    link = Link(Side.LEAD, handover, own)
    history.moved(handover, "prepared", "", by=by, ticket=ticket, shared=False)
    return link


def _must(ticket: Ticket, move: str, by: Actor) -> Link:
    link = must(ticket, Side.LEAD, by)
    if not can_proceed(getattr(link.handover, move)):
        raise moved_on(link.handover, by)
    return link


def _let_go(link: Link) -> None:
    link.lead_side.is_active = False
    link.lead_side.save(update_fields=["is_active"])


def _chosen_items(ticket: Ticket, draft: Draft) -> list[Item]:
    """The notes and files that go along: never internal ones, never another partner's."""
    found: list[Item] = []
    for kind in ("note", "attachment"):
        rows = KINDS[kind]._default_manager.filter(
            ticket=ticket, key__in=draft.items, audience=Audience.CUSTOMER, removed_at=None
        )
        found += rows
    return found


def _freeze(
    handover: Handover, ticket: Ticket, draft: Draft, answer_by: datetime, chosen: list[Item], contact: int | None
) -> Terms:
    from_us = Membership.objects.filter(pk=contact).first()
    values: dict[str, Any] = {
        "version": 1,
        "rate_type": draft.rate_type,
        "currency": draft.currency,
        "cost_rate": draft.cost_rate,
        "flat_amount": draft.flat_amount,
        "step_minutes": draft.step_minutes,
        "authorised_minutes": draft.authorised_minutes,
        "authorised_charges": draft.authorised_charges,
        "not_to_exceed": draft.not_to_exceed,
        "answer_by": answer_by,
        "complete_by": draft.complete_by,
        "instructions": draft.instructions,
        "is_on_site": draft.is_on_site,
        "shares_effort": draft.shares_effort,
        "detail": draft.detail,
        "title": ticket.title,
        "description": ticket.description,
        "priority": ticket.priority,
        "customer": customer(ticket, draft.detail),
        "lead_contact": {"name": from_us.name, "phone": from_us.phone, "email": from_us.email} if from_us else {},
        "items": [snapshot(item) for item in chosen],
    }
    return Terms.objects.create(
        handover=handover,
        lead_id=handover.lead_id,
        service_id=handover.service_id,
        sha256=fingerprint(values),
        **values,
    )


def customer(ticket: Ticket, detail: str) -> dict[str, str]:
    """What the partner learns of the end customer: everything, the place to go to, or nothing."""
    if detail == Detail.NONE:
        return {}
    found = {"site": str(ticket.location)} if ticket.location else {}
    if detail == Detail.FULL:
        contact = ticket.contact
        found["company"] = ticket.company.name
        if contact:
            found |= {"contact": contact.name, "phone": contact.phone, "email": contact.email}
    return found


def snapshot(item: Item) -> dict[str, Any]:
    """A chosen item as it is on sending; the insourced ticket's copy is made from it."""
    from_us = payload_of(item)
    return {"key": str(item.key), **from_us}


def payload_of(item: Item) -> dict[str, Any]:
    """The item as it travels."""
    return sync.payloads.item(item, Side.LEAD, shares_effort=False)
