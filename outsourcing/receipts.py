"""What became of what we sent: how far an item is, what an event was about, and why a link hangs, in words (§6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing import payloads
from outsourcing.labels import lane_error
from outsourcing.links import Link, links
from outsourcing.models import Share
from outsourcing.services import partners
from outsourcing.services.erasing import ERASED
from psa.lanes.models import Event, Lane
from psa.tenancy.actor import Actor
from psa.web import refusals
from psa.web.figures import hours, moment, quantity
from tickets.models import Audience, Item, Ticket

SETTLED = ("outcome", "reason", "sent_at", "applied_at")


# Items ----------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Badge:
    """A word at one item: how far it got, with the rest of the receipt beside it."""

    label: Any
    colour: str
    icon: str
    title: Any = ""


HELD = Badge(
    gettext_lazy("Held, not shared"),
    "gray",
    "circle-pause",
    gettext_lazy("Held until the lead rejects or the work is recalled."),
)
KEPT = Badge(
    gettext_lazy("Kept on our side"), "gray", "eye-off", gettext_lazy("Stays here when the other held items go out.")
)
LOCAL = Badge(
    gettext_lazy("Not shared"),
    "gray",
    "eye-off",
    gettext_lazy("Written when the partner no longer received anything; it stays here."),
)


def badges(ticket: Ticket, items: Sequence[Item], by: Actor) -> dict[UUID, list[Badge]]:
    """How far each of our items on a page got, in one query. A copy of the partner's says itself when it came."""
    found = {link.handover.key: link for link in links(ticket)}
    ours = {item.key: item for item in items if not item.is_copy}
    if not found or not ours:
        return {}
    shares = {share.item: share for share in _shares(list(found.values()), list(ours), by)}
    told = {key: _badge(item, shares.get(key), found) for key, item in ours.items()}
    return {key: [badge] for key, badge in told.items() if badge is not None}


def _shares(found: list[Link], items: list[UUID], by: Actor) -> Any:
    """How far these items are shared, each with the receipt of its last event, the newest handover's last."""
    handovers = [link.handover for link in found]
    sent = Event.objects.filter(
        source=by.tenant_id,
        lane__source=by.tenant_id,
        lane__target__in={one.service_id if by.tenant_id == one.lead_id else one.lead_id for one in handovers},
        lane__channel__in=[one.channel for one in handovers],
        item=OuterRef("item"),
    ).order_by("-pk")
    last = {f"last_{name}": Subquery(sent.values(name)[:1]) for name in SETTLED}
    keys = [one.key for one in handovers]
    return Share.objects.filter(item__in=items, handover__in=keys).annotate(**last).order_by("pk")


def _badge(item: Item, share: Any, found: Mapping[UUID, Link]) -> Badge | None:
    if share is None or not (share.version_sent or share.held_since):
        return LOCAL if item.audience == Audience.PARTNER and not item.is_removed else None
    if share.held_since is not None:
        return KEPT if share.keep_local else HELD
    partner = {"partner": found[share.handover].partner}
    if not share.is_wanted:
        return _withdrawn(share, partner)
    if share.last_sent_at is None:
        said = _("It went along with the offer.")
        return Badge(_("With %(partner)s") % partner, "violet", "handshake", said)
    if share.last_outcome == Event.Outcome.WAITING:
        said = _("Sent %(when)s, not there yet.") % {"when": moment(share.last_sent_at)}
        return Badge(_("On its way to %(partner)s") % partner, "gray", "loader-circle", said)
    if share.last_outcome == Event.Outcome.REFUSED:
        why = {"reason": reason(share.last_reason, partner["partner"])}
        return Badge(
            _("Refused: %(reason)s") % why, "red", "circle-x", _("%(partner)s could not take it over.") % partner
        )
    if share.last_outcome == Event.Outcome.SKIPPED:
        said = _("It never reached %(partner)s.") % partner
        return Badge(_("Given up: %(reason)s") % {"reason": share.last_reason}, "red", "unlink", said)
    return Badge(_("Arrived at %(partner)s") % partner, "green", "check", moment(share.last_applied_at))


def _withdrawn(share: Any, partner: dict[str, str]) -> Badge:
    said = moment(share.last_applied_at) if share.last_applied_at else _("The partner does not know yet.")
    return Badge(_("Withdrawn from %(partner)s") % partner, "gray", "undo-2", said)


# Events ---------------------------------------------------------------------------------------------------------------
THINGS = {
    "note": gettext_lazy("Note"),
    "attachment": gettext_lazy("File"),
    "timeentry": gettext_lazy("Time entry"),
    "charge": gettext_lazy("Charge"),
    "checklistitem": gettext_lazy("Checklist item"),
}

KINDS = {
    "fields.changed": gettext_lazy("Changed properties"),
    partners.ANSWERED: gettext_lazy("Answer to an invitation"),
    partners.MOVED: gettext_lazy("Partnership paused or resumed"),
    ERASED: gettext_lazy("A person was erased"),
}


def thing(kind: str, payload: Mapping[str, Any]) -> str:
    """What an event is about: the kind of item, changed properties, or a move."""
    if kind.startswith("item."):
        return str(THINGS.get(payload.get("made_as") or payload.get("kind", ""), _("Item")))
    return str(KINDS.get(kind) or _("Move"))


def content(payload: dict[str, Any]) -> str:
    """A short reading of an item as it travelled: a name or a text, with its time or quantity."""
    row, line = payload.get("fields", {}), payload.get("line", {})
    said = []
    if minutes := row.get("minutes") or payload.get("minutes"):
        said.append(hours(minutes))
    if count := row.get("quantity") or line.get("quantity"):
        said.append(quantity(count, row.get("unit") or line.get("unit") or ""))
    return " ".join(part for part in [*said, payloads.name(payload)] if part)


def reason(code: str, partner: str) -> str:
    """Why the other side refused an event; its code is stored, the sentence is made for each reader."""
    limit = settings.UPLOAD_LIMIT // (1024 * 1024)
    return refusals.sentence(code, {"partner": partner, "limit": limit})


# Lanes ----------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Hanging:
    """A lane that does not get on: the event it hangs on, in words, and since when."""

    lane: Lane
    event: Event | None
    is_ours: bool

    @property
    def thing(self) -> str:
        return thing(self.event.kind, self.event.payload) if self.event else ""

    @property
    def content(self) -> str:
        return content(self.event.payload) if self.event else ""

    @property
    def error(self) -> str:
        return str(lane_error(self.lane.error))

    @property
    def since(self) -> datetime | None:
        """Since when nothing gets through: parked then, or sent then and not there yet."""
        return self.lane.parked_at or (self.event.sent_at if self.event else None)

    @property
    def waiting(self) -> int:
        """How many events wait, the one it hangs on included."""
        return self.lane.last_seq - self.lane.applied_seq


def hanging(found: Sequence[Lane], me: int) -> list[Hanging]:
    """These lanes with the events they hang on, in one query; none without lanes."""
    if not found:
        return []
    heads = Event.objects.filter(lane__in=[lane.pk for lane in found], seq=F("lane__applied_seq") + 1)
    by_lane = {event.lane_id: event for event in heads}
    return [Hanging(lane, by_lane.get(lane.pk), lane.source_id == me) for lane in found]
