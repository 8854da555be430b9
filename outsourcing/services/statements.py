"""The settlement statement of a handover, made by each side of rows of its own (outsourcing spec §9).

What the service partner logged counts as the lead has it: its own entries where everything got there, and where an item
was given up or refused, what the lead took over of it last. So both read the same although neither asks the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from outsourcing import settlement
from outsourcing.links import Link
from outsourcing.models import (
    Handover,
    HandoverStatus,
    Move,
    Proposal,
    ProposalKind,
    ProposalStatus,
    Share,
    Side,
    Statement,
    Terms,
)
from outsourcing.services import history
from outsourcing.settlement import Charge, Entry, Lost, Settlement, Version
from psa.lanes.models import Event
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from tickets.models import Charge as ChargeRow
from tickets.models import TimeEntry

COUNTED = ("timeentry", "charge")
LOST = (Event.Outcome.SKIPPED, Event.Outcome.REFUSED)


def make(link: Link, *, by: Actor) -> Statement | None:
    """Write our side's statement of a handover that has just ended, once. Part of the transaction that ended it."""
    handover = link.handover
    mine = Statement.objects.filter(handover=handover, side=link.side)
    if not handover.is_ended or mine.exists():
        return None
    is_first = not Statement.objects.filter(handover=handover).exists()
    made = _write(link, 1, by)
    if is_first:
        _keep(handover, made)
    return made


def correct(link: Link, *, by: Actor) -> Statement | None:
    """Write our side's next statement once both agreed on the part of a flat amount; the former one stays as it is.

    Part of the transaction of the agreement, or of the news of it (outsourcing spec T13, T15, §9).
    """
    former = both(link.handover).get(link.side)
    if former is None or agreed_part(link.handover) is None:
        return None
    return _write(link, former.number + 1, by)


def _keep(handover: Handover, made: Statement) -> None:
    """What the scorecards of both sides sum up: the same for both, as the side that ended it wrote it down."""
    agreed = Terms.objects.filter(handover=handover, version=handover.terms_version)
    handover.minutes, handover.minutes_authorised = made.minutes, agreed.values_list("authorised_minutes", flat=True)[0]
    handover.save(update_fields=["minutes", "minutes_authorised"])


def _write(link: Link, number: int, by: Actor) -> Statement:
    handover = link.handover
    made, found = draw_up(link)
    written = Statement.objects.create(
        number=number,
        handover=handover,
        lead_id=handover.lead_id,
        service_id=handover.service_id,
        side=link.side,
        sha256=settlement.fingerprint(made),
        document=made,
        currency=found.currency,
        minutes=found.minutes,
        labour=found.labour,
        charges=found.charges,
        total=found.payable,
    )
    history.told(handover, "settled", by=by, number=number)
    return written


def draw_up(link: Link) -> tuple[dict[str, Any], Settlement]:
    """The document as our rows give it now, and the figures in it; provisional while the handover runs."""
    handover = link.handover
    versions = [version_of(one) for one in Terms.objects.filter(handover=handover).order_by("version")]
    entries, charges = _rows(link)
    lost = [
        Lost(event.seq, event.payload.get("kind", ""), event.outcome, event.reason) for event in _lost_events(handover)
    ]
    if not link.is_lead:
        entries, charges = _as_delivered(link, entries, charges)
    agreed = agreed_part(handover)
    found = settlement.settle(
        versions,
        list(entries.values()),
        list(charges.values()),
        lost,
        is_whole=handover.status != HandoverStatus.RETURNED,
        part=_part(handover) if agreed is None else agreed,
        is_agreed=agreed is not None,
    )
    return settlement.document(_head(handover), versions, found), found


def both(handover: Handover) -> dict[str, Statement]:
    """The newest statement of each side, by side."""
    return {one.side: one for one in Statement.objects.filter(handover=handover).order_by("number")}


def are_disputed(handover: Handover) -> bool:
    """Whether the two sides wrote something else under the same number; one that is a number behind still follows."""
    found = list(both(handover).values())
    return len({one.number for one in found}) == 1 and len({one.sha256 for one in found}) > 1


def _head(handover: Handover) -> dict[str, Any]:
    return {
        "handover": str(handover.key),
        "lead": handover.lead_name,
        "lead_number": handover.lead_number,
        "service": handover.service_name,
        "service_number": handover.service_number,
        "title": handover.title,
        "end": handover.status if handover.is_ended else "",
        "ended_at": handover.ended_at.astimezone(UTC).isoformat() if handover.ended_at else "",
    }


def version_of(row: Terms) -> Version:
    """One version of the terms as the settlement reckons with it."""
    return Version(
        number=row.version,
        sha256=row.sha256,
        since=row.made_at.astimezone(UTC).date(),
        currency=row.currency,
        cost_rate=row.cost_rate,
        flat_amount=row.flat_amount,
        step_minutes=row.step_minutes,
        authorised_minutes=row.authorised_minutes,
        authorised_charges=row.authorised_charges,
        not_to_exceed=row.not_to_exceed,
    )


def agreed_part(handover: Handover) -> int | None:
    """The part of the flat amount both sides agreed on, in per cent; None while they did not."""
    found = Proposal.objects.filter(handover=handover, kind=ProposalKind.PART, status=ProposalStatus.ACCEPTED)
    return found.values_list("part", flat=True).first()


def _part(handover: Handover) -> int | None:
    """The part of a flat amount that was proposed with the end (T13, T15)."""
    ends = Move.objects.filter(handover=handover, to_status=HandoverStatus.RETURNED)
    last = ends.order_by("-id").values_list("data", flat=True).first()
    return (last or {}).get("part")


# Rows -----------------------------------------------------------------------------------------------------------------
Entries = dict[UUID, Entry]
Charges = dict[UUID, Charge]


def _rows(link: Link) -> tuple[Entries, Charges]:
    """Time and charges of the service partner: the lead's copies, or the service side's own that were shared."""
    asked = {"ticket": link.own.ticket_id, "handover": link.handover.key, "removed_at": None}
    asked["received_at__isnull"] = not link.is_lead
    company = link.handover.service_name
    entries = {row.key: _entry(row, company) for row in TimeEntry.objects.filter(**asked)}
    charges = {row.key: _charge(row, company) for row in ChargeRow.objects.filter(**asked)}
    if not link.is_lead and (entries or charges):
        shared = Share.objects.filter(handover=link.handover.key, is_wanted=True, version_sent__gt=0)
        sent = set(shared.filter(kind__in=COUNTED).values_list("item", flat=True))
        entries = {key: one for key, one in entries.items() if key in sent}
        charges = {key: one for key, one in charges.items() if key in sent}
    return entries, charges


def _entry(row: TimeEntry, company: str) -> Entry:
    return Entry(row.key, row.worked_on, row.made_at, row.minutes, row.offset_minutes, row.text, _author(row, company))


def _charge(row: ChargeRow, company: str) -> Charge:
    author = _author(row, company)
    return Charge(
        row.key, row.made_at, row.name, row.quantity, row.unit, row.unit_price, row.currency, author, row.category
    )


def _author(row: TimeEntry | ChargeRow, company: str) -> str:
    """Who logged it, without the company a copy's author is shown with."""
    return row.author_name.removesuffix(f" ({company})") if row.is_copy else row.author_name


# What got there -------------------------------------------------------------------------------------------------------
def _lost_events(handover: Handover) -> list[Event]:
    """Items of the service partner's that were given up or refused, in the order they were sent."""
    sent = Event.objects.filter(lane__channel=handover.channel, source_id=handover.service_id, item__isnull=False)
    return list(sent.filter(outcome__in=LOST).order_by("seq"))


def _as_delivered(link: Link, entries: Entries, charges: Charges) -> tuple[Entries, Charges]:
    """Our items as the lead has them: one of which an event was lost counts as the last event that arrived says."""
    assert scope.tenant_id() == link.handover.service_id
    touched = {event.item for event in _lost_events(link.handover)}
    if not touched:
        return entries, charges
    entries = {key: one for key, one in entries.items() if key not in touched}
    charges = {key: one for key, one in charges.items() if key not in touched}
    for key, payload in _arrived(link.handover, touched).items():
        if payload["made_as"] == "timeentry":
            entries[key] = _sent_entry(key, payload)
        elif payload["made_as"] == "charge":
            charges[key] = _sent_charge(key, payload)
    return entries, charges


def _arrived(handover: Handover, keys: Sequence[Any] | set[Any]) -> Mapping[UUID, dict[str, Any]]:
    """What the lead took over last of each of these items; nothing of those it was told to withdraw."""
    sent = Event.objects.filter(lane__channel=handover.channel, source_id=handover.service_id, item__in=keys)
    found: dict[UUID, dict[str, Any]] = {}
    for event in sent.filter(outcome=Event.Outcome.APPLIED, is_emptied=False).order_by("seq"):
        assert event.item is not None  # item__in
        if event.kind == "item.put":
            found[event.item] = event.payload
        else:
            found.pop(event.item, None)
    return found


def _sent_entry(key: UUID, payload: dict[str, Any]) -> Entry:
    fields, at = payload["fields"], datetime.fromisoformat(payload["made_at"])
    day = date.fromisoformat(fields["worked_on"])
    return Entry(key, day, at, fields["minutes"], fields["offset_minutes"], fields["text"], payload["author"])


def _sent_charge(key: UUID, payload: dict[str, Any]) -> Charge:
    fields, at = payload["fields"], datetime.fromisoformat(payload["made_at"])
    price, quantity = Decimal(fields["unit_price"]), Decimal(fields["quantity"])
    said = fields["unit"], price, fields["currency"], payload["author"], fields.get("category", "other")
    return Charge(key, at, fields["name"], quantity, *said)


def of_side(statements: Mapping[str, Statement], side: str) -> tuple[Statement | None, Statement | None]:
    """Ours and theirs."""
    other = Side.SERVICE if side == Side.LEAD else Side.LEAD
    return statements.get(side), statements.get(other)
