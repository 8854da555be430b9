"""What billing does for many customers at once: recurring runs and dunning, each customer or invoice by itself."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Invoice
from billing.services import dunning, recurring
from psa.batches import kinds
from psa.batches.models import Batch, BatchLine
from psa.directory.models import Company
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web.figures import money

RUN, DUN = "billing.recurring", "billing.dunning"


class RecurringRun(kinds.LineKind):
    """One draft for each customer of whom a period is due; a customer is one transaction."""

    code, label, icon, capability = RUN, gettext_lazy("Recurring run"), "rotate-ccw", "invoice.manage"

    def back(self, batch: Batch) -> str:
        return reverse("billing:recurring", args=[batch.tenant.slug])

    def href(self, batch: Batch, line: BatchLine) -> str:
        found = line.detail.get("invoice")
        return reverse("billing:invoice", args=[batch.tenant.slug, found]) if found else ""

    def seen(self, by: Actor) -> QuerySet[Company]:
        return Company.objects.visible_to(by)

    def each(self, batch: Batch, line: BatchLine, by: Actor) -> None:
        company = Company.objects.visible_to(by).filter(pk=line.subject_id).first()
        if company is None:
            raise Refused("company_is_gone")
        made = recurring.bill(company, date.fromisoformat(batch.params["until"]), by=by)
        if not made:
            line.code = "nothing_was_due"
            return
        sums = ", ".join(money(one.due, one.currency) for one in made)
        line.code, line.detail = "draft_was_drawn", {"invoice": made[0].pk, "sums": sums}


class DunningRun(kinds.LineKind):
    """The next letter for each invoice of a selection; an invoice is one transaction."""

    code, label, icon, capability = DUN, gettext_lazy("Dunning run"), "mail", "invoice.manage"

    def back(self, batch: Batch) -> str:
        return reverse("billing:overdue", args=[batch.tenant.slug])

    def href(self, batch: Batch, line: BatchLine) -> str:
        return reverse("billing:invoice", args=[batch.tenant.slug, line.subject_id])

    def seen(self, by: Actor) -> QuerySet[Invoice]:
        return Invoice.objects.visible_to(by)

    def each(self, batch: Batch, line: BatchLine, by: Actor) -> None:
        invoice = Invoice.objects.visible_to(by).filter(pk=line.subject_id).first()
        if invoice is None:
            raise Refused("invoice_moved_on")
        dunning.dun(invoice, by=by)


def register() -> None:
    """Make billing's kinds known."""
    kinds.register(RecurringRun())
    kinds.register(DunningRun())


def letter_name(level: int) -> str:
    """What a letter of this level is called."""
    names = {1: _("Reminder"), 2: _("First dunning letter"), 3: _("Second dunning letter")}
    return names.get(level, "–")
