"""What a contract brings beyond its hours: blocks, surcharges and recurring positions; and billing its fixed price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone

from billing.models import BillingItem, BillingSource, ContractLine, HourBlock, Surcharge
from psa.directory.models import Contract, ContractKind
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from tickets.services.locking import snapshot

Row = TypeVar("Row", bound=models.Model)


@transaction.atomic
def add_block(contract: Contract, *, by: Actor, **fields: Any) -> HourBlock:
    """Hours are bought ahead; their price is approved for billing at once. Raises Denied."""
    block = _add(HourBlock(contract=contract, **fields), by)
    assert isinstance(block, HourBlock)
    if block.price:
        _bill(contract, block.name, block.price, by, source=BillingSource.BLOCK, block=block, on=block.bought_on)
    return block


@transaction.atomic
def edit_block(block: HourBlock, *, by: Actor, **changes: Any) -> HourBlock:
    """Change a block; never to fewer minutes than were drawn. The price stays: it was billed. Raises Denied,
    Refused("block_is_drawn")."""
    now = HourBlock.objects.select_for_update(of=("self",), no_key=True).get(pk=block.pk)
    if changes.get("minutes", now.minutes) < now.used:
        raise Refused("block_is_drawn", minutes=now.used)
    return _edit(now, changes, by)


@transaction.atomic
def add_surcharge(contract: Contract, *, by: Actor, **fields: Any) -> Surcharge:
    """More per hour from now on; what was approved keeps its price. Raises Denied."""
    return _add(Surcharge(contract=contract, **fields), by)


@transaction.atomic
def edit_surcharge(surcharge: Surcharge, *, by: Actor, **changes: Any) -> Surcharge:
    """Change it for what is approved from now on. Raises Denied."""
    return _edit(surcharge, changes, by)


@transaction.atomic
def remove_surcharge(surcharge: Surcharge, *, by: Actor) -> None:
    """It is asked no more. Raises Denied."""
    _require(by)
    journal.record(surcharge, "surcharge.removed", by=by, name=surcharge.name, contract=surcharge.contract_id)
    surcharge.delete()


@transaction.atomic
def add_line(contract: Contract, *, by: Actor, **fields: Any) -> ContractLine:
    """A recurring position; its first period begins when it does. Raises Denied."""
    return _add(ContractLine(contract=contract, next_on=fields["starts_on"], **fields), by)


@transaction.atomic
def edit_line(line: ContractLine, *, by: Actor, **changes: Any) -> ContractLine:
    """Change it for the periods to come; once one was billed it keeps its beginning. Raises Denied,
    Refused("line_is_billed")."""
    now = ContractLine.objects.select_for_update(of=("self",), no_key=True).get(pk=line.pk)
    if (starts := changes.get("starts_on", now.starts_on)) != now.starts_on:
        if BillingItem.objects.filter(contract_line=now).exists():
            raise Refused("line_is_billed")
        changes = {**changes, "next_on": starts}
    return _edit(now, changes, by)


@transaction.atomic
def bill_fixed_price(contract: Contract, *, by: Actor) -> BillingItem:
    """The fixed price of a contract is approved for billing, once. Raises Denied, Refused("no_fixed_price"),
    ("fixed_price_is_billed")."""
    by.require("time.approve")
    now = Contract.objects.select_for_update(of=("self",), no_key=True).get(pk=contract.pk)
    if now.kind != ContractKind.FIXED or not now.fixed_price:
        raise Refused("no_fixed_price")
    if is_fixed_price_billed(now):
        raise Refused("fixed_price_is_billed")
    return _bill(now, now.name, now.fixed_price, by, source=BillingSource.FIXED, on=timezone.localdate())


def is_fixed_price_billed(contract: Contract) -> bool:
    """Whether the contract's fixed price was approved for billing."""
    rows = BillingItem.objects.filter(contract=contract, source=BillingSource.FIXED, ticket=None, reverses=None)
    return rows.exists()


def _bill(contract: Contract, name: str, price: Decimal, by: Actor, *, on: Any, **what: Any) -> BillingItem:
    made = BillingItem.objects.create(
        **what,
        company_id=contract.company_id,
        contract=contract,
        worked_on=on,
        name=name[:200],
        quantity=1,
        unit_price=price,
        amount=price,
        currency=contract.currency,
        approved_by_id=by.membership_id,
    )
    journal.record(made, "billingitem.approved", by=by, item="", amount=str(price))
    return made


def _add(row: Row, by: Actor) -> Row:
    _require(by)
    row.save(force_insert=True)
    fields = [field.name for field in row._meta.concrete_fields if field.name not in {"id", "tenant", "key"}]
    journal.record(row, f"{row._meta.model_name}.added", by=by, new=snapshot(row, fields))
    return row


def _edit(row: Row, changes: dict[str, Any], by: Actor) -> Row:
    _require(by)
    changed = [name for name, value in changes.items() if getattr(row, name) != value]
    if changed:
        old = snapshot(row, changed)
        for name in changed:
            setattr(row, name, changes[name])
        row.save(update_fields=changed)
        journal.record(row, f"{row._meta.model_name}.edited", by=by, old=old, new=snapshot(row, changed))
    return row


def _require(by: Actor) -> None:
    if by.require("contract.manage") != "all":
        raise Denied("contract.manage")
