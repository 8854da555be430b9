"""What the *Insourcing setup* gives the forms of an insourced ticket's items (outsourcing spec §3)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from outsourcing.models import PartnershipSide, ServiceSide
from tickets import parts
from tickets.models import Source, Ticket


@parts.opens_with("timeentry")
def work_type_of_the_lead(ticket: Ticket) -> dict[str, Any]:
    """Time for a lead opens with the work type its setup names."""
    found = _setups(ticket).filter(work_type__is_active=True).values_list("work_type", flat=True).first()
    return {"work_type": found} if found else {}


@parts.opens_with("charge")
def charge_category_of_the_lead(ticket: Ticket) -> dict[str, Any]:
    """A charge for a lead opens with the category its setup names."""
    found = _setups(ticket).exclude(charge_category="").values_list("charge_category", flat=True).first()
    return {"category": found} if found else {}


def _setups(ticket: Ticket) -> QuerySet[PartnershipSide]:
    """The setup of the lead an insourced ticket came from; none for any other ticket."""
    if ticket.source != Source.INSOURCED:
        return PartnershipSide.objects.none()
    partnerships = ServiceSide.objects.filter(ticket=ticket).values("handover__partnership")
    return PartnershipSide.objects.filter(service_of__in=partnerships)
