"""What a partner's labour costs the lead: one charge on its ticket, made with the settlement (outsourcing spec §9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from outsourcing.links import links
from outsourcing.models import LeadSide, Side, Statement
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web.figures import hours
from tickets import guards
from tickets.models import Audience, Charge, ChargeCategory, Item, Ticket
from tickets.services import items

# A handover is settled once; a flat amount that was agreed on afterwards makes it twice.
MOST = 9


def key_of(handover: UUID, number: int) -> UUID:
    """The key of the charge that stands for this statement: told twice, it is the same charge."""
    return uuid5(handover, f"cost:{number}")


def keys_of(handover: UUID) -> set[UUID]:
    """The keys a charge for the cost of this handover can have."""
    return {key_of(handover, number) for number in range(1, MOST + 1)}


def on_settled(entry: Entry) -> None:
    """Our statement of work we gave away was written: its labour becomes one charge nobody is billed for. A later
    statement brings another one in its place; the former stays to be seen as taken back. Part of the author's
    transaction, under the ticket's lock."""
    if entry.data["side"] != Side.LEAD:
        return
    key, number = UUID(entry.data["handover"]), entry.data["number"]
    side = LeadSide.objects.select_related("handover", "ticket__tenant").get(handover__key=key)
    statement = Statement.objects.get(handover=side.handover, side=Side.LEAD, number=number)
    if Charge.objects.filter(key=key_of(key, number)).exists():
        return
    by = Actor.system("settlement").because(entry)
    for former in Charge.objects.filter(key__in=keys_of(key), removed_at=None):
        items.take_back(former, by=by)
    if statement.labour:
        items.hang(_charge(side, statement, by), side.ticket, by=by)


def _charge(side: LeadSide, statement: Statement, by: Actor) -> Charge:
    """The charge in the words of the company's language: it is kept, and read by everybody there."""
    with translation.override(side.ticket.tenant.language or "en"):
        named = {"partner": side.handover.service_name, "number": statement.number}
        return Charge(
            key=key_of(side.handover.key, statement.number),
            ticket=side.ticket,
            audience=Audience.INTERNAL,
            author_name=by.name,
            made_at=timezone.now(),
            category=ChargeCategory.OTHER,
            name=(_("Work of %(partner)s, settlement %(number)s") % named)[:160],
            unit_price=statement.labour,
            currency=statement.currency,
            is_billable=False,
            text="\n".join(_lines(statement)),
        )


def _lines(statement: Statement) -> Iterator[str]:
    """What the amount is made of: the hours to bill, and each offset with its day and author."""
    document: dict[str, Any] = statement.document
    yield _("Payable labour for %(hours)s, not billed to the customer.") % {"hours": hours(statement.minutes)}
    if document["part"] is not None:
        yield _("%(part)s %% of the flat amount is paid.") % {"part": document["part"]}
    for one in document["entries"]:
        if one["offset"]:
            on = date_format(date.fromisoformat(one["day"]), "SHORT_DATE_FORMAT")
            told = {"day": on, "offset": hours(one["offset"]), "by": one["by"]}
            yield _("Offset of %(day)s: %(offset)s (%(by)s)") % told


def stays(ticket: Ticket, verb: str, found: Sequence[Item], by: Actor) -> guards.Refusals:
    """Nobody edits or removes the charge for a partner's labour: it says what the settlement says (a guard)."""
    mine = [item for item in found if isinstance(item, Charge) and not item.is_billable and item.author_id is None]
    if not mine:
        return {}
    costs = {key: link for link in links(ticket) if link.is_lead for key in keys_of(link.handover.key)}
    return {
        item: Refused("cost_follows_settlement", partner=costs[item.key].partner) for item in mine if item.key in costs
    }


def current(ticket: Ticket, handover: UUID) -> Charge | None:
    """The charge that stands for the cost of a handover now."""
    return Charge.objects.filter(ticket=ticket, key__in=keys_of(handover), removed_at=None).first()
