"""Serial numbers on delivery notes: which of them are out with a customer already, and which pieces have none."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q

from billing.models import DeliveryLine, DeliveryStatus, PaperKind
from billing.services import delivery_lines
from psa.tenancy.errors import Refused

NOT_OUT = (DeliveryStatus.DRAFT, DeliveryStatus.CANCELLED)


def out_already(lines: Sequence[DeliveryLine]) -> dict[int, dict[str, str]]:
    """Of the lines of one delivery note the serial numbers of the same article that went out with another line and did
    not come back, each with the number of its note ("" for another line of the same draft), by the ids of the lines.
    Two statements."""
    named = [line for line in lines if line.article_id and line.serials]
    if not named:
        return {}
    rows = DeliveryLine.objects.filter(
        ~Q(note__status__in=NOT_OUT) | Q(note=named[0].note_id),
        article__in={line.article_id for line in named},
        note__kind=PaperKind.DELIVERY,
    ).exclude(serials=[])
    others = list(rows.values_list("pk", "article_id", "serials", "note__number").order_by("pk"))
    back = delivery_lines.serials_back([pk for pk, *_rest in others])
    found: dict[int, dict[str, str]] = {}
    for line in named:
        for pk, article, serials, number in others:
            if pk != line.pk and article == line.article_id:
                for one in set(serials) & set(line.serials) - back.get(pk, set()):
                    found.setdefault(line.pk, {})[one] = number
    return found


def check(lines: Sequence[DeliveryLine]) -> None:
    """No serial number goes out twice. Asked behind the lock of the range of numbers, so that two notes that are
    prepared at once see each other. Raises Refused("serial_is_out")."""
    found = out_already(lines)
    for line in lines:
        for serial, number in sorted(found.get(line.pk, {}).items()):
            raise Refused("serial_is_out", name=line.name, serial=serial, number=number)


def remark(lines: Sequence[Any]) -> None:
    """Say on the lines of a draft what is odd: `out` are the serial numbers that are out already, with their notes, and
    `nameless` is how many pieces of an article with serial numbers have none."""
    found = out_already(lines)
    for line in lines:
        line.out = sorted(found.get(line.pk, {}).items())
        line.nameless = nameless(line)


def nameless(line: DeliveryLine) -> Decimal:
    """How many pieces of an article with serial numbers have none on a line; 0 for other goods."""
    has_serials = line.article is not None and line.article.has_serials
    return line.quantity * line.factor - len(line.serials) if has_serials else Decimal(0)
