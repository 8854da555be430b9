"""Taking a file in, saying what its columns are, having it checked, and running it once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from psa.batches import batches
from psa.batches.models import Batch, BatchLine, BatchState
from psa.imports import kinds, reading, subjects
from psa.imports.models import Import
from psa.journal.journal import record
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused

# A file nobody ran is thrown away after so long.
KEPT = timedelta(days=7)


@transaction.atomic
def take(subject: subjects.Subject, name: str, data: bytes, *, by: Actor) -> Import:
    """A new file; its columns as last time with the same headings, else guessed. Raises Denied, Refused."""
    by.require("import.run")
    sheet = reading.read(data)
    Import.objects.filter(ran_at=None, created_at__lt=timezone.now() - KEPT).delete()
    before = Import.objects.filter(subject=subject.code, heads=sheet.heads).order_by("-pk").first()
    found = Import.objects.create(
        subject=subject.code,
        name=name[:200],
        member_id=by.membership_id,
        heads=sheet.heads,
        rows=sheet.rows,
        columns=before.columns if before else subjects.guess(subject, sheet.heads),
    )
    record(found, "import.uploaded", by=by, subject=subject.code, rows=len(sheet.rows))
    return found


@transaction.atomic
def check(found: Import, columns: Sequence[str], *, by: Actor) -> Batch:
    """Say what the columns are and try every row without leaving anything. Raises Denied, Refused.

    An earlier check says nothing about other columns any more: it is stopped.
    """
    by.require("import.run")
    locked = _locked(found)
    subject = _subject(locked)
    _fits(subject, locked, columns)
    if locked.check_batch and locked.check_batch.is_open:
        batches.cancel(locked.check_batch, by=by)
    locked.columns = list(columns)
    locked.check_batch = _start(kinds.CHECK, locked, subject, by)
    locked.save(update_fields=["columns", "check_batch"])
    return locked.check_batch


@transaction.atomic
def run(found: Import, *, by: Actor) -> Batch:
    """Bring the rows in, as they were checked; the file's rows go over to the run. Raises Denied, Refused."""
    by.require("import.run")
    locked = _locked(found)
    if locked.check_batch is None or locked.check_batch.state != BatchState.DONE:
        raise Refused("import.not_checked")
    locked.run_batch = _start(kinds.RUN, locked, _subject(locked), by)
    locked.ran_at, rows, locked.rows = timezone.now(), len(locked.rows), []
    locked.save(update_fields=["run_batch", "ran_at", "rows"])
    record(locked, "import.ran", by=by, subject=locked.subject, rows=rows)
    return locked.run_batch


def report(batch: Batch) -> dict[str, int]:
    """How many rows came to each result; "" are those that wait. One statement."""
    rows = BatchLine.objects.filter(batch=batch).order_by()
    found = rows.values_list("state", "code").annotate(number=Count("pk"))
    said: dict[str, int] = {}
    for state, code, number in found:
        name = code.removeprefix("import.would_be_").removeprefix("import.") if state == "done" else state
        said[name] = said.get(name, 0) + number
    return said


def _locked(found: Import) -> Import:
    locked: Any = Import.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk)
    if locked.ran_at is not None:
        raise Refused("import.ran_already")
    return locked


def _subject(found: Import) -> subjects.Subject:
    subject = subjects.named(found.subject)
    if subject is None:
        raise Refused("import.subject_is_gone")
    return subject


def _fits(subject: subjects.Subject, found: Import, columns: Sequence[str]) -> None:
    """Every column is one of the subject's or none, none twice, and what is needed is among them. Raises Refused."""
    chosen = [code for code in columns if code]
    if len(columns) != len(found.heads) or any(subject.field(code) is None for code in chosen):
        raise Refused("import.columns_changed")
    for code in chosen:
        if chosen.count(code) > 1:
            raise Refused("import.column_twice", field=f"{subject.code}.{code}")
    missing = [one.code for one in subject.fields if one.is_needed and one.code not in chosen]
    if missing:
        raise Refused("import.column_missing", field=f"{subject.code}.{missing[0]}")
    if subject.known_by and not set(subject.known_by) & set(chosen):
        raise Refused("import.no_key_column", fields=[f"{subject.code}.{code}" for code in subject.known_by])


def _start(kind: str, found: Import, subject: subjects.Subject, by: Actor) -> Batch:
    params = {"import": found.pk, "subject": found.subject, "name": found.name}
    return batches.start(kind, by=by, lines=kinds.lines(found, subject), params=params)
