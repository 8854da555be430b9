"""What the examples of the catalogue are made of: a ticket, an offer, a request, an estimate."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

EARLY = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
LATE = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)

TICKET = {
    "partner": "Baltic Service",
    "ticket": "NL-1042",
    "title": "Replace the switch in Tallinn",
    "url": "/nordlicht/",
}
FROM_LEAD = {**TICKET, "partner": "Nordlicht IT"}
OFFER = {**FROM_LEAD, "answer_by": EARLY}
SIDE = {**TICKET, "side": "lead"}

DESK = {
    "ticket": "1042",
    "title": "Replace the switch in Tallinn",
    "by": "Max Petersen",
    "url": "/nordlicht/tickets/1042/",
}

REQUEST = {"ticket": "1042", "title": "Replace the switch", "url": "/nordlicht/portal/requests/1042/"}

CHANGES = [
    {"field": "Authorised hours", "kind": "hours", "old": 300, "new": 480, "in": "EUR"},
    {"field": "Rate per hour", "kind": "amount", "old": Decimal("60.00"), "new": Decimal("65.00"), "in": "EUR"},
    {"field": "Complete by", "kind": "moment", "old": "", "new": LATE, "in": "EUR"},
    {"field": "Instructions", "kind": "text", "old": "", "new": "Please ring twice.", "in": "EUR"},
]

# An estimate as its approver reads it: `most` is what it may come to with the tolerance (per cent), `waiting` the
# minutes already worked that are billed if it is accepted; `kind` of pricing is "hourly" or "fixed".
ESTIMATE = {
    "ticket": "1042",
    "title": "Replace the switch in Tallinn",
    "url": "/nordlicht/portal/requests/1042/estimate/",
    "version": 2,
    "pricing": "hourly",
    "minutes": 150,
    "waiting": 30,
    "net": Decimal("285.00"),
    "vat": Decimal("54.15"),
    "vat_rate": Decimal("19.00"),
    "gross": Decimal("339.15"),
    "most": Decimal("313.50"),
    "tolerance": 10,
    "currency": "EUR",
    "due": LATE,
}
