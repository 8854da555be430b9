"""After the end: the partner's invoice at the lead, our billing as the partner, and *we do it ourselves* (§8, §9)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from outsourcing.labels import NEEDS_A_PARTNER
from outsourcing.links import Link, links
from outsourcing.models import Handover, PartnerInvoice, Side
from outsourcing.services import announcing, history, statements
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import permissions
from tickets.models import Ticket
from tickets.services.locking import lock


@transaction.atomic
def receive(
    ticket: Ticket, handover: Handover, number: str, on: date, amount: Decimal, *, by: Actor, remark: str = ""
) -> PartnerInvoice:
    """The partner's invoice came, or was written down wrongly before; `remark` is the word an amount takes that is not
    the statement's. Raises Refused("invoice_is_paid"), ("invoice_is_credited"), ("difference_needs_a_word"), Denied."""
    ticket, link = _ended(ticket, handover, Side.LEAD, by)
    invoice = PartnerInvoice.objects.filter(handover=link.handover).first() or PartnerInvoice(handover=link.handover)
    if invoice.paid_on:
        raise Refused("invoice_is_paid")
    _is_not_credited(link, number)
    differs = _is_another_amount(link, amount)
    if differs and not remark.strip():
        raise Refused("difference_needs_a_word")
    invoice.number, invoice.date, invoice.amount = number, on, amount
    invoice.remark = remark.strip() if differs else ""
    invoice.save()
    told = {"number": number, "on": on.isoformat(), "reason": invoice.remark}
    history.told(link.handover, "invoice_received", by=by, ticket=ticket, **told)
    return invoice


@transaction.atomic
def pay(ticket: Ticket, handover: Handover, on: date, *, by: Actor) -> PartnerInvoice:
    """The partner's invoice is paid. Raises Refused("invoice_is_paid"), ("invoice_missing"), ("invoice_is_credited"),
    Denied."""
    ticket, link = _ended(ticket, handover, Side.LEAD, by)
    invoice = PartnerInvoice.objects.filter(handover=link.handover).first()
    if invoice is None:
        raise Refused("invoice_missing")
    if invoice.paid_on:
        raise Refused("invoice_is_paid")
    _is_not_credited(link, invoice.number)
    invoice.paid_on = on
    invoice.save(update_fields=["paid_on"])
    history.told(link.handover, "invoice_paid", by=by, ticket=ticket, number=invoice.number)
    return invoice


@transaction.atomic
def bill(ticket: Ticket, handover: Handover, is_billed: bool, *, by: Actor) -> None:
    """We have billed the lead for it, or not after all. Twice the same changes nothing."""
    ticket, link = _ended(ticket, handover, Side.SERVICE, by)
    own = link.service_side
    if is_billed == (own.billed_at is not None):
        return
    own.billed_at = timezone.now() if is_billed else None
    own.save(update_fields=["billed_at"])
    history.told(link.handover, "billed" if is_billed else "not_billed", by=by, ticket=ticket)


@transaction.atomic
def keep(ticket: Ticket, *, by: Actor) -> None:
    """*We do it ourselves*: nobody took the work or it came back, and no other partner is wanted (§8)."""
    by.require("outsource.send")
    ticket = lock(ticket)
    permissions.require(ticket, "ticket.edit", by)
    link = next(iter(links(ticket)), None)
    if link is None or not link.is_lead or link.handover.status not in NEEDS_A_PARTNER:
        raise Refused("handover_moved_on")
    own = link.lead_side
    if own.kept_at is None:
        own.kept_at = timezone.now()
        own.save(update_fields=["kept_at"])
        history.told(link.handover, "kept_ourselves", by=by, ticket=ticket)


def _ended(ticket: Ticket, handover: Handover, side: Side, by: Actor) -> tuple[Ticket, Link]:
    by.require("outsource.partners")
    ticket = lock(ticket)
    link = next((one for one in links(ticket) if one.handover.pk == handover.pk), None)
    if link is None or link.side != side or not link.handover.is_ended:
        raise Refused("handover_moved_on", status=handover.status)
    return ticket, link


def _is_not_credited(link: Link, number: str) -> None:
    """Raise Refused("invoice_is_credited") for what the partner took back, also for whoever saw it a moment ago."""
    if announcing.is_credited(announcing.announced(link.handover), number):
        raise Refused("invoice_is_credited", partner=link.partner)


def _is_another_amount(link: Link, amount: Decimal) -> bool:
    """Whether it is not what our statement says is payable; before it is written nobody can tell."""
    ours, _theirs = statements.of_side(statements.both(link.handover), link.side)
    return ours is not None and ours.total != amount
