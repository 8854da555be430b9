"""The service partner's papers, told to the lead: it finds its partner's invoice filled in and only looks it through.

News of the contract, as its moves are: an event in the transaction that gives the paper its number, applied once, which
passes the closed tap of work that has ended. The lead is told number, day and the net amount of its own handover. The
paper itself follows in an event of its own once it is made, where nothing stands on it that is another lead's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from outsourcing import payloads
from outsourcing.models import AnnouncedInvoice, Handover, Side
from outsourcing.services import history
from psa.journal import journal
from psa.journal.models import Entry
from psa.lanes import lanes
from psa.tenancy.actor import Actor
from tickets.models import StoredFile
from tickets.services import files

ISSUED, CREDITED = "invoice_issued", "invoice_credited"
PAPERS = "invoice.papers"
LONGEST = 60
BETWEEN = ", "


@dataclass(frozen=True, slots=True)
class Paper:
    """An invoice or credit note of ours: its key, number and day, and what of it is for one handover: net, below
    nothing on a credit note, which names the invoice it `corrects`."""

    key: UUID
    number: str
    on: date
    amount: Decimal
    corrects: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the lead would enter as received: the partner's invoices together, less what was credited."""

    number: str
    on: date
    amount: Decimal


def connect() -> None:
    """Listen to the partner. Called once, when the app starts."""
    for name in (ISSUED, CREDITED):
        journal.subscribe(f"handover.{name}", keep)


def announce(handover: Handover, paper: Paper, *, by: Actor) -> None:
    """Tell the lead of a paper for this handover, in the transaction that issues it."""
    history.news(
        handover,
        CREDITED if paper.corrects else ISSUED,
        by=by,
        paper=str(paper.key),
        number=paper.number,
        on=paper.on.isoformat(),
        amount=str(paper.amount),
        corrects=paper.corrects,
    )


def keep(entry: Entry) -> None:
    """The lead's half: the paper is kept, once. Part of the transaction that brings the news."""
    told = entry.data
    if told["side"] != Side.LEAD:
        return
    AnnouncedInvoice.objects.get_or_create(
        handover=Handover.objects.get(key=told["handover"]),
        paper=told["paper"],
        defaults={
            "number": told["number"][:LONGEST],
            "date": date.fromisoformat(told["on"]),
            "amount": Decimal(told["amount"]),
            "corrects": told["corrects"][:LONGEST],
        },
    )


def hand_over(handover: Handover, paper: UUID, *, pdf: StoredFile, xml: StoredFile | None = None) -> None:
    """Send the lead what an announced paper was made into, in the transaction that keeps it. The bytes are immutable:
    where they are travels, with their size and hash."""
    if lane := lanes.lane_of(handover.channel, handover.service_id, handover.lead_id):
        files = {name: payloads.stored(file) for name, file in (("pdf", pdf), ("xml", xml)) if file is not None}
        lanes.emit(lane, PAPERS, {"paper": str(paper), "files": files}, move=True)


@transaction.atomic
def receive_papers(handover: Handover, paper: str, sent: Mapping[str, Any], *, by: Actor) -> None:
    """The lead's half: rows of our own for the partner's bytes, once, beside what it announced. Raises
    Refused("file_too_large")."""
    for file in sent.values():
        files.check_size(file["size"])
    rows = AnnouncedInvoice.objects.select_for_update(of=("self",), no_key=True)
    row = rows.filter(handover=handover, paper=paper).first()
    if row is None or row.file_id is not None:
        return
    row.file = files.share(**sent["pdf"])
    row.xml = files.share(**sent["xml"]) if "xml" in sent else None
    row.save(update_fields=["file", "xml"])
    history.told(handover, "papers_arrived", by=by, number=row.number)


def paper_of(handover: Handover, paper: UUID) -> AnnouncedInvoice | None:
    """What the partner announced under this key for a handover of ours, with what was sent of it."""
    rows = AnnouncedInvoice.objects.filter(handover=handover, paper=paper)
    return rows.select_related("file", "xml").first()


def announced(handover: Handover) -> list[AnnouncedInvoice]:
    """The partner's papers for a handover of ours, the oldest first."""
    return list(AnnouncedInvoice.objects.filter(handover=handover).order_by("pk"))


def offer(papers: list[AnnouncedInvoice]) -> Offer | None:
    """What these papers come to; None where nothing is billed by them, or not any more."""
    owed = [(one, amount) for one in papers if not one.is_credit and (amount := _left(one, papers)) > 0]
    if not owed:
        return None
    numbers = BETWEEN.join(one.number for one, _amount in owed)
    return Offer(numbers[:LONGEST], owed[-1][0].date, sum((amount for _one, amount in owed), Decimal(0)))


def is_credited(papers: list[AnnouncedInvoice], number: str) -> bool:
    """Whether the partner took back all of what was entered under this number. What it never announced it did not."""
    named = [one for one in papers if not one.is_credit and one.number in number.split(BETWEEN)]
    return bool(named) and all(_left(one, papers) <= 0 for one in named)


def _left(invoice: AnnouncedInvoice, papers: list[AnnouncedInvoice]) -> Decimal:
    """What of an invoice is still owed, after its credit notes."""
    return invoice.amount + sum((one.amount for one in papers if one.corrects == invoice.number), Decimal(0))
