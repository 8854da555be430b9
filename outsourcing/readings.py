"""A ticket's handover as its pages tell it: read once a page, whoever asks (bar, menu, panel, badges)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F, Sum
from django.urls import reverse

from outsourcing.labels import NEEDS_A_PARTNER, statuses
from outsourcing.links import Link, links, ticket_of
from outsourcing.models import Handover, HandoverStatus, PartnershipSide, Share, Terms
from outsourcing.receipts import Hanging, hanging
from psa.lanes.models import Lane
from psa.tenancy.actor import Actor
from psa.web.figures import hours
from tickets.models import Source, Ticket, TimeEntry

# A handover that left nothing behind on the ticket but its history.
FORGOTTEN = (HandoverStatus.DISCARDED, HandoverStatus.CANCELED)


@dataclass(slots=True)
class Reading:
    """The newest handover of a ticket from our side: terms, hours, what arrives, what is held, what hangs."""

    ticket: Ticket
    link: Link
    by: Actor
    terms: Terms | None = None
    minutes: int = 0
    arriving: int = 0
    held: list[Share] = field(default_factory=list)
    parked: list[Hanging] = field(default_factory=list)

    @property
    def handover(self) -> Handover:
        return self.link.handover

    @property
    def status(self) -> str:
        return self.handover.status

    @property
    def is_lead(self) -> bool:
        return self.link.is_lead

    @property
    def badge(self) -> Any:
        """The status in our words."""
        return statuses(self.link.side).badge(self.status)

    @property
    def may_see_terms(self) -> bool:
        return bool(self.by.can("outsource.view_terms"))

    @property
    def shows_hours(self) -> bool:
        """The service side plans by the hours; on the lead's side they belong to the terms."""
        return self.terms is not None and (not self.is_lead or self.may_see_terms)

    @property
    def their_number(self) -> int | None:
        """The ticket's number at the other company, once there is one."""
        return self.handover.service_number if self.is_lead else self.handover.lead_number

    @property
    def hours_label(self) -> str:
        """Logged of authorised hours."""
        authorised = self.terms.authorised_minutes if self.terms else 0
        return f"{hours(self.minutes).removesuffix(' h')} / {hours(authorised)}"

    @property
    def again_url(self) -> str:
        """The offer once more, on the same terms."""
        offer = reverse("outsourcing:offer", args=[self.ticket.tenant.slug, self.ticket.number])
        return f"{offer}?again={self.handover.key}"

    @property
    def waits_for_answer(self) -> bool:
        return self.status == HandoverStatus.ASSIGNED

    @property
    def needs_a_partner(self) -> bool:
        """Declined, expired or returned, and nobody has it since."""
        return self.is_lead and self.status in NEEDS_A_PARTNER and self.ticket.is_open

    @property
    def can_be_skipped(self) -> bool:
        """Whether it is our own event that hangs: the sender decides to give it up."""
        return any(one.is_ours for one in self.parked)


def may_outsource(ticket: Ticket) -> bool:
    """Whether a ticket could be handed over now, whoever asks."""
    return (
        ticket.is_open
        and ticket.source != Source.INSOURCED
        and not any(one.handover.is_active for one in links(ticket))
    )


def of(ticket: Ticket, by: Actor) -> Reading | None:
    """The reading of a ticket's newest handover that still says something, None where there is none."""
    known = ticket.__dict__
    if "_reading" not in known:
        link = next((link for link in links(ticket) if link.handover.status not in FORGOTTEN), None)
        known["_reading"] = of_link(ticket, link, by) if link else None
    return known["_reading"]


def of_link(ticket: Ticket, link: Link, by: Actor) -> Reading:
    """The reading of one handover of a ticket."""
    made = Reading(ticket, link, by)
    handover = link.handover
    made.terms = terms_of(handover) if handover.terms_version else None
    if handover.is_running or handover.is_ended:
        made.minutes = minutes_by_handover([handover.key], link.is_lead, ticket).get(handover.key, 0)
        lanes = {lane.target_id == ticket.tenant_id: lane for lane in Lane.objects.filter(channel=handover.channel)}
        made.arriving = lanes[True].last_seq - lanes[True].applied_seq if True in lanes else 0
        made.parked = hanging([lane for lane in lanes.values() if lane.is_parked], by.tenant_id)
    if handover.is_running:
        held = Share.objects.filter(handover=handover.key, held_since__isnull=False)
        made.held = list(held.order_by("held_since", "pk"))
    return made


def minutes_by_handover(keys: Sequence[UUID], is_lead: bool, ticket: Ticket | None = None) -> Mapping[UUID, int]:
    """Minutes to bill the service side logged for these handovers: its own entries, or our copies of them."""
    rows = TimeEntry.objects.filter(handover__in=keys, removed_at=None, received_at__isnull=not is_lead)
    if ticket is not None:
        rows = rows.filter(ticket=ticket)
    found = rows.values_list("handover").annotate(sum=Sum(F("minutes") + F("offset_minutes"))).order_by()
    return dict(found)


def handover_named(key: UUID, by: Actor) -> tuple[Handover, Ticket | None]:
    """A handover and our ticket of it: whoever sees the ticket sees it, an offer is for those who may answer.

    Raises Handover.DoesNotExist for strangers, Denied for members who may not answer offers."""
    handover = Handover.objects.select_related("partnership").get(key=key)
    ticket = ticket_of(handover, by.tenant_id)
    if ticket is None:
        by.require("outsource.partners")
    elif not Ticket.objects.visible_to(by).filter(pk=ticket.pk).exists():
        raise Handover.DoesNotExist
    return handover, ticket


def terms_of(handover: Handover) -> Terms | None:
    """The terms in force, None for a draft."""
    return Terms.objects.filter(handover=handover, version=handover.terms_version).first()


def setup_of(handover: Handover) -> PartnershipSide | None:
    """What the service side keeps about this lead: who it is in the address book, and the prefill of its tickets."""
    sides = PartnershipSide.objects.filter(service_of=handover.partnership_id)
    return sides.select_related("company").first()
