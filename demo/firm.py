"""What the demo knows of a company: how its desk is laid out, and who its customers are."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer: places as "name | street | postal code | city", people as "name | job | phone", price per hour."""

    name: str
    site: str
    places: tuple[str, ...]
    people: tuple[str, ...]
    rate: Decimal
    contract: str = ""
    weight: int = 2


@dataclass(frozen=True, slots=True)
class Firm:
    """One tenant. Queues name the category codes that land there; the first is the default."""

    slug: str
    name: str
    language: str
    time_zone: str
    currency: str
    country: str
    tickets: int
    days: int
    queues: dict[str, tuple[str, ...]]
    workers: dict[str, tuple[str, ...]]
    categories: dict[str, str]
    work_types: tuple[tuple[str, bool], ...]
    contract: str
    customers: tuple[Customer, ...]
    partners: tuple[Customer, ...] = field(default=())
    partner_queue: str = ""
    city: str = ""
    is_what: Any = ""
