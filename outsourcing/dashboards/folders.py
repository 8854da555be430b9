"""The dashboard's folders: what each holds, how it is sorted first, and all counts in one statement (§8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outsourcing.dashboards import referrals, standing
from outsourcing.dashboards.lists import LISTS, SORTS
from outsourcing.dashboards.rows import Handovers
from outsourcing.labels import NEEDS_A_PARTNER
from outsourcing.models import Handover, HandoverStatus, LeadSide, Referral, Release, ReleaseStatus, ServiceSide, Side
from outsourcing.models.handover import ACTIVE, ENDED, LIVE
from outsourcing.models.networks import UNDER_WAY
from psa.tenancy.actor import Actor
from psa.tenancy.models import Tenant
from psa.web import nav
from psa.web.counting import Capped
from psa.web.lists import List

S = HandoverStatus
RECENT = timedelta(days=90)
HISTORY = (S.DECLINED, S.CANCELED, S.EXPIRED)
Rows = Callable[[Actor], QuerySet]


# Folders --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Folder:
    """One folder: its side, what it holds for a member, its first sort, and the columns it shows unasked."""

    code: str
    label: Any
    side: str
    rows: Rows
    icon: str
    sort: str
    shows: str
    empty: Any
    hint: Any = ""
    is_hot: bool = False

    @property
    def list(self) -> List:
        """The side's list as this folder shows it."""
        whole, shown = LISTS[Side(self.side)], self.shows.split()
        columns = tuple(replace(column, shown=column.key in shown) for column in whole.columns)
        sorts = (SORTS[self.sort], *(sort for sort in whole.sorts if sort.key != self.sort))
        return replace(whole, columns=columns, sorts=sorts, empty_title=self.empty, empty_text=self.hint)

    def open(self, request: Any, found: Mapping[str, int]) -> Handovers:
        """The folder as this request asks for it, with what was counted of it already."""
        made = Handovers(self.list, request, self.rows(request.actor), request.path)
        made.code, made.side = self.code, Side(self.side)
        made.known_count, made.may_hang = found.get(self.code), bool(found.get(HANGING))
        return made


@dataclass(frozen=True)
class NetworkFolder(Folder):
    """A folder of referrals: they have one side and no partner here."""

    def open(self, request: Any, found: Mapping[str, int]) -> Any:
        listed = replace(referrals.REFERRED, empty_title=self.empty, empty_text=self.hint)
        return referrals.opened(request, self.rows(request.actor), self.code, listed)


def _referred(by: Actor) -> QuerySet:
    return Referral.objects.filter(status__in=UNDER_WAY)


def _sent(by: Actor) -> QuerySet:
    return Handover.objects.filter(lead_id=by.tenant_id)


def _received(by: Actor) -> QuerySet:
    return Handover.objects.filter(service_id=by.tenant_id)


def _of(rows: Rows, *codes: str) -> Rows:
    return lambda by: rows(by).filter(status__in=codes)


def _mine(by: Actor) -> QuerySet:
    """Prepared or sent by me, or on a ticket I own."""
    own = LeadSide.objects.filter(handover=OuterRef("pk"))
    me = by.membership_id
    mine = own.filter(Q(sent_by=me) | Q(prepared_by=me) | Q(ticket__assignee=me))
    return _sent(by).filter(Exists(mine), status__in=ACTIVE)


def _without_partner(by: Actor) -> QuerySet:
    """Declined, expired or returned, the ticket still open, nobody asked since, and we do not do it ourselves."""
    newer = LeadSide.objects.filter(ticket=OuterRef("ticket"), handover__gt=OuterRef("handover"))
    newer = newer.exclude(handover__status=S.DISCARDED)
    referred = Referral.objects.filter(ticket=OuterRef("ticket"), status__in=UNDER_WAY)
    left = LeadSide.objects.filter(handover=OuterRef("pk"), ticket__is_open=True, kept_at=None)
    left = left.filter(~Exists(newer), ~Exists(referred))
    return _sent(by).filter(Exists(left), status__in=NEEDS_A_PARTNER)


def _to_release(by: Actor) -> QuerySet:
    """What somebody over their limit asked to be done (§2)."""
    asked = Release.objects.filter(handover=OuterRef("pk"), status=ReleaseStatus.REQUESTED)
    return _sent(by).filter(Exists(asked))


def _lately(rows: Rows) -> Rows:
    return lambda by: rows(by).filter(status__in=ENDED, ended_at__gte=timezone.now() - RECENT)


def _billed(is_billed: bool) -> Rows:
    """Ended work by whether we have billed it; what is not billed never drops out of sight."""
    own = ServiceSide.objects.filter(handover=OuterRef("pk"), billed_at__isnull=not is_billed)
    return lambda by: _received(by).filter(Exists(own), status__in=ENDED)


OUTSOURCED_WORK = (
    Folder(
        "mine",
        gettext_lazy("All my open"),
        Side.LEAD,
        _mine,
        "user-round",
        "complete_by",
        "number title partner status complete_by hours",
        gettext_lazy("Nothing of yours is outsourced"),
        gettext_lazy("Open a ticket and choose Outsource to hand it to a partner."),
    ),
    Folder(
        "open",
        gettext_lazy("All open"),
        Side.LEAD,
        _of(_sent, *ACTIVE),
        "folder-open",
        "complete_by",
        "number title partner status complete_by hours",
        gettext_lazy("Nothing is outsourced"),
        gettext_lazy("Open a ticket and choose Outsource to hand it to a partner."),
    ),
    Folder(
        "release",
        gettext_lazy("To release"),
        Side.LEAD,
        _to_release,
        "lock",
        "number",
        "number title partner asked decide",
        gettext_lazy("Nothing waits for a release"),
        gettext_lazy("Requests of colleagues who want to authorise more than their limit appear here."),
        is_hot=True,
    ),
    Folder(
        "unsent",
        gettext_lazy("Unsent"),
        Side.LEAD,
        _of(_sent, S.UNSENT),
        "pencil",
        "number",
        "number title partner activity",
        gettext_lazy("No drafts"),
    ),
    Folder(
        "assigned",
        gettext_lazy("Waiting acceptance"),
        Side.LEAD,
        _of(_sent, S.ASSIGNED),
        "hourglass",
        "answer_by",
        "number title partner answer_by complete_by terms",
        gettext_lazy("No offer is out"),
    ),
    Folder(
        "again",
        gettext_lazy("Needs a new partner"),
        Side.LEAD,
        _without_partner,
        "user-plus",
        "ended",
        "number title status ended decide",
        gettext_lazy("Every ticket has its partner"),
        is_hot=True,
    ),
    Folder(
        "running",
        gettext_lazy("In progress"),
        Side.LEAD,
        _of(_sent, *LIVE),
        "circle-play",
        "complete_by",
        "number title partner complete_by hours flags",
        gettext_lazy("Nothing is in progress"),
    ),
    Folder(
        "approval",
        gettext_lazy("Waiting approval"),
        Side.LEAD,
        _of(_sent, S.WAITING_APPROVAL),
        "signature",
        "submitted",
        "number title waiting hours decide",
        gettext_lazy("Nothing waits for your approval"),
        is_hot=True,
    ),
    NetworkFolder(
        "networks",
        gettext_lazy("Sent to networks"),
        Side.LEAD,
        _referred,
        "network",
        "sent",
        "",
        gettext_lazy("Nothing was passed on to a network or vendor"),
        gettext_lazy("Open a ticket and choose one from its menu Outsource."),
    ),
    Folder(
        "ended",
        gettext_lazy("Ended"),
        Side.LEAD,
        _lately(_sent),
        "archive",
        "ended",
        "number title status settlement invoice decide",
        gettext_lazy("Nothing ended in the last 90 days"),
    ),
)
RECEIVED_WORK = (
    Folder(
        "offers",
        gettext_lazy("Waiting acceptance"),
        Side.SERVICE,
        _of(_received, S.ASSIGNED),
        "inbox",
        "answer_by",
        "title lead answer_by complete_by decide",
        gettext_lazy("No offers at the moment"),
        gettext_lazy("Offers of your lead partners appear here, and by mail."),
        is_hot=True,
    ),
    Folder(
        "received",
        gettext_lazy("In progress"),
        Side.SERVICE,
        _of(_received, *LIVE),
        "circle-play",
        "complete_by",
        "number lead_number title lead assignee complete_by hours flags",
        gettext_lazy("Nothing is in progress"),
    ),
    Folder(
        "submitted",
        gettext_lazy("Waiting approval"),
        Side.SERVICE,
        _of(_received, S.WAITING_APPROVAL),
        "signature",
        "submitted",
        "number lead_number title lead assignee waiting hours",
        gettext_lazy("Nothing waits for a lead partner"),
    ),
    Folder(
        "unbilled",
        gettext_lazy("Ended, unbilled"),
        Side.SERVICE,
        _billed(False),
        "receipt",
        "ended",
        "number lead_number title lead status ended settlement decide",
        gettext_lazy("Everything that ended is billed"),
    ),
    Folder(
        "billed",
        gettext_lazy("Ended, billed"),
        Side.SERVICE,
        _billed(True),
        "archive",
        "ended",
        "number lead_number title lead status ended settlement",
        gettext_lazy("Nothing is billed yet"),
    ),
    Folder(
        "history",
        gettext_lazy("History"),
        Side.SERVICE,
        _of(_received, *HISTORY),
        "history",
        "ended",
        "title lead lead_number status ended",
        gettext_lazy("No history yet"),
        gettext_lazy("Offers you declined, that were canceled or that expired."),
    ),
)


def folders(is_sender: bool) -> tuple[Folder, ...]:
    """The folders a tenant has: received work always, outsourced work once it agreed to the terms."""
    return (*OUTSOURCED_WORK, *RECEIVED_WORK) if is_sender else RECEIVED_WORK


def named(code: str, is_sender: bool) -> Folder:
    """The folder of this name, else the default one."""
    here = folders(is_sender)
    return next((folder for folder in here if folder.code == code), here[0])


HANGING = "hanging"


def counts(by: Actor, wanted: Sequence[Folder], **more: Any) -> dict[str, int]:
    """How many are in each folder, none counted past the limit, and `more` beside them; one statement for all."""
    asked = {folder.code: Capped(folder.rows(by).order_by().values("pk")[: nav.LIMIT]) for folder in wanted}
    asked |= {HANGING: Capped(standing.hanging_lanes().values("pk")[:1]), **more}
    found = Tenant.objects.filter(pk=by.tenant_id).values_list(*asked.values()).get()
    return dict(zip(asked, found, strict=True))


def tree(request: Any, here: Folder, is_sender: bool, found: Mapping[str, int]) -> list[tuple[Any, list[nav.Folder]]]:
    """The folders beside the list, with their counts."""
    path = request.path

    def line(folder: Folder) -> nav.Folder:
        number = found[folder.code]
        href = f"{path}?folder={folder.code}"
        return nav.Folder(
            folder.label, href, folder.icon, nav.shown(number), folder == here, folder.is_hot and number > 0
        )

    groups = [(_("Outsourced work"), OUTSOURCED_WORK)] if is_sender else []
    return [
        (title, [line(folder) for folder in of_side])
        for title, of_side in [*groups, (_("Received work"), RECEIVED_WORK)]
    ]
