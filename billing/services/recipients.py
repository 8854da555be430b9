"""Whose mailbox a customer's invoices go to, and their way to them in the portal."""

from __future__ import annotations

from billing.models import Invoice
from billing.services import billing_settings, drafts
from psa.directory.models import Contact
from psa.mail import mail
from psa.tenancy import doors, scope
from workflows import links
from workflows.models import PortalAccess

# The name of an invoice's page in the links of mails.
PAGE = "invoice"


def is_recipient(contact: Contact) -> bool:
    """Whether the invoices of their company go to this contact."""
    company = contact.company
    to = drafts.buyer_of(company, billing_settings.profile_of(company))["email"].strip()
    return bool(to) and contact.email.strip().casefold() == to.casefold()


def recipient(row: Invoice) -> mail.Recipient:
    """Where the mails about an issued invoice go. Whoever reads there and sees invoices in the portal gets their own
    way to this one (`workflows.links`)."""
    buyer, url = row.buyer, ""
    seen = PortalAccess.objects.filter(is_active=True, sees_invoices=True, contact__is_active=True)
    seen = seen.filter(contact__company=row.company_id, contact__email__iexact=buyer["email"].strip())
    access = seen.select_related("contact").first()
    if access is not None:
        url = links.page(PAGE, doors.slug(scope.tenant_id()), str(row.key), access.contact)
    contact = access.contact_id if access else None
    return mail.Recipient(buyer["name"], buyer["email"], row.language, contact=contact, url=url)
