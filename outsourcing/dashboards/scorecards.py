"""How a partnership goes, in six figures; both companies read the same, for they come from rows both read (§8)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Avg,
    BooleanField,
    Case,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from outsourcing.dashboards.reports import on_time, rows, was_rejected
from outsourcing.models import HandoverStatus, Partnership, Side, Statement, Terms
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
    """The scores of all our partners on this side, or of one partnership; three statements and the partnerships."""
    mine = {"lead_id": by.tenant_id} if side == Side.LEAD else {"service_id": by.tenant_id}
    known = Partnership.objects.filter(**mine).order_by("service_name" if side == Side.LEAD else "lead_name")
    if key is not None:
        known = known.filter(key=key)
    since = timezone.now().astimezone(UTC).date() - PERIOD
    found = {one.pk: Score(one, since) for one in known}
    sent = rows(side, by).filter(partnership__in=list(found), sent_at__gte=_start(since))
    _how_it_went(found, sent)
    _hours(found, sent, side)
    _open_value(found, rows(side, by).filter(partnership__in=list(found), status__in=OPEN))
    return list(found.values())


def _start(day: date) -> datetime:
    """A day begins at the same moment for both sides: at midnight UTC."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def _how_it_went(found: dict[int, Score], sent: Any) -> None:
    answered_at = Coalesce("accepted_at", Case(When(status=S.DECLINED, then=F("ended_at"))))
    took = ExpressionWrapper(answered_at - F("sent_at"), output_field=DurationField())
    done, dated = Q(status=S.COMPLETE), Q(status=S.COMPLETE, complete_by__isnull=False)
    counted = sent.annotate(rejected=ExpressionWrapper(was_rejected(), BooleanField())).order_by().values("partnership")
    for one in counted.annotate(
        sent=Count("pk"),
        answer=Avg(took),
        accepted=Count("pk", filter=Q(accepted_at__isnull=False)),
        answered=Count("pk", filter=Q(accepted_at__isnull=False) | Q(status__in=[S.DECLINED, S.EXPIRED])),
        right=Count("pk", filter=done & Q(rejected=False)),
        complete=Count("pk", filter=done),
        in_time=Count("pk", filter=dated & on_time()),
        dated=Count("pk", filter=dated),
    ):
        score = found[one.pop("partnership")]
        for name, value in one.items():
            if name != "rejected":
                setattr(score, name, value)


def _hours(found: dict[int, Score], sent: Any, side: Side) -> None:
    terms = Terms.objects.filter(handover=OuterRef("handover"), version=OuterRef("handover__terms_version"))
    written = Statement.objects.filter(handover__in=sent.order_by().values("pk"), side=side, number=1)
    written = written.annotate(authorised=Subquery(terms.values("authorised_minutes")[:1])).filter(authorised__gt=0)
    summed = written.order_by().values("handover__partnership").annotate(used=Sum("minutes"), allowed=Sum("authorised"))
    for one in summed:
        score = found[one["handover__partnership"]]
        score.minutes, score.authorised = one["used"], one["allowed"]


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
