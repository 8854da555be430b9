"""What can be done in a batch: each kind says what it is called, who may start it, and what one step of it does.

class Assign(kinds.LineKind):
    code, label, icon, capability = "tickets.change", _("Change tickets"), "list-checks", "ticket.bulk"

    def each(self, batch, line, by):
        services.fields.change(…)          # raises Refused or Denied: the line says so, the batch goes on

kinds.register(Assign())
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import DataError, IntegrityError, transaction
from django.db.models import QuerySet

from psa.batches.models import Batch, BatchLine, BatchPiece, LineState
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused

log = logging.getLogger(__name__)


class Kind(ABC):
    """One kind of batch. A step runs in one transaction that holds the batch's row."""

    code: ClassVar[str] = ""
    label: ClassVar[Any] = ""
    icon: ClassVar[str] = "list-checks"
    capability: ClassVar[str] = ""
    sheet: ClassVar[str] = ""  # the name of the sheet it makes, without ending

    def title(self, batch: Batch) -> str:
        """What the batch is called on its page and in lists."""
        return str(self.label)

    def href(self, batch: Batch, line: BatchLine) -> str:
        """Where a line's subject is looked at."""
        return ""

    def seen(self, by: Actor) -> QuerySet[Any] | None:
        """The subjects of which `by` may read now, whatever was chosen before (A7); None where lines name none."""
        return None

    def back(self, batch: Batch) -> str:
        """Where the reader came from, "" if nowhere."""
        return ""

    @abstractmethod
    def step(self, batch: Batch, by: Actor) -> bool:
        """Do the next piece, count it on `batch`, and say whether there is more."""


class LineKind(Kind):
    """A kind that goes line by line; each line holds or is refused on its own."""

    per_step: ClassVar[int] = 1

    @abstractmethod
    def each(self, batch: Batch, line: BatchLine, by: Actor) -> None:
        """Do one line; it may set `label`, `code` and `detail` to say what came of it, and the state *already*
        where it was so before. Raises Refused or Denied."""

    def step(self, batch: Batch, by: Actor) -> bool:
        waiting: QuerySet[BatchLine] = BatchLine.objects.filter(batch=batch, state=LineState.WAITING)
        lines = list(waiting.order_by("position")[: self.per_step])
        for line in lines:
            try:
                with transaction.atomic():
                    self.each(batch, line, by)
                if line.state == LineState.WAITING:
                    line.state = LineState.DONE
            except Refused as refused:
                line.state, line.code, line.detail = LineState.REFUSED, refused.code, plain(refused.params)
            except Denied as denied:
                line.state, line.code, line.detail = LineState.REFUSED, "denied", {"capability": denied.capability}
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, DataError, IntegrityError):
                # Any other is the database's trouble and not the line's: the whole step is tried again.
                log.exception("A line of batch %s failed.", batch.pk)
                line.state, line.code, line.detail = LineState.REFUSED, "batch.line_failed", {}
            batch.done += 1
            batch.refused += line.state == LineState.REFUSED
            batch.already += line.state == LineState.ALREADY
            line.save(update_fields=["label", "state", "code", "detail", "subject_id"])
        return len(lines) == self.per_step


class SheetKind(Kind):
    """A kind that writes a sheet piece by piece."""

    @abstractmethod
    def piece(self, batch: Batch, by: Actor) -> tuple[str, bool]:
        """The next piece as text, and whether there is more; moves `batch.cursor` on and counts `batch.done`."""

    def sees(self, by: Actor) -> str:
        """What says which rows the sheet holds; once it is another, its starter gets the sheet no more (A7)."""
        return by.can(self.capability)

    def is_outdated(self, batch: Batch, by: Actor) -> bool:
        """Whether its starter may see something else by now than when the first piece was written."""
        return batch.member_id == by.membership_id and batch.params.get("sees", "") != self.sees(by)

    def step(self, batch: Batch, by: Actor) -> bool:
        batch.params = {"sees": self.sees(by), **batch.params}
        if self.is_outdated(batch, by):
            raise Refused("batch.rights_changed")
        content, more = self.piece(batch, by)
        position = BatchPiece.objects.filter(batch=batch).count()
        BatchPiece.objects.create(batch=batch, position=position, content=content)
        return more


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; in `AppConfig.ready`."""
    if kind.code in _kinds and type(_kinds[kind.code]) is not type(kind):
        raise ValueError(f"There are two kinds of batch called {kind.code}.")
    _kinds[kind.code] = kind


def named(code: str) -> Kind | None:
    """The kind of this code; None for one this process is too old, or too new, to know."""
    return _kinds.get(code)


def plain(params: Any) -> dict[str, Any]:
    """The parameters of a refusal as they can be kept."""
    return {key: value if isinstance(value, (int, str, bool, list)) else str(value) for key, value in params.items()}


def content(batch: Batch) -> Iterable[bytes]:
    """The sheet of a batch, piece by piece."""
    for position in BatchPiece.objects.filter(batch=batch).order_by("position").values_list("position", flat=True):
        yield BatchPiece.objects.values_list("content", flat=True).get(batch=batch, position=position).encode()
