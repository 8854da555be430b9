"""Link trouble: the lanes that hang or wait for their next try, in each tenant's own list (§6 "Mechanics")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing import ledger
from outsourcing.models import Handover, Partnership
from outsourcing.receipts import Hanging, hanging
from psa.lanes.models import Lane
from psa.tenancy.actor import Actor
from psa.web.lists import Choice, Column, Cursor, List, Listing, Sort, joined, row_link
from psa.web.templatetags import ui
from tickets.models.ticket import NO_DEADLINE


@dataclass(slots=True)
class Row:
    """One lane that does not get on, and whose it is."""

    id: int
    channel: str
    source_id: int
    parked_at: datetime | None
    due: datetime | None
    slug: str = ""
    me: int = 0
    about: Handover | Partnership | None = None
    hanging: Hanging | None = None

    @property
    def key(self) -> UUID:
        return UUID(self.channel.partition(":")[2])

    @property
    def is_ours(self) -> bool:
        return self.source_id == self.me

    @property
    def is_lead(self) -> bool:
        return self.about is not None and self.about.lead_id == self.me

    @property
    def partner(self) -> str:
        if self.about is None:
            return ""
        return self.about.service_name if self.is_lead else self.about.lead_name

    @property
    def number(self) -> int | None:
        if not isinstance(self.about, Handover):
            return None
        return self.about.lead_number if self.is_lead else self.about.service_number

    @property
    def title(self) -> str:
        """Below what hangs: the work it is about, or the partnership itself."""
        return self.about.title if isinstance(self.about, Handover) else _("Partnership")

    def move_url(self, name: str) -> str:
        return reverse(f"outsourcing:{name}", args=[self.slug, self.key])

    @property
    def url(self) -> str:
        if self.number:
            return reverse("tickets:page", args=[self.slug, self.number])
        return self.move_url("partner" if isinstance(self.about, Partnership) else "handover")

    @property
    def retry_url(self) -> str:
        return self.move_url("retry_partner" if isinstance(self.about, Partnership) else "retry")

    @property
    def may_be_skipped(self) -> bool:
        """Giving up is the sender's. What makes a partnership is never given up: its other half would stay unmade."""
        return self.is_ours and self.parked_at is not None and isinstance(self.about, Handover)


class Troubles(Listing):
    """A page of lanes: what they are about and what they hang on in a few statements, however many lanes there are."""

    def fetch(self, cursor: Cursor | None, size: int) -> Any:
        found: Any = super().fetch(cursor, size)
        rows, me = [row for row, _value in found], self.request.tenant.pk
        ledger.complete(rows, self.request.tenant.slug)
        lanes = list(Lane.objects.filter(pk__in=[row.id for row in rows])) if rows else []
        stuck = {one.lane.pk: one for one in hanging(lanes, me)}
        for row in rows:
            row.me, row.hanging = me, stuck.get(row.id)
        return found


def lanes_of(by: Actor) -> QuerySet:
    """The lanes of our handovers and partnerships that are parked or wait for their next try after an error."""
    return Lane.objects.filter(Q(parked_at__isnull=False) | ~Q(error=""))


def late(then: datetime) -> QuerySet:
    """When our lanes should have tried again that were due before `then`, the oldest first."""
    return Lane.objects.filter(due__lt=then, parked_at=None).order_by("due").values("due")


def parked() -> QuerySet:
    """The lanes that wait for somebody."""
    return Lane.objects.filter(parked_at__isnull=False)


# Cells ----------------------------------------------------------------------------------------------------------------
def _what(row: Row) -> str:
    if row.hanging is None:
        return ""
    said = row.hanging.content
    return f"{row.hanging.thing}: {said}" if said else row.hanging.thing


def _title(row: Row) -> Any:
    return joined([row_link(row.url, _what(row)), format_html('<span class="under tiny muted">{}</span>', row.title)])


def _direction(row: Row) -> str:
    said = _("to %(partner)s") if row.is_ours else _("from %(partner)s")
    return said % {"partner": row.partner}


def _state(row: Row) -> Any:
    if row.parked_at:
        return ui.badge(_("Hangs"), "red", "unlink", True)
    return ui.badge(_("Is tried again"), "amber", "refresh-cw", True)


def _error(row: Row) -> str:
    return row.hanging.error if row.hanging else ""


def _since(row: Row) -> datetime | None:
    return row.hanging.since if row.hanging else row.parked_at


def _decide(row: Row) -> Any:
    """Retry from either side, in place; giving up is the sender's, with a reason."""
    again = ui.button(_("Try again"), "refresh-cw", small=True, form="decide", formaction=row.retry_url)
    if not row.may_be_skipped:
        return joined([again])
    back = urlencode({"next": reverse("outsourcing:stuck", args=[row.slug])})
    skip = ui.button(_("Give it up …"), variant="quiet", small=True, href=f"{row.move_url('skip')}?{back}")
    return joined([again, skip])


STATES = {"parked": Q(parked_at__isnull=False), "waiting": Q(parked_at=None)}


def _in_state(rows: QuerySet, codes: list[str]) -> QuerySet:
    return rows.filter(STATES[codes[0]])


STUCK = List(
    "link-trouble",
    Row,
    ("id", "channel", "source_id", "parked_at", "due"),
    (
        Column("what", gettext_lazy("What hangs"), _title, css="cell-title", plain=_what),
        Column("ticket", gettext_lazy("Ticket"), lambda row: row.number or "", css="cell-number cell-labelled"),
        Column("direction", gettext_lazy("Direction"), _direction, css="cell-clip"),
        Column("state", gettext_lazy("State"), _state, css="cell-nowrap"),
        Column("error", gettext_lazy("Why"), _error),
        Column("since", gettext_lazy("Since"), lambda row: ui.ago(_since(row)), css="cell-nowrap cell-labelled",
               plain=_since),
        Column("decide", gettext_lazy("Next"), _decide, css="cell-decide", plain=lambda row: ""),
    ),
    (Sort("parked", gettext_lazy("Since"), "parked_at", "datetime", empty=NO_DEADLINE),),
    (Choice("state", gettext_lazy("State"), choices=[
        ("parked", gettext_lazy("Hangs")), ("waiting", gettext_lazy("Is tried again"))
    ], where=_in_state, multiple=False),),
    empty_title=gettext_lazy("Every link works"),
    empty_text=gettext_lazy("What cannot be delivered to a partner, or taken over from one, is shown here."),
    empty_icon="circle-check",
)  # fmt: skip
