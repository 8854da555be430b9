"""What the *Insourcing setup* gives the forms of an insourced ticket's items (outsourcing spec §3)."""

from __future__ import annotations

from typing import Any

from outsourcing.models import PartnershipSide, ServiceSide
from tickets import parts
from tickets.models import Source, Ticket


@parts.opens_with("timeentry")
def work_type_of_the_lead(ticket: Ticket) -> dict[str, Any]:
    """Time for a lead opens with the work type its setup names."""
    if ticket.source != Source.INSOURCED:
        return {}
    partnerships = ServiceSide.objects.filter(ticket=ticket).values("handover__partnership")
    sides = PartnershipSide.objects.filter(service_of__in=partnerships, work_type__is_active=True)
    found = sides.values_list("work_type", flat=True).first()
    return {"work_type": found} if found else {}
