"""A draft of the terms: what the offer form fills in, kept by the lead until it is sent, then frozen into a version."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from outsourcing.models.handover import Detail, RateType, Terms, total

CURRENCIES = ("EUR", "CHF", "CZK", "DKK", "GBP", "NOK", "PLN", "SEK", "USD")


@dataclass(slots=True)
class Draft:
    """Terms before they are sent. Hours in minutes, money net in `currency`.

    `bill_rate` and `rule_reason` (who agreed where the customer is to be asked first) never leave the lead."""

    rate_type: str = RateType.HOURLY
    currency: str = "EUR"
    cost_rate: Decimal | None = None
    flat_amount: Decimal | None = None
    bill_rate: Decimal | None = None
    step_minutes: int = 0
    authorised_minutes: int = 0
    authorised_charges: Decimal = Decimal(0)
    not_to_exceed: bool = False
    answer_hours: int = 24
    complete_by: datetime | None = None
    instructions: str = ""
    is_on_site: bool = False
    shares_effort: bool = False
    detail: str = Detail.SITE
    items: list[str] = field(default_factory=list)
    rule_reason: str = ""
    rework_of: str = ""

    @property
    def total(self) -> Decimal:
        """What would be authorised in all, net, to the cent."""
        return total(self.rate_type, self.cost_rate, self.flat_amount, self.authorised_minutes, self.authorised_charges)

    def to_json(self) -> dict[str, Any]:
        """Plain data for the lead's draft column."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Draft:
        """The draft a column holds."""
        known = {one.name for one in fields(cls)}
        draft = cls(**{name: value for name, value in data.items() if name in known})
        for name in ("cost_rate", "flat_amount", "bill_rate", "authorised_charges"):
            if (value := getattr(draft, name)) is not None:
                setattr(draft, name, Decimal(value))
        if isinstance(draft.complete_by, str):
            draft.complete_by = datetime.fromisoformat(draft.complete_by)
        return draft

    @classmethod
    def of_terms(cls, terms: Terms, bill_rate: Decimal | None) -> Draft:
        """The same terms once more, for *Hand over again*; times have to be chosen anew."""
        same = {one.name for one in fields(cls)} & {column.name for column in Terms._meta.fields} - {
            "items",
            "complete_by",
        }
        return cls(**{name: getattr(terms, name) for name in same}, bill_rate=bill_rate)

    def as_rework(self, former: str) -> Draft:
        """The same work once more, to be put right: it costs nothing and names the handover it refers to."""
        zero = Decimal(0)
        is_hourly = self.rate_type == RateType.HOURLY
        return replace(
            self,
            cost_rate=zero if is_hourly else None,
            flat_amount=None if is_hourly else zero,
            authorised_charges=zero,
            rework_of=former,
        )


def fingerprint(values: dict[str, Any]) -> str:
    """The hash of one version of the terms: the same values give the same hash on both sides."""
    text = json.dumps({name: _plain(value) for name, value in values.items()}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """The values as plain data; reading them back is the caller's."""
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
