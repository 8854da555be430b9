"""When a person is erased: the ledger of both companies keeps size and hash of what it told, not the content (§6)."""

from __future__ import annotations

from outsourcing.models import Handover, LeadSide, ServiceSide
from psa.directory import erasing
from psa.directory.models import Contact
from psa.journal import journal
from psa.journal.models import Entry
from psa.lanes import lanes
from psa.lanes.models import Lane
from psa.tenancy import scope
from psa.tenancy.errors import Refused


def connect() -> None:
    """Answer the address book. Called once, when the app starts."""
    erasing.guard(nobody_works_with)
    journal.subscribe(erasing.ANONYMISED, on_anonymised)


def nobody_works_with(contact: Contact) -> None:
    """While a partner works for a person, the partner needs to know whom.

    Raises Refused("contact_has_handover"), and "items_still_arriving" while news of the end is on its way.
    """
    me = scope.tenant_id()
    for handover in _handovers(contact):
        if handover.is_active:
            raise Refused("contact_has_handover", partner=handover.partner_name(me))
        waiting = sum(lane.last_seq - lane.applied_seq for lane in Lane.objects.filter(channel=handover.channel))
        if waiting:
            raise Refused("items_still_arriving", count=waiting, partner=handover.partner_name(me))


def on_anonymised(entry: Entry) -> None:
    """Blank what was exchanged about this person's tickets, in the one row both companies read."""
    contact = Contact.objects.get(pk=entry.subject_id)
    lanes.blank(handover.channel for handover in _handovers(contact))


def _handovers(contact: Contact) -> list[Handover]:
    ids = [
        *LeadSide.objects.filter(ticket__contact=contact).values_list("handover_id", flat=True),
        *ServiceSide.objects.filter(ticket__contact=contact).values_list("handover_id", flat=True),
    ]
    return list(Handover.objects.filter(pk__in=ids).order_by("pk"))
