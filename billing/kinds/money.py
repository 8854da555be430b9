"""What billing does in batches: approving, giving back and posting many at once, each row on its own."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from billing.models import BillingItem
from billing.services import approving, posting
from psa.batches import kinds
from psa.batches.models import Batch, BatchLine, LineState
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import Charge, Ticket, TimeEntry

TIME, CHARGES, ITEMS = "billing.time", "billing.charges", "billing.items"
DONE = {
    "approve": gettext_lazy("Approve"),
    "return": gettext_lazy("Give back"),
    "post": gettext_lazy("Post"),
    "contract": gettext_lazy("Use the contract in force"),
}


# What was asked for and is so already: the same form came twice, or somebody else was quicker (N3).
ALREADY = {"approve": "approved_already", "post": "posted_already"}


class Decide(kinds.LineKind):
    """The same decision for each row of a selection, a transaction each."""

    icon, capability = "badge-check", "time.approve"
    can: ClassVar[tuple[str, ...]] = ()

    def title(self, batch: Batch) -> str:
        many = ngettext("%(n)s entry", "%(n)s entries", batch.total) % {"n": batch.total}
        return f"{DONE[batch.params['do']]} – {many}"

    def back(self, batch: Batch) -> str:
        return batch.params.get("back", "")

    def each(self, batch: Batch, line: BatchLine, by: Actor) -> None:
        found = self.seen(by).filter(pk=line.subject_id).first()
        if found is None or batch.params["do"] not in self.can:
            raise Refused("item_is_gone")
        do = batch.params["do"]
        try:
            self.decide(found, do, batch.params.get("reason", ""), by)
        except Refused as refused:
            if refused.code != ALREADY.get(do):
                raise
            line.state, line.code = LineState.ALREADY, refused.code

    @abstractmethod
    def seen(self, by: Actor) -> QuerySet[Any]:
        """The rows this member may decide on."""

    @abstractmethod
    def decide(self, found: Any, do: str, reason: str, by: Actor) -> None:
        """One decision. Raises Refused, Denied."""


class _Work(Decide):
    can: ClassVar[tuple[str, ...]] = ("approve", "return", "contract")
    model: ClassVar[Any] = TimeEntry

    def seen(self, by: Actor) -> QuerySet[Any]:
        rows = self.model.objects.filter(ticket__in=Ticket.objects.visible_to(by), removed_at=None)
        return rows.select_related("ticket__tenant")

    def href(self, batch: Batch, line: BatchLine) -> str:
        number = line.label.partition(" ")[0]
        return reverse("tickets:page", args=[batch.tenant.slug, int(number)]) if number.isdecimal() else ""

    def decide(self, found: Any, do: str, reason: str, by: Actor) -> None:
        match do:
            case "return":
                approving.give_back(found, reason, by=by)
            case "contract":
                approving.use_contract(found, by=by)
            case _:
                approving.approve(found, by=by)


class DecideTime(_Work):
    """Time entries: approved, given back, or put under the contract in force."""

    code, label = TIME, gettext_lazy("Decide on time")


class DecideCharges(_Work):
    """Charges: approved or given back."""

    code, label, can, model = CHARGES, gettext_lazy("Decide on charges"), ("approve", "return"), Charge


class DecideItems(Decide):
    """Approved items: posted or given back."""

    code, label, can = ITEMS, gettext_lazy("Decide on approved items"), ("post", "return")

    def seen(self, by: Actor) -> QuerySet[BillingItem]:
        found: QuerySet[BillingItem] = BillingItem.objects.decided_by(by)
        return found

    def href(self, batch: Batch, line: BatchLine) -> str:
        return reverse("billing:posted_item", args=[batch.tenant.slug, line.subject_id]) if line.subject_id else ""

    def decide(self, found: BillingItem, do: str, reason: str, by: Actor) -> None:
        if do == "post":
            posting.post([found], by=by)
            return
        thing = found.entry or found.charge
        if thing is None:
            raise Refused("not_returnable")
        approving.give_back(thing, reason, by=by)


def register() -> None:
    """Make these kinds known."""
    for kind in (DecideTime(), DecideCharges(), DecideItems()):
        kinds.register(kind)
