"""The hours a partner logged against the authorised ones; notices at 80 and 100 per cent (outsourcing spec §5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet, Sum

from outsourcing.links import Link
from outsourcing.models import Share, Terms
from outsourcing.services import history
from psa.tenancy.actor import Actor
from tickets.models import Ticket, TimeEntry

THRESHOLDS = (100, 80)


def counted(is_lead: bool) -> QuerySet:
    """The service side's entries as both sides know them: the lead's copies, or those of its own that left.

    What is held, or stayed there, is not the partner's business.
    """
    rows = TimeEntry.objects.filter(removed_at=None, received_at__isnull=not is_lead)
    left = Share.objects.filter(handover=OuterRef("handover"), item=OuterRef("key"), version_sent__gt=0)
    return rows if is_lead else rows.filter(Exists(left))


def minutes_by_handover(keys: Sequence[UUID], is_lead: bool, ticket: Ticket | None = None) -> Mapping[UUID, int]:
    """Minutes to bill the service side logged for these handovers, as both sides know them."""
    rows = counted(is_lead).filter(handover__in=keys)
    if ticket is not None:
        rows = rows.filter(ticket=ticket)
    found = rows.values_list("handover").annotate(sum=Sum(F("minutes") + F("offset_minutes"))).order_by()
    return dict(found)


def notice(link: Link, ticket: Ticket) -> None:
    """Tell our people once that 80 or 100 per cent of the authorised hours are used; each side counts its own rows."""
    handover = link.handover
    if not handover.is_running:
        return
    terms = Terms.objects.get(handover=handover, version=handover.terms_version)
    used = minutes_by_handover([handover.key], link.is_lead, ticket).get(handover.key, 0)
    reached = threshold(used, terms.authorised_minutes)
    if reached > link.own.hours_noticed:
        facts = {"percent": reached, "minutes": used, "minutes_authorised": terms.authorised_minutes}
        history.told(handover, "hours_used", by=Actor.system("desk"), ticket=ticket, **facts)
    _keep(link, max(reached, link.own.hours_noticed))


def begin_again(link: Link, ticket: Ticket) -> None:
    """Other hours are authorised: what is used up of them is not news, what will be is."""
    handover = link.handover
    terms = Terms.objects.get(handover=handover, version=handover.terms_version)
    used = minutes_by_handover([handover.key], link.is_lead, ticket).get(handover.key, 0)
    _keep(link, min(threshold(used, terms.authorised_minutes), link.own.hours_noticed))


def threshold(used: int, authorised: int) -> int:
    """The highest threshold these minutes reach, in per cent; 0 where none, or where no hours are authorised."""
    return next((one for one in THRESHOLDS if authorised and used * 100 >= authorised * one), 0)


def _keep(link: Link, noticed: int) -> None:
    if noticed != link.own.hours_noticed:
        link.own.hours_noticed = noticed
        link.own.save(update_fields=["hours_noticed"])
