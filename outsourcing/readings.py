"""A ticket's handover as its pages tell it: read once a page, whoever asks (bar, menu, panel, badges)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from outsourcing.labels import NEEDS_A_PARTNER, statuses
from outsourcing.links import Link, links, ticket_of
from outsourcing.links import referral_of as find_referral
from outsourcing.models import Handover, HandoverStatus, PartnershipSide, RateType, Referral, Release, Share, Terms
from outsourcing.receipts import Hanging, hanging
from outsourcing.services import limits, open_releases, statements
from outsourcing.services.hours import minutes_by_handover
from outsourcing.terms import Draft
from psa.lanes.models import Lane
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from psa.web.figures import hours
from tickets.models import Source, Ticket

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
    is_disputed: bool = False
    releases: list[Release] = field(default_factory=list)

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
    def is_over_limit(self) -> bool:
        """Whether the reader may only ask somebody to authorise these terms."""
        return self.is_lead and self.terms is not None and not limits.suffices(self.terms.total, self.by)

    @property
    def is_own_work(self) -> bool:
        """Whether the setting keeps the reader from approving what they sent."""
        return getattr(self.link.own, "needs_second_person", False) and self.link.lead_side.sent_by_id == (
            self.by.membership_id
        )

    @property
    def is_flat(self) -> bool:
        """Whether a flat amount is agreed, of which a part can be proposed."""
        return self.terms is not None and self.terms.rate_type == RateType.FLAT

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
    def rework_url(self) -> str:
        """The same once more for nothing, with the same partner; "" where nobody worked on it."""
        return f"{self.again_url}&rework=1" if self.handover.is_ended else ""

    @property
    def waits_for_answer(self) -> bool:
        return self.status == HandoverStatus.ASSIGNED

    @property
    def needs_a_partner(self) -> bool:
        """Declined, expired or returned, nobody has it since, and we do not do it ourselves."""
        is_left = self.is_lead and self.status in NEEDS_A_PARTNER and self.ticket.is_open
        return is_left and self.link.lead_side.kept_at is None

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
        and referral_of(ticket) is None
    )


def referral_of(ticket: Ticket) -> Referral | None:
    """The ticket's referral under way, read once a page."""
    known = ticket.__dict__
    if "_referral" not in known:
        is_taken = any(link.handover.is_active for link in links(ticket))
        can_have_one = ticket.is_open and ticket.source != Source.INSOURCED and not is_taken
        known["_referral"] = find_referral(ticket) if can_have_one else None
    return known["_referral"]


def draft_of(link: Link) -> Draft:
    """The lead's offer as it stands: the draft, or the terms it was sent with."""
    terms = terms_of(link.handover)
    return Draft.of_terms(terms, link.lead_side.bill_rate) if terms else Draft.from_json(link.lead_side.draft)


def unavailable_since(reading: Reading) -> datetime | None:
    """Since when the operator has suspended the partner of an active handover; None while it is reachable."""
    handover, me = reading.handover, reading.ticket.tenant_id
    if not handover.is_active:
        return None
    other = handover.service_id if me == handover.lead_id else handover.lead_id
    return doors.suspended_since(other)


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
    if handover.is_ended:
        made.is_disputed = statements.are_disputed(handover)
    if getattr(link.own, "is_release_asked", False):
        made.releases = list(open_releases.of(handover))
    if handover.is_running:
        held = Share.objects.filter(handover=handover.key, held_since__isnull=False)
        made.held = list(held.order_by("held_since", "pk"))
    return made


def statement_url(reading: Reading) -> str:
    """Where the settlement stands, so far or for good; nothing before the work was accepted, or without View terms."""
    handover = reading.handover
    if not reading.may_see_terms or not (handover.is_running or handover.is_ended):
        return ""
    return reverse("outsourcing:statement", args=[reading.ticket.tenant.slug, handover.key])


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


def lead_time(handover: Handover) -> datetime | None:
    """Complete by as the lead reads it, where its clock differs from ours; else nothing (§5, in brackets)."""
    at = handover.complete_by
    if at is None:
        return None
    theirs = at.astimezone(ZoneInfo(doors.time_zone(handover.lead_id)))
    return theirs if theirs.utcoffset() != timezone.localtime(at).utcoffset() else None


def release_named(pk: int, by: Actor) -> tuple[Release, Ticket]:
    """A request for release and its ticket, for those who see the ticket. Raises Release.DoesNotExist."""
    rows = Release.objects.select_related("handover__partnership", "requested_by", "decided_by")
    release = rows.get(pk=pk)
    ticket = open_releases.own_row(release).ticket
    if not Ticket.objects.visible_to(by).filter(pk=ticket.pk).exists():
        raise Release.DoesNotExist
    return release, ticket


def terms_of(handover: Handover) -> Terms | None:
    """The terms in force, None for a draft."""
    return Terms.objects.filter(handover=handover, version=handover.terms_version).first()


def setup_of(handover: Handover) -> PartnershipSide | None:
    """What the service side keeps about this lead: who it is in the address book, and the prefill of its tickets."""
    sides = PartnershipSide.objects.filter(service_of=handover.partnership_id)
    return sides.select_related("company").first()
