"""To whom goods go, and where: as it will stand on the paper."""

from __future__ import annotations

from billing.models import Order
from outsourcing import links
from outsourcing.models import Terms
from psa.directory.models import Company, Location
from tickets.models import Source, Ticket


def of_ticket(ticket: Ticket) -> tuple[str, str]:
    """The customer and the ticket's place. On an insourced ticket it is the lead, and the place is as it was shared
    (it-house spec, "its delivery note is addressed to the lead")."""
    if ticket.source == Source.INSOURCED and (found := links.links(ticket)):
        handover = found[0].handover
        terms = Terms.objects.filter(handover=handover).order_by("-version").first()
        shared = terms.customer if terms is not None else {}
        return handover.lead_name, "\n".join(filter(None, (shared.get("company"), shared.get("site"))))
    place = ticket.location
    return ticket.company.name, lines_of(place) if place is not None else first_place(ticket.company)


def of_order(order: Order) -> tuple[str, str]:
    """The customer, and the order's delivery address."""
    place = order.location
    return order.company.name, lines_of(place) if place is not None else first_place(order.company)


def first_place(company: Company) -> str:
    """Where a company is, if it says so: its first location."""
    place = Location.objects.filter(company=company).order_by("pk").first()
    return lines_of(place) if place is not None else ""


def lines_of(place: Location) -> str:
    """A location as lines of an address; the country where it is another than ours."""
    town = f"{place.postal_code} {place.city}".strip()
    country = place.country if place.country != place.tenant.country else ""
    return "\n".join(filter(None, (place.name, place.street, town, country)))
