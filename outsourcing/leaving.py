"""What a leaver holds with partners: offers they prepared, handovers they sent, partners whose work comes to them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from outsourcing.models import HandoverStatus, LeadSide, PartnershipSide
from outsourcing.models.handover import ACTIVE
from psa.members import leaving
from psa.tenancy import doors
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership


def _unsent(member: Membership) -> QuerySet[LeadSide]:
    return LeadSide.objects.filter(prepared_by=member, handover__status=HandoverStatus.UNSENT).order_by("pk")


def _sent(member: Membership) -> QuerySet[LeadSide]:
    running = Q(handover__status__in=[one for one in ACTIVE if one != HandoverStatus.UNSENT])
    return LeadSide.objects.filter(running & (Q(sent_by=member) | Q(prepared_by=member))).order_by("pk")


def _incoming(member: Membership) -> QuerySet[PartnershipSide]:
    return PartnershipSide.objects.filter(assignee=member).order_by("pk")


def _things(rows: QuerySet[LeadSide], member: Membership) -> tuple[int, Sequence[leaving.Thing]]:
    slug = doors.slug(member.tenant_id)  # type: ignore[arg-type]  # it was read
    shown = rows.values_list("ticket__number", "ticket__title")[: leaving.SHOWN]
    return rows.count(), [
        leaving.Thing(f"{number} {title}", reverse("tickets:page", args=[slug, number])) for number, title in shown
    ]


def _held_incoming(member: Membership) -> tuple[int, Sequence[leaving.Thing]]:
    names = _incoming(member).values_list("lead_of__service_name", "service_of__lead_name")
    things = [leaving.Thing(service or lead or "") for service, lead in names[: leaving.SHOWN]]
    return len(names), things


def _give_unsent(member: Membership, heir: Membership | None, by: Actor) -> int:
    return _unsent(member).update(prepared_by=heir)


def _give_sent(member: Membership, heir: Membership | None, by: Actor) -> int:
    """Whoever takes a handover over counts as who sent it: where two people are asked for, another one approves."""
    pks = list(_sent(member).values_list("pk", flat=True))
    LeadSide.objects.filter(pk__in=pks, sent_by=member).update(sent_by=heir)
    LeadSide.objects.filter(pk__in=pks, prepared_by=member).update(prepared_by=heir)
    return len(pks)


def _give_incoming(member: Membership, heir: Membership | None, by: Actor) -> int:
    return _incoming(member).update(assignee=heir)


def register() -> None:
    """Tell psa.members."""
    for code, label, icon, held, give in (
        ("offers", _("Offers not sent yet"), "pencil", lambda member: _things(_unsent(member), member), _give_unsent),
        ("handovers", _("Handovers under way"), "send", lambda member: _things(_sent(member), member), _give_sent),
        ("incoming", _("Partners whose work comes to them"), "handshake", _held_incoming, _give_incoming),
    ):
        leaving.register(leaving.Holding(code, label, icon, held, give))
