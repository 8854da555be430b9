"""A customer's account as it is read: on the page, on paper, and the letter that is sent about one invoice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.documents import invoices as documents
from billing.models import Invoice
from billing.services import billing_settings, drafts, dunning, papers
from psa.directory.models import Company
from psa.mail import mail
from psa.paper.document import pdf
from psa.tenancy.actor import Actor
from psa.tenant_settings.services import logo_of


@dataclass(frozen=True, slots=True)
class Read:
    """An entry in words. Amounts in `currency`; `balance` is what is open after it."""

    on: date
    text: str
    amount: Decimal
    currency: str
    balance: Decimal
    invoice: int


def lines(company: Company, by: Actor) -> list[Read]:
    """The account in the active language."""
    words = {
        "invoice": _("Invoice %(number)s"),
        "credit_note": _("Credit note %(number)s"),
        "payment": _("Payment for %(number)s"),
        "reversal": _("Payment taken back, %(number)s"),
    }
    return [
        Read(one.on, words[one.kind] % {"number": one.number}, one.amount, one.currency, one.balance, one.invoice)
        for one in dunning.statement(company, by)
    ]


def paper(company: Company, by: Actor) -> bytes:
    """The account as PDF, in the customer's language."""
    settings, profile = billing_settings.of_tenant(), billing_settings.profile_of(company)
    seller, buyer = drafts.seller_of(settings), drafts.buyer_of(company, profile)
    with papers.written_for(Invoice(company=company, language=company.language, tenant=settings.tenant)):
        rows = lines(company, by)
        totals = {one.currency: one.balance for one in rows}
        return pdf(documents.statement(seller, buyer, rows, totals, logo_of(settings.tenant)))


def letter(invoice: Invoice, level: int) -> tuple[str, str]:
    """The next letter about an invoice as the customer will read it: subject and text. Nothing is sent."""
    written = mail.specimen("invoice_overdue", invoice.language, facts=dunning.facts(invoice, level))
    return written.subject, written.text
