"""A settlement statement as its page shows it: final or so far, the same for both companies or not (§9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from outsourcing.labels import INVOICES, invoice_state
from outsourcing.links import Link
from outsourcing.models import AnnouncedInvoice, PartnerInvoice, Side, Statement
from outsourcing.services import announcing, statements
from tickets.models import ChargeCategory

SKIPPED = {
    "note": _("Note"),
    "attachment": _("File"),
    "timeentry": _("Time"),
    "charge": _("Charge"),
    "checklistitem": _("Checklist item"),
}


@dataclass(slots=True)
class Paper:
    """A statement on a page. `agreement` says whether both sides wrote the same: "same", "unequal" or "waiting"."""

    document: Mapping[str, Any]
    link: Link
    agreement: str = ""
    written: Statement | None = None

    @property
    def is_provisional(self) -> bool:
        """Nothing is settled yet: these are the figures so far."""
        return self.written is None

    @property
    def sums(self) -> dict[str, Any]:
        """The sums as Decimals, the minutes as a number."""
        found = self.document["sums"]
        return {name: value if name == "minutes" else Decimal(value) for name, value in found.items()}

    @property
    def ended_at(self) -> datetime | None:
        at = self.document["ended_at"]
        return datetime.fromisoformat(at) if at else None

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [{**one, "day": date.fromisoformat(one["day"])} for one in self.document["entries"]]

    @property
    def charges(self) -> list[dict[str, Any]]:
        """Those that count, each with its category in the reader's language."""
        named = dict(ChargeCategory.choices)
        return [{**one, "category": named.get(one["category"], "")} for one in self.document["charges"]]

    @property
    def terms(self) -> list[dict[str, Any]]:
        return [{**one, "since": date.fromisoformat(one["since"])} for one in self.document["terms"]]

    @property
    def in_force(self) -> Mapping[str, Any]:
        """The version agreed last: it says how the work is paid and what is authorised."""
        return self.document["terms"][-1]

    @property
    def is_flat(self) -> bool:
        return self.in_force["flat_amount"] is not None

    @property
    def lost(self) -> list[dict[str, Any]]:
        return [{**one, "kind": SKIPPED.get(one["kind"], "")} for one in self.document["lost"]]


def of(link: Link) -> Paper:
    """The statement our side wrote; before the end, or before our side heard of it, what it would be now."""
    ours, theirs = statements.of_side(statements.both(link.handover), link.side)
    if ours is None:
        return Paper(statements.draw_up(link)[0], link)
    if theirs is not None and theirs.sha256 == ours.sha256:
        return Paper(ours.document, link, "same", ours)
    is_behind = theirs is None or theirs.number != ours.number
    return Paper(ours.document, link, "waiting" if is_behind else "unequal", ours)


def invoice_of(link: Link) -> PartnerInvoice | None:
    """The partner's invoice, where we are the lead and it came."""
    return PartnerInvoice.objects.filter(handover=link.handover).first() if link.is_lead else None


@dataclass(frozen=True, slots=True)
class Owed:
    """Where the partner's invoice stands: what the partner announced of its papers, and what we entered as received."""

    paper: Paper
    papers: list[AnnouncedInvoice]
    entered: PartnerInvoice | None

    @property
    def offer(self) -> announcing.Offer | None:
        """What the partner's papers come to."""
        return announcing.offer(self.papers)

    @property
    def badge(self) -> Any:
        """expected → announced → received → paid."""
        is_paid = self.entered is not None and self.entered.paid_on is not None
        return INVOICES.badge(invoice_state(self.entered is not None, is_paid, self.offer is not None))

    @property
    def difference(self) -> Decimal | None:
        """How much more the invoice says than the statement; None where they agree, or nobody can tell yet."""
        invoice = self.entered or self.offer
        if invoice is None or self.paper.written is None:
            return None
        return invoice.amount - self.paper.written.total or None

    @property
    def is_credited(self) -> bool:
        """Whether the partner took back what we entered: it is not to be paid."""
        return self.entered is not None and announcing.is_credited(self.papers, self.entered.number)

    @property
    def is_overtaken(self) -> bool:
        """Whether the partner's papers come to something else than what we entered: one was credited, or another one
        followed."""
        if self.entered is None or not self.papers:
            return False
        return self.offer is None or self.is_credited or self.offer.amount != self.entered.amount


def owed(paper: Paper) -> Owed | None:
    """The partner's invoice of a handover of ours; None where we are the partner."""
    if paper.link.side != Side.LEAD:
        return None
    return Owed(paper, announcing.announced(paper.link.handover), invoice_of(paper.link))
