"""How a partnership goes, in six figures; both companies read the same, for they come from rows both read (§8)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Avg,
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Q,
    Sum,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from outsourcing.dashboards.reports import mine, on_time, rows
from outsourcing.models import HandoverStatus, Partnership, Side, Terms
from psa.tenancy.actor import Actor

S = HandoverStatus
PERIOD = timedelta(days=365)
OPEN = (S.ASSIGNED, S.ACCEPTED, S.IN_PROGRESS, S.WAITING_APPROVAL)


@dataclass(slots=True)
class Score:
    """The figures of one partnership over the offers sent since `since`. Parts and wholes; a part of nothing is None.

    answer: mean time from sending to accepted or declined. accepted of answered: of accepted, declined and expired.
    right of complete: completed without a rejection. in_time of dated: complete with a date, submitted by then.
    minutes of authorised: to bill in the statements, of the minutes their last terms authorised. open_value: what
    the offers out and the work running authorise, net, by currency.
    """

    partnership: Partnership
    since: date
    sent: int = 0
    answer: timedelta | None = None
    accepted: int = 0
    answered: int = 0
    right: int = 0
    complete: int = 0
    in_time: int = 0
    dated: int = 0
    minutes: int = 0
    authorised: int = 0
    open_number: int = 0
    open_value: dict[str, Decimal] = field(default_factory=dict)

    @property
    def acceptance(self) -> int | None:
        return percent(self.accepted, self.answered)

    @property
    def first_time_right(self) -> int | None:
        return percent(self.right, self.complete)

    @property
    def on_time(self) -> int | None:
        return percent(self.in_time, self.dated)

    @property
    def hours(self) -> int | None:
        return percent(self.minutes, self.authorised)

    def figures(self) -> tuple[Any, ...]:
        """Everything both sides must agree on."""
        names = [name for name in self.__slots__ if name != "partnership"]
        return tuple(getattr(self, name) for name in names)


def percent(part: int, whole: int) -> int | None:
    """A share in whole per cent, None of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else None


def scores(side: Side, by: Actor, key: Any = None) -> list[Score]:
    """The scores of all our partners on this side, or of one partnership; two statements and the partnerships."""
    known = Partnership.objects.filter(**mine(side, by))
    known = known.order_by("service_name" if side == Side.LEAD else "lead_name")
    if key is not None:
        known = known.filter(key=key)
    since = timezone.now().astimezone(UTC).date() - PERIOD
    found = {one.pk: Score(one, since) for one in known}
    sent = rows(side, by).filter(partnership__in=list(found), sent_at__gte=_start(since))
    _how_it_went(found, sent)
    _open_value(found, rows(side, by).filter(partnership__in=list(found), status__in=OPEN))
    return list(found.values())


def _start(day: date) -> datetime:
    """A day begins at the same moment for both sides: at midnight UTC."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def _how_it_went(found: dict[int, Score], sent: Any) -> None:
    answered_at = Coalesce("accepted_at", Case(When(status=S.DECLINED, then=F("ended_at"))))
    took = ExpressionWrapper(answered_at - F("sent_at"), output_field=DurationField())
    done, dated = Q(status=S.COMPLETE), Q(status=S.COMPLETE, complete_by__isnull=False)
    weighed = Q(minutes_authorised__gt=0)
    for one in (
        sent.order_by()
        .values("partnership")
        .annotate(
            sent=Count("sent_at"),
            answer=Avg(took),
            accepted=Count("accepted_at"),
            answered=Count("sent_at", filter=Q(accepted_at__isnull=False) | Q(status__in=[S.DECLINED, S.EXPIRED])),
            right=Count("sent_at", filter=done & Q(is_right=True)),
            complete=Count("sent_at", filter=done),
            in_time=Count("sent_at", filter=dated & on_time()),
            dated=Count("sent_at", filter=dated),
            used=Coalesce(Sum("minutes", filter=weighed), 0),
            allowed=Coalesce(Sum("minutes_authorised", filter=weighed), 0),
        )
    ):
        score = found[one.pop("partnership")]
        score.minutes, score.authorised = one.pop("used"), one.pop("allowed")
        for name, value in one.items():
            setattr(score, name, value)


def _open_value(found: dict[int, Score], running: Any) -> None:
    in_force = Terms.objects.filter(handover__in=running.values("pk"), version=F("handover__terms_version"))
    values: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for terms in in_force.select_related("handover").only(*MONEY):
        partnership = terms.handover.partnership_id
        before = values[partnership].get(terms.currency, Decimal("0.00"))
        values[partnership][terms.currency] = before + terms.total
        found[partnership].open_number += 1
    for partnership, sums in values.items():
        found[partnership].open_value = dict(sorted(sums.items()))


MONEY = (
    "handover__partnership",
    "rate_type",
    "currency",
    "cost_rate",
    "flat_amount",
    "authorised_minutes",
    "authorised_charges",
)


def side_of(partnership: Partnership, by: Actor) -> Side:
    """Which side of a partnership we are."""
    return Side.LEAD if partnership.lead_id == by.tenant_id else Side.SERVICE


def named(key: Any, by: Actor) -> tuple[Side, Score]:
    """The score of one of our partnerships. Raises Partnership.DoesNotExist for strangers."""
    side = side_of(Partnership.objects.get(key=key), by)
    return side, scores(side, by, key)[0]
