"""Both companies in their browsers, from the offer to the paid invoice: everything is pressed, and read off the pages.

Max leads at Nordlicht and Gunta at Baltic; what is approved, posted and invoiced is Bea's there and Baiba's here, who
hold the role *billing* and nothing more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.test import Client

from billing.models import BillingItem, Invoice
from billing.services import billing_settings, partner_costs
from psa.batches import batches
from psa.directory import services as directory
from psa.directory.models import Company
from psa.tenancy.models import Membership
from tests.billing import bills
from tests.billing.partners.reading import plain
from tests.conftest import acting
from tests.outsourcing.conftest import Pair, drain

BALTIC = {
    "legal_name": "Baltic Service SIA", "street": "Brīvības 1", "postal_code": "LV-1010", "city": "Rīga",
    "country": "LV", "vat_id": "LV49999999956", "iban": "LV80BANK0000435195001",
}  # fmt: skip
NORDLICHT = {"name": "Nordlicht IT GmbH", "street": "Kai 1", "postal_code": "24103", "city": "Kiel", "country": "DE"}


@dataclass
class Office:
    """One company's billing: who does it, in which browser, and what its pages say."""

    slug: str
    member: Membership
    browser: Client

    def page(self, path: str) -> str:
        """A page as it is read."""
        answer = self.browser.get(f"/{self.slug}/{path}")
        assert answer.status_code == 200, (path, answer.status_code)
        return plain(answer.content.decode())

    def decide(self, tab: str, do: str, pick: int | None = None) -> str:
        """Decide on all of a list of *approve and post*, or on one row of it: what the page says of each row then."""
        chosen = {"all": "1"} if pick is None else {"pick": pick}
        started = self.browser.post(f"/{self.slug}/approve/{tab}/decide/", {"do": do, **chosen})
        assert started.status_code == 302
        batches.work()  # what was not done while the reader waited
        return plain(self.browser.get(started["Location"]).content.decode())

    def bill_work(self) -> None:
        """Approve and post all there is of work with a partner."""
        self.decide("partners", "approve")
        self.decide("charges", "approve")
        self.decide("approved", "post")

    def posted(self) -> list[Decimal]:
        """The amounts of what is posted, each of which the page of posted items shows."""
        page = self.page("posted/")
        with acting(self.member):
            found = list(BillingItem.objects.filter(status="posted").order_by("pk").values_list("amount", flat=True))
        for amount in found:
            assert f"€{abs(amount)}" in page, amount
        return found

    def invoice(self) -> str:
        """Draw up and issue the invoice of everything that waits, on its pages: how it reads then."""
        waiting = self.browser.get(f"/{self.slug}/invoices/waiting/").content.decode()
        draw = re.search(r'href="([^"]+/invoices/waiting/\d+/[^"]*)"', waiting)
        assert draw is not None, plain(waiting)
        at = draw[1].replace("&amp;", "&")
        items = re.findall(r'name="item" value="(\d+)"', self.browser.get(at).content.decode())
        drawn = self.browser.post(at, {"item": items})
        assert drawn.status_code == 302
        version = re.search(r'name="version" value="(\d+)"', self.browser.get(drawn["Location"]).content.decode())
        assert version is not None
        assert self.browser.post(f"{drawn['Location']}issue/", {"version": version[1]}).status_code == 302
        drain()
        return plain(self.browser.get(drawn["Location"]).content.decode())

    def last_invoice(self) -> Invoice:
        """The newest invoice or credit note, in the database."""
        with acting(self.member):
            return Invoice.objects.latest("pk")


@dataclass
class Desks:
    """Two companies, their tickets and their books."""

    lead: Client
    service: Client
    pair: Pair
    ours: Office
    theirs: Office

    @property
    def here(self) -> str:
        """The lead's ticket."""
        return f"/nordlicht/tickets/{self.pair.ticket.number}/"

    @property
    def there(self) -> str:
        """The service partner's."""
        return f"/baltic/tickets/{self.pair.insourced.number}/"

    @property
    def contract(self) -> str:
        """The handover, beneath either company's address."""
        return f"handovers/{self.pair.handover.key}/"

    # Work ---------------------------------------------------------------------------------------------------------
    def log(self, word: str, **typed: Any) -> None:
        """Baltic writes time or a charge for Nordlicht, as its composer does."""
        page = self.service.get(self.there).content.decode()
        reader = re.search(r'value="(partner:[^"]+)"', page)
        assert reader is not None
        answer = self.service.post(f"{self.there}{word}/add/", {"reader": reader[1], "is_billable": "on", **typed})
        assert answer.status_code == 302, answer.content.decode()[:3000]
        drain()

    def time(self, minutes: str, offset: str = "") -> None:
        more = {"offset_minutes": offset, "offset_reason": "Learned on the way"} if offset else {}
        self.log("time", minutes=minutes, worked_on="2026-03-02", text="Changed the switch", **more)

    def charge(self, price: str) -> None:
        self.log("charges", name="Cable", quantity="1", unit_price=price, category="material")

    def press(self, client: Client, path: str, **typed: Any) -> None:
        """Press a button, and let what it causes arrive."""
        answer = client.post(path, typed)
        assert answer.status_code == 302, answer.content.decode()[:3000]
        drain()

    def submit(self) -> None:
        self.press(self.service, f"{self.there}submit-work/")

    def approve_work(self) -> None:
        """Submitted here, approved there."""
        self.submit()
        self.press(self.lead, f"{self.here}approve/")

    def take_back(self, **part: Any) -> None:
        self.press(self.lead, f"{self.here}take-back/", reason="We go ourselves.", **part)

    def post_settlement(self) -> None:
        """Baltic's button beside the statement: what is missing to it is posted."""
        self.press(self.service, f"/baltic/{self.contract}post/")

    # What is read -------------------------------------------------------------------------------------------------
    def statements(self) -> tuple[str, str]:
        """The settlement as the lead and as the service partner read it."""
        at = f"{self.contract}statement/"
        pages = [plain(one.get(f"/{slug}/{at}").content.decode()) for one, slug in self._browsers()]
        return pages[0], pages[1]

    def _browsers(self) -> tuple[tuple[Client, str], ...]:
        return (self.lead, "nordlicht"), (self.service, "baltic")

    def check_payable(self, amount: str) -> None:
        """Both statements say it, and they are the same."""
        for page in self.statements():
            assert f"Payable, net €{amount}" in page and "Identical for both companies" in page

    def check_cost(self, amount: str) -> None:
        """The one charge for Baltic's labour on Nordlicht's ticket; nobody is billed for it."""
        with acting(self.pair.max):
            charge = partner_costs.current(self.pair.ticket, self.pair.handover.key)
            assert charge is not None and not charge.is_billable
            assert charge.amount == Decimal(amount)
        assert f"€{amount}" in plain(self.lead.get(self.here).content.decode())

    def check_customers_invoice(self, net: str, vat: str, due: str) -> None:
        """Nordlicht bills its customer at home, with VAT of 19 per cent."""
        self.ours.bill_work()
        page = self.ours.invoice()
        assert f"Net €{net} VAT 19 % €{vat} Amount due €{due}" in page, page
        row = self.ours.last_invoice()
        assert [row.net, row.vat, row.due] == [Decimal(one.replace(",", "")) for one in (net, vat, due)]

    def check_partners_invoice(self, net: str) -> None:
        """Baltic bills Nordlicht, which owes the VAT itself: from Latvia to Germany it is reverse charge."""
        self.theirs.bill_work()
        self.post_settlement()
        page = self.theirs.invoice()
        assert f"Net €{net} Reverse charge €0.00 Amount due €{net}" in page, page
        row = self.theirs.last_invoice()
        assert (row.net, row.vat, row.due) == (Decimal(net), Decimal(0), Decimal(net))
        assert (row.seller["vat_id"], row.buyer["vat_id"]) == ("LV49999999956", "DE123456788")


def can_bill(max: Membership, gunta: Membership) -> None:
    """Both companies have entered what an invoice must say: their own data, and the address of who is billed."""
    with acting(max) as by:
        bills.settled(Company.objects.get(name="Reederei Hansen"), by)
    with acting(gunta) as by:
        lead = Company.objects.get(name="Nordlicht")
        directory.edit_company(lead, by=by, vat_id="DE123456788")
        billing_settings.settle(BALTIC, version=billing_settings.of_tenant().version, by=by)
        billing_settings.agree(lead, NORDLICHT, by=by)
