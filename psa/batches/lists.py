"""The list of batches, and of the lines of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from psa.batches import kinds
from psa.batches.models import BATCH_LOOKS, LINE_LOOKS, BatchState, LineState
from psa.web import labels
from psa.web.lists import Choice, Column, List, Sort, row_link
from psa.web.refusals import sentence
from psa.web.templatetags.ui import ago, meter

STATES = labels.Table({state: labels.Label(state.label, *BATCH_LOOKS[state]) for state in BatchState})
OUTCOMES = labels.Table({state: labels.Label(state.label, *LINE_LOOKS[state]) for state in LineState})


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch as the list shows it."""

    id: int
    kind: str
    member: str
    state: str
    done: int
    total: int
    refused: int
    created_at: datetime
    slug: str


def _link(row: BatchRow) -> SafeString:
    kind = kinds.named(row.kind)
    return row_link(reverse("batches:page", args=[row.slug, row.id]), str(kind.label) if kind else row.kind)


BATCHES = List(
    "background",
    row=BatchRow,
    fields=("id", "kind", "member__name", "state", "done", "total", "refused", "created_at", "slug"),
    columns=(
        Column("kind", gettext_lazy("Task"), _link, css="cell-title"),
        Column("state", gettext_lazy("State"), lambda row: STATES.badge(row.state, plain=True), css="cell-nowrap"),
        Column(
            "done",
            gettext_lazy("Done"),
            lambda row: meter(row.done, row.total, "", "teal"),
            css="cell-nowrap",
            plain=lambda row: row.done,
        ),
        Column("refused", gettext_lazy("Refused"), lambda row: row.refused or "", css="cell-num cell-labelled"),
        Column("member", gettext_lazy("Person"), lambda row: row.member, css="cell-clip cell-hide"),
        Column("started", gettext_lazy("Started"), lambda row: ago(row.created_at), sort="started", css="cell-nowrap"),
    ),
    sorts=(Sort("started", gettext_lazy("Started"), "id", "int", descending=True),),
    filters=(Choice("state", gettext_lazy("State"), "state", STATES.choices()),),
    empty_title=gettext_lazy("Nothing runs in the background"),
    empty_text=gettext_lazy("Large exports, changes of many tickets and imports are found here for seven days."),
    empty_icon="list-checks",
)


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line as the page of its batch shows it."""

    id: int
    position: int
    subject_id: int | None
    label: str
    state: str
    code: str
    detail: Any
    is_seen: bool
    href: str = ""


def _subject(row: LineRow) -> SafeString | str:
    if not row.is_seen:
        return gettext("You may not see this entry any more.")
    return row_link(row.href, row.label) if row.href else row.label


def _outcome(row: LineRow) -> str:
    return sentence(row.code, row.detail) if row.code and row.is_seen else ""


LINES = List(
    "background-lines",
    row=LineRow,
    fields=("id", "position", "subject_id", "label", "state", "code", "detail", "is_seen"),
    columns=(
        Column("position", gettext_lazy("No."), lambda row: row.position + 1, css="cell-number"),
        Column("subject", gettext_lazy("Entry"), _subject, css="cell-title"),
        Column("state", gettext_lazy("Result"), lambda row: OUTCOMES.badge(row.state, plain=True), css="cell-nowrap"),
        Column("outcome", gettext_lazy("Remark"), _outcome),
    ),
    sorts=(Sort("position", gettext_lazy("Order"), "position", "int"),),
    filters=(Choice("state", gettext_lazy("Result"), "state", OUTCOMES.choices()),),
    empty_title=gettext_lazy("No entries"),
    empty_text=gettext_lazy("No entry of this task has this result."),
    empty_icon="list-checks",
)
