"""Who sends invoices in the demo: numbers that hold, and that belong to one company each."""

from __future__ import annotations

from demo.partners_of_billing import SELLER
from demo.sellers_of_billing import SELLERS
from psa.directory import official


def test_every_seller_has_an_account_of_its_own_that_holds() -> None:
    accounts = [seller["iban"] for seller in (*SELLERS.values(), SELLER)]
    assert len(accounts) == len(set(accounts))
    assert [official.account(one) for one in accounts] == accounts
