"""Keeping the address book: who is in it, where they are, what was agreed. Every change is one journal entry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F, Q

from psa.directory.models import Company, Contact, Contract, Location, Rate, WorkType
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused

Row = TypeVar("Row", bound=models.Model)


def add_company(*, by: Actor, **fields: Any) -> Company:
    """A new company. Raises Denied."""
    return _add(Company, "company.manage", by, fields)


def edit_company(company: Company, *, by: Actor, **changes: Any) -> Company:
    """Change what is known of a company. Raises Denied."""
    return _edit(company, "company.manage", by, changes)


@transaction.atomic
def add_contact(company: Company, *, by: Actor, **fields: Any) -> Contact:
    """A new person at a company. Raises Denied, Refused("location.of_another_company")."""
    _check_location(company, fields)
    _make_way(company, fields, by)
    return _add(Contact, "company.manage", by, {"company": company, **fields})


@transaction.atomic
def edit_contact(contact: Contact, *, by: Actor, **changes: Any) -> Contact:
    """Change what is known of a person. Raises Denied, Refused("location.of_another_company")."""
    _check_location(contact.company, changes)
    _make_way(contact.company, changes, by, contact)
    return _edit(contact, "company.manage", by, changes)


def add_location(company: Company, *, by: Actor, **fields: Any) -> Location:
    """A new place of a company. Raises Denied."""
    return _add(Location, "company.manage", by, {"company": company, **fields})


def edit_location(location: Location, *, by: Actor, **changes: Any) -> Location:
    """Change a place. Raises Denied."""
    return _edit(location, "company.manage", by, changes)


def add_contract(company: Company, *, by: Actor, **fields: Any) -> Contract:
    """What was newly agreed with a company. Raises Denied."""
    return _add(Contract, "contract.manage", by, {"company": company, **fields})


def edit_contract(contract: Contract, *, by: Actor, **changes: Any) -> Contract:
    """Change an agreement. Raises Denied."""
    return _edit(contract, "contract.manage", by, changes)


@transaction.atomic
def add_rate(contract: Contract, *, by: Actor, **fields: Any) -> Rate:
    """An hour's price under a contract, net, in its currency. Raises Denied, Refused("rate.agreed_already")."""
    _check_rate(contract, fields)
    return _add(Rate, "contract.manage", by, {"contract": contract, **fields})


@transaction.atomic
def edit_rate(rate: Rate, *, by: Actor, **changes: Any) -> Rate:
    """Change a price for what comes; hours posted keep theirs. Raises Denied, Refused("rate.agreed_already")."""
    found = {name: getattr(rate, name) for name in ("work_type", "role", "since")}
    _check_rate(changes.get("contract", rate.contract), found | changes, rate)
    return _edit(rate, "contract.manage", by, changes)


def agreed_rate(company: Company, work_type: WorkType | None, on: date) -> tuple[Decimal, str] | None:
    """An hour's price for a company on a day, and its currency: the latest contract, the work type's own rate first, of
    these the newest that has begun; not those of one role."""
    valid = Q(contract__ends_on=None) | Q(contract__ends_on__gte=on)
    found = (
        Rate.objects.filter(valid, contract__company=company, contract__starts_on__lte=on, since__lte=on, role="")
        .filter(Q(work_type=work_type) | Q(work_type=None))
        .order_by("-contract__starts_on", "-contract_id", F("work_type_id").asc(nulls_last=True), "-since")
        .values_list("amount", "contract__currency")
    )
    return found.first()


@transaction.atomic
def _add(model: type[Row], capability: str, by: Actor, fields: dict[str, Any]) -> Row:
    _require(capability, by)
    row = model(**fields)
    row.save(force_insert=True)
    journal.record(row, f"{model._meta.model_name}.added", by=by, new=_plain(row, fields))
    return row


@transaction.atomic
def _edit(row: Row, capability: str, by: Actor, changes: dict[str, Any]) -> Row:
    model = type(row)
    locked = model._default_manager.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    _require(capability, by)
    changed = [name for name, value in changes.items() if getattr(locked, name) != value]
    if changed:
        old = _plain(locked, changed)
        for name in changed:
            setattr(locked, name, changes[name])
        locked.save(update_fields=changed)
        journal.record(locked, f"{model._meta.model_name}.edited", by=by, old=old, new=_plain(locked, changed))
    return locked


def _require(capability: str, by: Actor) -> None:
    if by.require(capability) != "all":
        raise Denied(capability)


def _plain(row: models.Model, names: Any) -> dict[str, Any]:
    """Columns as the journal keeps them: references by id, amounts and days as text."""
    columns = {name: row._meta.get_field(name).attname for name in names}  # type: ignore[union-attr]
    found = {name: getattr(row, column) for name, column in columns.items()}
    return {name: value if isinstance(value, str | int | None) else str(value) for name, value in found.items()}


def default_contact(company_id: int) -> Contact | None:
    """Whom a new ticket of this company asks: the default contact, else the only one there is."""
    found = list(Contact.objects.filter(company_id=company_id, is_active=True).order_by("-is_default", "pk")[:2])
    return found[0] if found and (found[0].is_default or len(found) == 1) else None


def _make_way(company: Company, fields: dict[str, Any], by: Actor, but: Contact | None = None) -> None:
    """One contact is asked first: the one who was is not any more. The company's row is locked for it."""
    if not fields.get("is_default"):
        return
    Company.objects.select_for_update(of=("self",), no_key=True).get(pk=company.pk)
    for other in Contact.objects.filter(company=company, is_default=True).exclude(pk=but.pk if but else None):
        _edit(other, "company.manage", by, {"is_default": False})


def _check_location(company: Company, fields: dict[str, Any]) -> None:
    location = fields.get("location")
    if location is not None and location.company_id != company.pk:
        raise Refused("location.of_another_company")


def _check_rate(contract: Contract, wanted: dict[str, Any], but: Rate | None = None) -> None:
    """One rate for each work type and role from a day on; the contract is locked while this is looked up."""
    Contract.objects.select_for_update(of=("self",), no_key=True).get(pk=contract.pk)
    others = Rate.objects.filter(contract=contract, work_type=wanted.get("work_type"), role=wanted.get("role", ""))
    others = others.filter(since=wanted.get("since", Rate._meta.get_field("since").get_default()))
    if others.exclude(pk__in=[but.pk] if but else []).exists():
        raise Refused("rate.agreed_already")
