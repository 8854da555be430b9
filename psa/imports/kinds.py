"""The two passes over a file: the check, which does every row and undoes it, and the run, which leaves it done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from psa.batches import kinds
from psa.batches.models import Batch, BatchLine
from psa.imports import subjects
from psa.imports.models import Import
from psa.imports.subjects import Made
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused

CHECK, RUN = "imports.check", "imports.run"


class _Back(Exception):
    """Ends an attempt: nothing of it stays."""


class Rows(kinds.LineKind):
    """A pass over the rows of one file."""

    icon, capability, per_step = "upload", "import.run", 10

    def title(self, batch: Batch) -> str:
        return f"{self.label}: {batch.params['name']}"

    def back(self, batch: Batch) -> str:
        return reverse("imports:page", args=[batch.tenant.slug, batch.params["import"]])

    def make(self, batch: Batch, line: BatchLine, by: Actor) -> Made:
        """Do one row. Raises Refused, Denied."""
        subject = subjects.named(batch.params["subject"])
        if subject is None:
            raise Refused("import.subject_is_gone")
        if first := line.data.get("twice"):
            raise Refused("import.key_twice", row=first)
        subjects.checked(subject, line.data["values"])
        return subject.make(line.data["values"], by)


class CheckRows(Rows):
    """What the run would do, row by row; nothing of it stays."""

    code, label = CHECK, _("Check of an import")

    def each(self, batch: Batch, line: BatchLine, by: Actor) -> None:
        made: Made | None = None
        try:
            with transaction.atomic():
                made = self.make(batch, line, by)
                raise _Back
        except _Back:
            assert made is not None
            line.code = f"import.would_be_{made.outcome}"


class RunRows(Rows):
    """Bring every row in, each in its turn and once."""

    code, label = RUN, _("Import")

    def href(self, batch: Batch, line: BatchLine) -> str:
        subject = subjects.named(batch.params["subject"])
        return subject.href(batch.tenant.slug, line.subject_id) if subject and line.subject_id else ""

    def each(self, batch: Batch, line: BatchLine, by: Actor) -> None:
        made = self.make(batch, line, by)
        line.subject_id, line.code = made.pk, f"import.{made.outcome}"
        line.label = made.label[:200]


def lines(found: Import, subject: subjects.Subject) -> Iterator[BatchLine]:
    """A line for each row of the file; one that repeats an earlier row's key knows that row's number."""
    seen: dict[str, int] = {}
    # The headings are the file's first line.
    for number, cells in enumerate(found.rows, start=2):
        values = {code: cell.strip() for code, cell in zip(found.columns, cells, strict=False) if code}
        data: dict[str, Any] = {"values": values}
        if (who := subject.identity(values)) and seen.setdefault(who, number) != number:
            data["twice"] = seen[who]
        shown = " · ".join(filter(None, (values.get(one.code, "") for one in subject.fields)))
        yield BatchLine(label=f"{number}: {shown}"[:200], data=data)


def register() -> None:
    """Make both known."""
    kinds.register(CheckRows())
    kinds.register(RunRows())
