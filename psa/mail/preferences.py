"""How each member hears of each kind of news: at once, once a day in one mail, or not by mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.mail.models import Notice, OutgoingMail, Preference, Way
from psa.tenancy.actor import Actor
from psa.tenancy.models import Tenant
from psa.timers import timers

DIGEST = "mail.digest"
# When the mail of the day is sent, on the company's clock.
MORNING = time(7)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of news: what it is called, what more is to be said about it, and the usual way."""

    label: Any
    hint: Any
    usual: Way


KINDS: dict[str, Kind] = {
    "assigned": Kind(_("A ticket is assigned to me"), "", Way.NOW),
    "mentioned": Kind(_("I am mentioned in a note"), "", Way.NOW),
    "watched": Kind(_("A ticket I watch changes"), _("Notes, who is responsible, closed and reopened."), Way.NOW),
    "customer_wrote": Kind(_("The customer wrote on my ticket"), "", Way.NOW),
    "queue": Kind(_("A new ticket comes into my queue"), "", Way.OFF),
    "calls": Kind(_("A call about my ticket is noted"), "", Way.NOW),
    "clocks": Kind(
        _("A service level is nearly or really missed"),
        _("On my tickets; dispatchers hear of every ticket they see."),
        Way.NOW,
    ),
    "answers": Kind(_("A customer decides about my work"), "", Way.NOW),
    "returned": Kind(_("Time I logged is not approved and comes back"), "", Way.NOW),
    "decisions": Kind(_("Something waits for a dispatcher's decision"), "", Way.NOW),
    "outsourcing": Kind(
        _("News from partners"),
        _("What waits for an answer – offers, submitted or returned work, questions – is always sent at once."),
        Way.NOW,
    ),
}

Sight = Callable[[int, int], bool]
_sights: dict[str, Sight] = {}


def sight(subject_type: str, sees: Sight) -> None:
    """Ask `sees(subject_id, member_id)` before news about this type of row goes into the mail of the day."""
    _sights[subject_type] = sees


def still_sees(notice: Notice) -> bool:
    """Whether the member may still see what the notice is about (A7)."""
    asked = _sights.get(notice.subject_type)
    return asked is None or (notice.subject_id is not None and asked(notice.subject_id, notice.member_id))


def ways(kind: str, members: Sequence[int]) -> dict[int | None, str]:
    """How these members want this kind of news. One query."""
    usual = KINDS[kind].usual
    rows = Preference.objects.filter(member__in=members, kind=kind).values_list("member", "way") if members else ()
    return {**dict.fromkeys(members, str(usual)), **dict(rows)}


def of(by: Actor) -> dict[str, str]:
    """Every kind with this member's way."""
    rows = Preference.objects.filter(member=by.membership_id).values_list("kind", "way")
    return {**{code: str(kind.usual) for code, kind in KINDS.items()}, **dict(rows)}


@transaction.atomic
def choose(wanted: Mapping[str, str], *, by: Actor) -> None:
    """Hear of these kinds in these ways from now on. What is no kind or no way is passed over; it is one's own."""
    assert by.membership_id is not None
    for kind, way in wanted.items():
        if kind in KINDS and way in Way.values:
            Preference.objects.update_or_create(member_id=by.membership_id, kind=kind, defaults={"way": way})
            if way == Way.OFF:
                Notice.objects.filter(member=by.membership_id, kind=kind).delete()


def address(slug: str, kind: str) -> str:
    """The page on which this kind is changed with one press; looking at it changes nothing."""
    return f"{reverse('notifications:preferences', args=[slug])}?kind={kind}"


def keep(member: int, kind: str, mail: OutgoingMail, url: str, tenant: Tenant) -> None:
    """Keep the subject line for the member's mail of the day."""
    about = {"subject_type": mail.subject_type, "subject_id": mail.subject_id}
    Notice.objects.create(member_id=member, kind=kind, subject=mail.subject, url=url[:300], **about)
    timers.arm_once(DIGEST, member, next_morning(tenant))


def next_morning(tenant: Tenant) -> datetime:
    """The next moment at which mails of the day go out."""
    now = timezone.now().astimezone(ZoneInfo(tenant.time_zone))
    at = now.replace(hour=MORNING.hour, minute=0, second=0, microsecond=0)
    return at if at > now else at + timedelta(days=1)
