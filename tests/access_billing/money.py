"""The lines of tests/test_access.py for contracts, approving and posting."""

from __future__ import annotations

from datetime import date
from typing import Any

from billing.models import ContractLine, HourBlock, Surcharge
from psa.directory.models import Contract
from psa.tenancy.actor import Actor
from tests.access_path import POSTED, Path
from tests.access_stage import FURNISHINGS, World, reviewed
from tickets.models import Charge


def furnish(w: World, by: Actor) -> None:
    """A contract at a fixed price, and of the other one a block, a surcharge and a position."""
    day = date(2026, 1, 1)
    fixed = {"kind": "fixed", "fixed_price": 500, "starts_on": day}
    position = {"unit_price": 10, "starts_on": day, "next_on": day}
    w.rows |= {
        "unpriced": Charge.objects.create(
            ticket=w.ticket, name=f"{w.canary} words", author_name="Somebody", audience="internal"
        ),
        "fixed": Contract.objects.create(company=w.company, name=f"{w.plain} project", **fixed),
        "blocks": HourBlock.objects.create(
            contract=w.contract, name=f"{w.plain} block", minutes=600, price=900, bought_on=day
        ),
        "surcharges": Surcharge.objects.create(contract=w.contract, name=f"{w.plain} night", percent=25),
        "care": ContractLine.objects.create(contract=w.contract, name=f"{w.plain} care", **position),
    }


FURNISHINGS.append(furnish)


def item(w: World) -> dict[str, Any]:
    """Something that was approved."""
    return {"pk": w.item.pk}


def unpriced(w: World) -> dict[str, Any]:
    """A charge that nobody gave a price."""
    return {"tab": "charges", "pk": w.unpriced.pk}


def contract(w: World) -> dict[str, Any]:
    return {"pk": w.contract.pk}


def a_position(w: World) -> dict[str, Any]:
    return {"pk": w.contract.pk, "part": "lines", "part_pk": w.care.pk}


def position_form(w: World) -> dict[str, Any]:
    said = {"name": "New words", "article": w.article.pk, "quantity": "1", "unit_price": "12", "months": "1"}
    return {**said, "vat_kind": "standard", "starts_on": "2026-01-01"}


PATHS: dict[str, Path] = {
    "billing:approve": Path("time.approve", technician=403),
    "billing:approve_tab": Path("time.approve", lambda w: {"tab": "charges"}, technician=403),
    "billing:decide": Path(
        "time.approve",
        lambda w: {"tab": "charges"},
        POSTED,
        POSTED,
        form=lambda w: {"do": "approve", "pick": w.charge.pk},
    ),
    "billing:give_price": Path("time.approve", unpriced, technician=403, form=lambda w: {"each": "0"}),
    "billing:checks": Path("tenant.settings", technician=403),
    "billing:posted": Path("invoice.view", technician=403),
    "billing:posted_item": Path("invoice.view", item, technician=403),
    "billing:contracts": Path("contract.view", technician=403),
    "billing:contract": Path("contract.view", contract, technician=403),
    "billing:bill_fixed_price": Path("time.approve", lambda w: {"pk": w.fixed.pk}, POSTED, POSTED, form=lambda w: {}),
    "billing:new_contract_part": Path("contract.manage", lambda w: {**contract(w), "part": "blocks"}, technician=403),
    "billing:edit_contract_part": Path(
        "contract.manage", a_position, technician=403, form=position_form, ids=("article",)
    ),
    "billing:remove_surcharge": Path(
        "contract.manage",
        lambda w: {"pk": w.contract.pk, "part_pk": w.surcharges.pk},
        POSTED,
        POSTED,
        form=lambda w: {},
    ),
    "billing:settle": Path("billing.post", reviewed, technician=403),
}
# Addresses a portal company does not have.
FULL_DESK: set[str] = set(PATHS)
