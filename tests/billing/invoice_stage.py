"""What tests/test_access.py needs of invoices in each company: a draft, an issued one, a rate, an item, a period."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import ContractLine, Invoice, InvoiceLine, Payment
from billing.services import billing_settings, drafts, issuing, papers, payments
from billing.services.drafts import Wanted
from psa.directory.models import Company, Contract
from psa.tenancy.actor import Actor
from tests.billing import bills


def invoices(canary: str, company: Company, contract: Contract, by: Actor) -> dict[str, Any]:
    """The rows, each with the canary in it."""
    bills.settled(company, by, name=canary, format="xrechnung")
    work = Wanted(f"{canary} work", Decimal(1), Decimal(9))
    made = [drafts.add_line(drafts.draw(company, "EUR", [], by=by), work, version=1, by=by) for _ in range(2)]
    made[1] = drafts.add_line(made[1], work, version=made[1].version, by=by)  # two, so that they can change places
    issued = issuing.issue(made[0], version=made[0].version, by=by)
    papers.work()
    payment: Payment = payments.pay(issued, Decimal(1), bills.DAY, canary, by=by)
    Invoice.objects.filter(pk=issued.pk).update(due_on=date(2026, 2, 2))  # a letter is due
    position = ContractLine.objects.create(
        contract=contract, name=canary, unit_price=5, starts_on=date(2026, 1, 1), next_on=date(2026, 1, 1)
    )
    return {
        "invoice": issued,
        "payment": payment,
        "lines": InvoiceLine.objects.get(invoice=issued),
        "draft_invoice": Invoice.objects.get(pk=made[1].pk),
        "draft_line": InvoiceLine.objects.filter(invoice=made[1]).latest("pk"),
        "vat_rate": billing_settings.put_rate("reduced", Decimal(5), bills.DAY, by=by),
        "item": bills.posted(company, name=canary),
        "position": position,
    }
