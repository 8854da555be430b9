"""The two reports and the scorecards: sums, for who holds All and for administrators (outsourcing spec §2, §8)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from outsourcing.dashboards import charts, reports, scorecards
from outsourcing.dashboards.scorecards import OPEN, Score
from outsourcing.models import Partnership, Side
from psa.web.access import needs
from psa.web.figures import hours, money, span


@require_safe
@needs("outsource.all")
def outsourced(request: Any) -> HttpResponseBase:
    """What we gave away, handover by handover."""
    return _report(request, Side.LEAD)


@require_safe
@needs("outsource.all")
def received(request: Any) -> HttpResponseBase:
    """What we did for others, handover by handover."""
    return _report(request, Side.SERVICE)


def _report(request: Any, side: Side) -> HttpResponseBase:
    listing = reports.open_report(request, side)
    context = {"title": reports.TITLES[side], "is_lead": side == Side.LEAD}
    return listing.answer("outsourcing/report.html", context)


@require_safe
@needs("outsource.all")
def scores(request: Any) -> HttpResponse:
    """Every partner's figures at a glance, on either side."""
    both = [(side, scorecards.scores(side, request.actor)) for side in (Side.LEAD, Side.SERVICE)]
    groups = [(side == Side.LEAD, [(one, values(one)) for one in found]) for side, found in both if found]
    return render(request, "outsourcing/scorecards.html", {"groups": groups})


@require_safe
@needs("outsource.all")
def score(request: Any, key: Any) -> HttpResponse:
    """One partner's scorecard: the picture, the table, what each figure means, and the list behind it."""
    try:
        side, found = scorecards.named(key, request.actor)
    except Partnership.DoesNotExist:
        raise Http404 from None
    context = {"score": found, "is_lead": side == Side.LEAD, "lines": lines(request, side, found)}
    context["chart"] = charts.bars(
        [
            (_("Acceptance rate"), found.acceptance, "teal"),
            (_("First time right"), found.first_time_right, "green"),
            (_("On time"), found.on_time, "blue"),
            (_("Hours against authorised"), found.hours, "violet"),
        ]
    )
    return render(request, "outsourcing/scorecard.html", context)


def values(found: Score) -> dict[str, str]:
    """The six figures in words."""

    def share(percent: int | None) -> str:
        return "–" if percent is None else f"{percent} %"

    open_value = " + ".join(money(value, currency) for currency, value in found.open_value.items())
    return {
        "answer": span(found.answer.total_seconds()) if found.answer is not None else "–",
        "acceptance": share(found.acceptance),
        "right": share(found.first_time_right),
        "on_time": share(found.on_time),
        "hours": share(found.hours),
        "open": open_value or "–",
    }


def lines(request: Any, side: Side, found: Score) -> list[tuple[str, str, str, str, str]]:
    """Each figure: name, value, what it is made of, what it means, and the list behind it."""
    who = "partner" if side == Side.LEAD else "lead"

    def at(**query: Any) -> str:
        return reports.address(request, side, **{who: found.partnership.key}, **query)

    since = {"sent_from": found.since.isoformat()}
    said = values(found)
    used = f"{hours(found.minutes)} / {hours(found.authorised)}"
    answered = at(answer=["accepted", "declined"], **since)
    return [
        (
            _("Time to answer"),
            said["answer"],
            str(found.answered),
            _("Mean time from sending an offer to accepting or declining it."),
            answered,
        ),
        (
            _("Acceptance rate"),
            said["acceptance"],
            f"{found.accepted} / {found.answered}",
            _("Offers accepted, of those that were accepted, declined or expired."),
            at(answer="accepted", **since),
        ),
        (
            _("First time right"),
            said["right"],
            f"{found.right} / {found.complete}",
            _("Handovers completed without a rejection, of all that were completed."),
            at(result="right", **since),
        ),
        (
            _("On time"),
            said["on_time"],
            f"{found.in_time} / {found.dated}",
            _("Submitted, or completed without a submission, by the agreed date; of those completed that had one."),
            at(delivery="on_time", **since),
        ),
        (
            _("Hours against authorised"),
            said["hours"],
            used,
            _("Hours to bill in the settlements, of the hours authorised for the same handovers."),
            at(status=["complete", "returned"], **since),
        ),
        (
            _("Open value"),
            said["open"],
            str(found.open_number),
            _("What the open offers and the running work authorise in all, net."),
            at(status=list(OPEN)),
        ),
    ]
