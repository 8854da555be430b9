"""What the life of a request adds to the ticket list: who waits for an answer, a decision, a deployment, a bill."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from psa.tenancy.actor import Actor
from tickets import carrying, columns
from tickets.models import DispatcherTask, Status
from workflows.models import SharedRequest


def _answer(rows: QuerySet, by: Actor) -> QuerySet:
    return rows.filter(is_open=True, answer_needed_since__isnull=False)


def _undecided(rows: QuerySet, by: Actor) -> QuerySet:
    return rows.filter(Exists(DispatcherTask.objects.filter(ticket=OuterRef("pk")).open()))


def _unsettled(rows: QuerySet, by: Actor) -> QuerySet:
    return rows.filter(status=Status.INVOICE)


def _may(capability: str) -> Any:
    return lambda by: not by.is_portal and bool(by.can(capability))


def register() -> None:
    """Offer the views, and say which tickets wait for a decision."""
    for code, label, icon, rows, needed in (
        ("answer-needed", _("Answer needed"), "message-circle-question-mark", _answer, "note.publish_to_customer"),
        ("decisions", _("Needs a decision"), "triangle-alert", _undecided, "ticket.override"),
        ("to-settle", _("To settle"), "receipt", _unsettled, "billing.post"),
    ):
        columns.view(columns.ExtraView(code, label, icon, rows, _may(needed)))
    carrying.register("shared", lambda: SharedRequest.objects.filter(ticket=OuterRef("pk")))
    carrying.register("decisions", lambda: DispatcherTask.objects.filter(ticket=OuterRef("pk")).open())
