"""What a customer's contact sees (lifecycle spec, "Customer portal"; hostile test A6): their own requests, and of a
company those that are shared with it, where they may see the company's. Of a request what is written for the customer.

Every query of the portal begins here; nothing of a partner, of ours alone, or of money spent is reachable from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils import timezone

from psa.directory.models import Company, Contact
from tickets.models import Attachment, Audience, ChecklistItem, Note, Source, Ticket
from workflows.models import Approver, Deputy, PortalAccess, ServedCompany, SharedRequest, Sight


@dataclass(frozen=True, slots=True)
class Eyes:
    """One contact's sight: the companies they speak for, their own first, and what they see of each."""

    access: PortalAccess
    contact: Contact
    companies: Sequence[Company]
    sees: Mapping[int, str] = field(default_factory=dict)

    @property
    def shared_companies(self) -> list[int]:
        """The companies whose shared requests they read."""
        return [pk for pk, sees in self.sees.items() if sees == Sight.COMPANY]

    def company(self, pk: int) -> Company | None:
        """One of the companies they speak for."""
        return next((one for one in self.companies if one.pk == pk), None)


def of(access: PortalAccess) -> Eyes:
    """The sight of a contact's access, which comes with its contact and company. One statement."""
    own = access.contact.company
    served = ServedCompany.objects.filter(access=access, company__is_active=True).select_related("company")
    others = sorted(served, key=lambda one: one.company.name)
    sees = {own.pk: access.sees, **{one.company_id: one.sees for one in others}}
    return Eyes(access, access.contact, [own, *(one.company for one in others)], sees)


def own(eyes: Eyes) -> Any:
    """Their own requests, of the companies they speak for now."""
    return _requests().filter(contact=eyes.contact, company__in=list(eyes.sees))


def requests(eyes: Eyes) -> Any:
    """Every request they see, each with `is_shared`."""
    mine = Q(contact=eyes.contact, company__in=list(eyes.sees))
    return _requests().filter(mine | Q(company__in=eyes.shared_companies, is_shared=True))


def request(eyes: Eyes, number: int) -> Ticket | None:
    """A request by its number; a merged one's number leads to the one that goes on, if that is in sight, too."""
    rows = requests(eyes).select_related("company", "contact", "category", "type")
    if (found := rows.filter(number=number).first()) is not None:
        return found
    merged = Ticket.objects.filter(number=number, merged_into__isnull=False, deleted_at=None)
    return rows.filter(pk__in=merged.values("merged_into")).first()


def everybodys(company_id: int) -> Any:
    """Every request of a company: only for what waits for its approvers, who decide about what they cannot read."""
    return Ticket.objects.filter(pk__in=_requests().filter(company=company_id).values("pk"))


def notes(ticket: Ticket) -> Any:
    """What is written for the customer, by us and by them, as it stands."""
    return Note.objects.filter(ticket=ticket, audience=Audience.CUSTOMER, removed_at=None, received_at=None)


def files(ticket: Ticket) -> Any:
    """The files for the customer."""
    rows = Attachment.objects.filter(ticket=ticket, audience=Audience.CUSTOMER, removed_at=None, received_at=None)
    return rows.select_related("file")


def steps(ticket: Ticket) -> Any:
    """The checklist items the customer may see: what is done and when, never by whom or what shows it (it-house spec,
    "Checklists")."""
    rows = ChecklistItem.objects.filter(ticket=ticket, for_customer=True, removed_at=None, received_at=None)
    return rows.order_by("checklist", "position", "pk")


def colleagues(eyes: Eyes) -> Any:
    """The people of their own company."""
    return Contact.objects.filter(company=eyes.contact.company_id)


def approvers(eyes: Eyes) -> Any:
    """Who decides on the estimates of their own company: whether they can come in, and who stands in today
    (`present`)."""
    today = timezone.localdate()
    present = Deputy.objects.filter(starts_on__lte=today, ends_on__gte=today).select_related("contact")
    access = PortalAccess.objects.filter(contact=OuterRef("contact"), is_active=True)
    rows = Approver.objects.filter(company=eyes.contact.company_id).select_related("contact", "company")
    return rows.annotate(can_come_in=Exists(access)).prefetch_related(Prefetch("deputies", present, to_attr="present"))


def access_of(contact: Contact) -> PortalAccess | None:
    """Whether and how a colleague comes in."""
    return PortalAccess.objects.filter(contact=contact, is_active=True).first()


def accesses(eyes: Eyes) -> dict[int, PortalAccess]:
    """The same of all their colleagues, by contact."""
    rows = PortalAccess.objects.filter(contact__company=eyes.contact.company_id, is_active=True)
    return {one.contact_id: one for one in rows}


def _requests() -> Any:
    shared = Exists(SharedRequest.objects.filter(ticket=OuterRef("pk")))
    rows = Ticket.objects.filter(deleted_at=None, merged_into=None).exclude(source=Source.INSOURCED)
    return rows.annotate(is_shared=shared)
