"""The lines of tests/test_access.py for contracts, approving and posting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from billing.models import BillingItem, ContractLine, HourBlock, Surcharge
from billing.models.posting import BillingSource
from tests.access_path import POSTED, Path
from tests.access_stage import World, reviewed
from tests.conftest import acting


def _row(w: World, name: str, make: Callable[[], Any]) -> Any:
    """A row of this company's, made when it is asked for first."""
    if name not in w.rows:
        with acting(w.max):
            w.rows[name] = make()
    return w.rows[name]


def item(w: World) -> dict[str, Any]:
    """Something that was approved."""

    def make() -> BillingItem:
        return BillingItem.objects.create(
            source=BillingSource.OTHER,
            company=w.company,
            worked_on=date(2026, 3, 2),
            name=f"{w.canary} work",
            quantity=1,
            unit_price=90,
            amount=90,
        )

    return {"pk": _row(w, "billing_item", make).pk}


def contract(w: World) -> dict[str, Any]:
    return {"pk": w.contract.pk}


def part(kind: str) -> Callable[[World], dict[str, Any]]:
    """A part of a contract, by its kind."""
    makes: dict[str, Callable[[World], Any]] = {
        "blocks": lambda w: HourBlock.objects.create(
            contract=w.contract, name=f"{w.canary} block", minutes=600, price=900, bought_on=date(2026, 1, 1)
        ),
        "surcharges": lambda w: Surcharge.objects.create(contract=w.contract, name=f"{w.canary} night", percent=25),
        "lines": lambda w: ContractLine.objects.create(
            contract=w.contract,
            name=f"{w.canary} care",
            unit_price=10,
            starts_on=date(2026, 1, 1),
            next_on=date(2026, 1, 1),
        ),
    }

    def args(w: World) -> dict[str, Any]:
        made = _row(w, f"contract_{kind}", lambda: makes[kind](w))
        return {"pk": w.contract.pk, "part": kind, "part_pk": made.pk}

    return args


def _surcharge(w: World) -> dict[str, Any]:
    return {name: value for name, value in part("surcharges")(w).items() if name != "part"}


PATHS: dict[str, Path] = {
    "billing:approve": Path("time.approve", technician=403),
    "billing:approve_tab": Path("time.approve", lambda w: {"tab": "charges"}, technician=403),
    "billing:decide": Path("time.approve", lambda w: {"tab": "time"}, POSTED, POSTED, form=lambda w: {"do": "approve"}),
    "billing:checks": Path("tenant.manage", technician=403),
    "billing:posted": Path("contract.view", technician=403),
    "billing:posted_item": Path("contract.view", item, technician=403),
    "billing:contracts": Path("contract.view", technician=403),
    "billing:contract": Path("contract.view", contract, technician=403),
    "billing:bill_fixed_price": Path("time.approve", contract, POSTED, POSTED, form=lambda w: {}),
    "billing:new_contract_part": Path("contract.manage", lambda w: {**contract(w), "part": "blocks"}, technician=403),
    "billing:edit_contract_part": Path("contract.manage", part("lines"), technician=403, ids=("article",)),
    "billing:remove_surcharge": Path("contract.manage", _surcharge, POSTED, POSTED, form=lambda w: {}),
    "billing:settle": Path("billing.post", reviewed, technician=403),
}
# Addresses a portal company does not have.
FULL_DESK: set[str] = set(PATHS)
