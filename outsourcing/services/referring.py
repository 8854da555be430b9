"""Passing a ticket on to a network or vendor outside the portal (outsourcing spec §3): prepared, sent, over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone

from outsourcing.links import active, referral_of
from outsourcing.models import Network, NetworkAction, Referral, ReferralStatus
from outsourcing.services import ruling
from outsourcing.services.partners import is_usable
from psa.fsm import can_proceed
from psa.journal import journal
from psa.mail import mail
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Membership
from tickets import permissions
from tickets.models import Source, Ticket
from tickets.services.locking import lock

MOST = 200
_is_link = URLValidator(schemes=["http", "https"])


def networks() -> list[Network]:
    """Every network and vendor we know, those in use first."""
    return list(Network.objects.select_related("company").order_by("-is_active", "name")[:MOST])


def networks_in_use() -> list[Network]:
    """Those a ticket can be passed on to."""
    return list(Network.objects.filter(is_active=True)[:MOST])


def possible(ticket: Ticket) -> None:
    """Raise Refused where a ticket cannot be passed on as it is now, whoever asks."""
    if ticket.source == Source.INSOURCED:
        raise Refused("insourced_ticket_is_not_passed_on")
    if not ticket.is_open:
        raise Refused("ticket_is_resolved")
    if link := active(ticket):
        raise Refused("handover_is_active", partner=link.partner)
    ruling.not_never(ticket)


@transaction.atomic
def keep_network(network: Network | None, *, by: Actor, **fields: Any) -> Network:
    """Add a network or vendor, or change one. Raises Refused("network_needs_email"), ("network_needs_link"), Denied."""
    by.require("outsource.partners")
    row = network or Network()
    for name, value in fields.items():
        setattr(row, name, value)
    if row.action == NetworkAction.EMAIL and not is_usable(row.address):
        raise Refused("network_needs_email")
    if row.action == NetworkAction.LINK and not _may_be_opened(row.address):
        raise Refused("network_needs_link")
    others = Network.objects.filter(name__iexact=row.name).exclude(pk=row.pk)
    if others.exists():
        raise Refused("network_is_named_twice", name=row.name)
    row.save()
    said = {"name": row.name, "action": row.action, "address": row.address, "is_active": row.is_active}
    journal.record(row, "network.changed" if network else "network.added", by=by, **said)
    return row


@transaction.atomic
def prepare(ticket: Ticket, network: Network, cost: Decimal | None, note: str, reason: str, *, by: Actor) -> Referral:
    """Keep a referral without sending it; one that is there and unsent is changed. `reason`: see ruling.require.

    Raises Refused("ticket_is_resolved"), ("insourced_ticket_is_not_passed_on"), ("handover_is_active"),
    ("referral_is_active"), ("network_is_not_active"), ("outsourcing_is_never"), ("outsourcing_needs_reason"), Denied.
    """
    ticket = _ready(ticket, by)
    referral = _draft(ticket, network, cost, note, reason)
    journal.record(ticket, "referral.prepared", by=by, network=network.name)
    return referral


@transaction.atomic
def send(ticket: Ticket, network: Network, cost: Decimal | None, note: str, reason: str, *, by: Actor) -> Referral:
    """Send it: the mail goes to the network's address; a link is opened by whoever sends; nothing is only recorded.

    Raises what `prepare` raises.
    """
    ticket = _ready(ticket, by)
    referral = _draft(ticket, network, cost, note, reason)
    referral.send(timezone.now(), by.membership_id)
    referral.save()
    if network.action == NetworkAction.EMAIL:
        _write(ticket, referral, by)
    journal.record(ticket, "referral.sent", by=by, network=network.name, note=note, reason=reason)
    return referral


@transaction.atomic
def complete(ticket: Ticket, *, by: Actor) -> Referral:
    """They did it."""
    return _end(_ready(ticket, by), "complete", "", by)


@transaction.atomic
def cancel(ticket: Ticket, reason: str, *, by: Actor) -> Referral:
    """We do it otherwise; a draft just goes."""
    return _end(_ready(ticket, by), "cancel", reason, by)


def resolved(ticket: Ticket, *, by: Actor) -> None:
    """The ticket was resolved: what was sent is complete, what was not is canceled."""
    referral = referral_of(ticket)
    if referral is not None:
        _end(ticket, "complete" if referral.status == ReferralStatus.SENT else "cancel", "", by)


def _ready(ticket: Ticket, by: Actor) -> Ticket:
    by.require("outsource.send")
    ticket = lock(ticket)
    permissions.require(ticket, "ticket.edit", by)
    return ticket


def _draft(ticket: Ticket, network: Network, cost: Decimal | None, note: str, reason: str) -> Referral:
    possible(ticket)
    if not network.is_active:
        raise Refused("network_is_not_active", network=network.name)
    ruling.require(ticket, reason)
    referral = referral_of(ticket)
    if referral is not None and referral.status != ReferralStatus.UNSENT:
        raise Refused("referral_is_active", network=referral.network.name)
    referral = referral or Referral(ticket=ticket)
    referral.network, referral.cost, referral.note = network, cost, note
    referral.save()
    return referral


def _end(ticket: Ticket, move: str, reason: str, by: Actor) -> Referral:
    referral = referral_of(ticket)
    if referral is None or not can_proceed(getattr(referral, move)):
        raise Refused("referral_moved_on")
    getattr(referral, move)(timezone.now())
    referral.save()
    told = {"complete": "completed", "cancel": "canceled"}[move]
    journal.record(ticket, f"referral.{told}", by=by, network=referral.network.name, reason=reason)
    return referral


def _write(ticket: Ticket, referral: Referral, by: Actor) -> None:
    from_us = Membership.objects.filter(pk=by.membership_id).first()
    network = referral.network
    mail.post(
        "referral_sent",
        [mail.Recipient(network.name, network.address, network.company.language if network.company else "")],
        about=referral,
        lead=ticket.tenant.name,
        network=network.name,
        ticket=str(ticket.number),
        title=ticket.title,
        contact=by.name,
        note=referral.note,
        email=from_us.email if from_us else "",
        phone=from_us.phone if from_us else "",
    )


def _may_be_opened(address: str) -> bool:
    try:
        _is_link(address)
    except ValidationError:
        return False
    return True
