"""What tests/access_stage.py has on its stage of appointments and licences."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from billing.models import Article, ContractLine
from billing.models.articles import ArticleKind
from billing.services import licences
from psa.directory.models import Contract
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from tickets.models import Ticket
from tickets.services import appointments, calendar_feeds

NINE, ELEVEN = datetime(2031, 3, 3, 9, tzinfo=UTC), datetime(2031, 3, 3, 11, tzinfo=UTC)
DAY = date(2026, 1, 5)


def visits_on_stage(canary: str, ticket: Ticket, other: Ticket, contract: Contract, by: Actor) -> dict[str, Any]:
    """A visit, a licence that waits and one that was returned, a product and a position of the contract."""
    member = Membership.objects.get(pk=by.membership_id)
    said = {"quantity": 2, "installed_on": DAY}
    calendar_feeds.renew(by=by)
    returned = licences.report(other, licences.Report(f"{canary} suite", **said), by=by)  # type: ignore[arg-type]
    return {
        "visit": appointments.plan(
            ticket, people=[member], starts_at=NINE, ends_at=ELEVEN, title=f"{canary} visit", by=by
        ),
        "licence": licences.report(other, licences.Report(f"{canary} office", change="extension", **said), by=by),  # type: ignore[arg-type]
        "returned": licences.give_back(returned, f"{canary} question", by=by),
        "article": Article.objects.create(number=f"{canary}1", name=f"{canary} licence", kind=ArticleKind.LICENCE),
        "position": ContractLine.objects.create(
            contract=contract,
            name=f"{canary} position",
            quantity=Decimal(5),
            unit_price=Decimal(10),
            starts_on=DAY,
            next_on=DAY,
        ),
    }
