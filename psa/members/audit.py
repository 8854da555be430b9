"""The audit: who did what, to what, when and from where. Every entry of the journal stands in it, one room for all.

What an entry says comes from the app that records it: permissions from psa.members.history, a ticket's from the desk's
timeline, through `teller`; what nobody tells is said by its verb. What it is about is named by `about`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from psa.journal.models import Entry, Origin
from psa.members import history
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from psa.web.lists import Choice, Column, Days, List, Sort, Text
from psa.web.templatetags import ui

Teller = Callable[[str, Mapping[str, Any]], str | None]
Names = Mapping[int, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class About:
    """One kind of subject: `name(ids, actor)` gives text and address of those the reader may see, `find(words)` the
    rows somebody means by what they type."""

    name: Callable[[Sequence[int], Actor], Names]
    find: Callable[[str], QuerySet]


_tellers: list[Teller] = []
_abouts: dict[str, About] = {}

SUBJECTS: dict[str, Any] = {
    "ticket": gettext_lazy("Ticket"),
    "note": gettext_lazy("Note"),
    "attachment": gettext_lazy("File"),
    "timeentry": gettext_lazy("Time entry"),
    "charge": gettext_lazy("Charge"),
    "membership": gettext_lazy("Member"),
    "role": gettext_lazy("Role"),
    "tenant": gettext_lazy("Our company"),
    "company": gettext_lazy("Company"),
    "contact": gettext_lazy("Contact"),
    "location": gettext_lazy("Location"),
    "contract": gettext_lazy("Contract"),
    "partnership": gettext_lazy("Partnership"),
    "invitation": gettext_lazy("Invitation"),
    "handover": gettext_lazy("Handover"),
    "referral": gettext_lazy("Referral"),
    "network": gettext_lazy("Network"),
    "agreement": gettext_lazy("Agreement"),
    "acceptance": gettext_lazy("Agreement"),
    "delivery": gettext_lazy("Mail"),
    "release": gettext_lazy("Release"),
    "supportgrant": gettext_lazy("Support access"),
    "invoice": gettext_lazy("Invoice"),
    "billingsettings": gettext_lazy("Billing settings"),
    "outgoingmail": gettext_lazy("Mail"),
    "incomingmail": gettext_lazy("Incoming mail"),
    "queue": gettext_lazy("Queue"),
    "category": gettext_lazy("Category"),
    "tickettype": gettext_lazy("Ticket type"),
    "textmodule": gettext_lazy("Text module"),
    "checklisttemplate": gettext_lazy("Checklist"),
    "stopwatch": gettext_lazy("Stopwatch"),
    "worktype": gettext_lazy("Work type"),
    "rate": gettext_lazy("Rate"),
    "billingitem": gettext_lazy("Billing item"),
    "hourblock": gettext_lazy("Block of hours"),
    "surcharge": gettext_lazy("Surcharge"),
    "contractline": gettext_lazy("Recurring position"),
    "calendar": gettext_lazy("Calendar"),
    "servicelevel": gettext_lazy("Service level"),
    "import": gettext_lazy("Import"),
    "batch": gettext_lazy("In the background"),
    "rule": gettext_lazy("Rule"),
    "rulesettings": gettext_lazy("Rules"),
    "mailtemplate": gettext_lazy("Mail template"),
    "handoff": gettext_lazy("Hand-off"),
    "order": pgettext_lazy("sales", "Order"),
    "article": gettext_lazy("Article"),
    "deliverynote": gettext_lazy("Delivery note"),
    "goodsrequest": gettext_lazy("Goods request"),
    "stockplace": gettext_lazy("Stock place"),
    "servicetemplate": gettext_lazy("Service template"),
}
# What kinds begin with where that is not their subject's own name.
NOUNS: dict[str, Any] = {
    "member": SUBJECTS["membership"],
    "partner": gettext_lazy("Partner"),
    "mail": SUBJECTS["delivery"],
    "sign_on": gettext_lazy("Sign-on"),
    "text_module": SUBJECTS["textmodule"],
    "ticket_type": SUBJECTS["tickettype"],
    "checklistitem": gettext_lazy("Checklist item"),
    "outsourcing": gettext_lazy("Outsourcing"),
    "approver": gettext_lazy("Approver"),
    "approvals": gettext_lazy("Approvals"),
    "deputy": gettext_lazy("Deputy"),
    "policy": gettext_lazy("Rules of requests"),
}
VERBS: dict[str, Any] = {
    "accepted": gettext_lazy("accepted"),
    "approved": gettext_lazy("approved"),
    "posted": gettext_lazy("posted"),
    "reversed": gettext_lazy("taken back by a second item"),
    "corrected": gettext_lazy("billed otherwise"),
    "written_off": gettext_lazy("written off"),
    "added": gettext_lazy("added"),
    "changed": gettext_lazy("changed"),
    "reworded": gettext_lazy("states called otherwise"),
    "created": gettext_lazy("created"),
    "deleted": gettext_lazy("deleted"),
    "edited": gettext_lazy("edited"),
    "ended": gettext_lazy("ended"),
    "invited": gettext_lazy("invited"),
    "invitation_withdrawn": gettext_lazy("invitation withdrawn"),
    "paused": gettext_lazy("paused"),
    "prepared": gettext_lazy("prepared"),
    "queued_again": gettext_lazy("sent again"),
    "received": gettext_lazy("received"),
    "remapped": gettext_lazy("setup changed"),
    "removed": gettext_lazy("removed"),
    "resumed": gettext_lazy("resumed"),
    "code_sent": gettext_lazy("code sent"),
    "linked": gettext_lazy("connected to the sign-on"),
    "ruled": gettext_lazy("rule changed"),
    "rules_changed": gettext_lazy("sign-in rules changed"),
    "sent": gettext_lazy("sent"),
    "unlinked": gettext_lazy("disconnected from the sign-on"),
    "worded": gettext_lazy("wording changed"),
    "set_up": gettext_lazy("set up"),
    "withdrawn": gettext_lazy("withdrawn"),
    "anonymised": gettext_lazy("person erased"),
    "canceled": gettext_lazy("stopped"),
    "checklists_set": gettext_lazy("checklists chosen"),
    "day_dropped": gettext_lazy("day of one's own removed"),
    "day_put": gettext_lazy("day of one's own put in"),
    "made_default": gettext_lazy("made the default one"),
    "discarded": gettext_lazy("thrown away"),
    "finished": gettext_lazy("finished"),
    "hours_used": gettext_lazy("hours used up"),
    "logged": gettext_lazy("time logged"),
    "logo_changed": gettext_lazy("logo changed"),
    "moved": gettext_lazy("moved here"),
    "noted": gettext_lazy("note changed"),
    "ran": gettext_lazy("brought in"),
    "restored": gettext_lazy("in use again"),
    "retired": gettext_lazy("retired"),
    "retried": gettext_lazy("tried again"),
    "saved": gettext_lazy("saved"),
    "started": gettext_lazy("started"),
    "terms_set": gettext_lazy("usual terms changed"),
    "put_on_ticket": gettext_lazy("put on a ticket"),
    "made_ticket": gettext_lazy("made into a ticket"),
    "brought_back": gettext_lazy("brought back"),
    "sender_blocked": gettext_lazy("sender blocked"),
    "sender_unblocked": gettext_lazy("sender let in again"),
    "came_back": gettext_lazy("came back"),
    "uploaded": gettext_lazy("uploaded"),
    "portal_given": gettext_lazy("let into the portal"),
    "portal_changed": gettext_lazy("rights in the portal changed"),
    "portal_served": gettext_lazy("other companies spoken for changed"),
    "portal_taken": gettext_lazy("let into the portal no more"),
    "portal_invited": gettext_lazy("invited to the portal again"),
    "portal_sessions_ended": gettext_lazy("signed out of the portal everywhere"),
    "signed_in": gettext_lazy("signed in to the portal"),
    "used_for_calls": gettext_lazy("chosen for calls"),
}


def teller(tell: Teller) -> None:
    """Let an app say what its entries say: `tell(kind, data)`, None for a kind it does not know."""
    _tellers.append(tell)


def about(subject_type: str, found: About) -> None:
    """Let an app name its subjects."""
    _abouts[subject_type] = found


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as the page shows it."""

    id: int
    kind: str
    data: dict[str, Any]
    subject_type: str
    subject_id: int
    by_kind: str
    by_name: str
    at: datetime
    member: str | None
    address: str | None
    browser: str | None
    currency: str

    @property
    def text(self) -> str:
        """What happened, in the reader's language."""
        data = {"member": self.member or "", "currency": self.currency, **self.data}
        try:
            if told := history.kinds().get(self.kind):
                return told[1](data)
            for tell in _tellers:
                if said := tell(self.kind, data):
                    return said
        except (KeyError, TypeError, ValueError, AttributeError):
            pass  # an entry of an older version: its verb still says what it was
        noun, _dot, verb = self.kind.partition(".")
        said = str(VERBS.get(verb, verb.replace("_", " ")))
        of = SUBJECTS.get(noun) or NOUNS.get(noun)
        return f"{of}: {said}" if of and noun != self.subject_type else said


def _what(row: Row) -> SafeString:
    return format_html('{}<br><code class="tiny muted">{}</code>', row.text, row.kind)


def _where(row: Row) -> SafeString | str:
    if not row.address:
        return ""
    return format_html('<span title="{}">{}</span>', row.browser or "", row.address)


def _who(row: Row) -> str:
    return row.by_name or _("somebody")


def _subjects(ids: Sequence[int], actor: Actor) -> Mapping[int, Any]:
    """What the entries of one page are about: one query for each kind of subject among them."""
    rows = list(Entry.objects.filter(pk__in=ids).values_list("pk", "subject_type", "subject_id"))
    wanted: dict[str, set[int]] = {}
    for _pk, subject_type, subject_id in rows:
        wanted.setdefault(subject_type, set()).add(subject_id)
    named = {kind: _abouts[kind].name(sorted(pks), actor) for kind, pks in wanted.items() if kind in _abouts}
    return {pk: named.get(kind, {}).get(subject_id) for pk, kind, subject_id in rows}


def _subject(row: Row, found: tuple[str, str] | None) -> SafeString | str:
    label = SUBJECTS.get(row.subject_type, row.subject_type)
    if found is None:
        return str(label)
    text, href = found
    return format_html('{} <a href="{}">{}</a>', label, href, text) if href else format_html("{} {}", label, text)


# Filters --------------------------------------------------------------------------------------------------------------
def _people(request: Any) -> list[tuple[str, str]]:
    return [(str(pk), name) for pk, name in Membership.objects.order_by("name").values_list("pk", "name")[:200]]


def _areas(request: Any) -> list[tuple[str, Any]]:
    return [("permissions", _("Permissions")), *((kind, label) for kind, label in SUBJECTS.items())]


def _in_area(rows: QuerySet, wanted: list[str]) -> QuerySet:
    found = Q(subject_type__in=wanted)
    return rows.filter(found | Q(kind__in=list(history.kinds())) if "permissions" in wanted else found)


def _of_kind(request: Any) -> list[tuple[str, Any]]:
    return [(kind, label) for kind, (label, _say) in history.kinds().items()]


def _concerning(rows: QuerySet, wanted: list[str]) -> QuerySet:
    return rows.filter(subject_type="membership", subject_id__in=[int(pk) for pk in wanted])


def _about(rows: QuerySet, words: str) -> QuerySet:
    found = Q(pk=None)
    for kind, one in _abouts.items():
        found |= Q(subject_type=kind, subject_id__in=one.find(words).values("pk"))
    return rows.filter(found)


AUDIT = List(
    "audit",
    Row,
    (
        "id", "kind", "data", "subject_type", "subject_id", "by_kind", "by_name", "at", "member_name", "address",
        "browser", "tenant__currency",
    ),
    (
        Column("what", gettext_lazy("Change"), _what, css="cell-title", plain=lambda row: row.text),
        Column("about", gettext_lazy("About"), _subject, batch=_subjects),
        Column("by", gettext_lazy("By"), _who, css="cell-nowrap"),
        Column("from", gettext_lazy("Address"), _where, css="cell-nowrap cell-hide", plain=lambda r: r.address or ""),
        Column(
            "browser", gettext_lazy("Browser"), lambda row: row.browser or "", css="cell-clip cell-hide", shown=False
        ),
        Column("code", gettext_lazy("Kind"), lambda row: row.kind, shown=False),
        Column("at", gettext_lazy("When"), lambda row: ui.ago(row.at), css="cell-nowrap", plain=lambda row: row.at),
    ),
    (Sort("newest", gettext_lazy("Newest"), "pk", "int", descending=True),),
    (
        Choice("person", gettext_lazy("By"), "by_id", _people),
        Choice("area", gettext_lazy("Area"), choices=_areas, where=_in_area),
        Choice("kind", gettext_lazy("Kind"), "kind", _of_kind),
        Choice("member", gettext_lazy("About the member"), choices=_people, where=_concerning),
        Text("about", gettext_lazy("About (number or name)"), where=_about),
        Days("day", gettext_lazy("Day"), "at"),
    ),
    empty_title=gettext_lazy("Nothing was changed yet"),
    empty_text=gettext_lazy("Every change stands here: what, who, when and from where."),
    empty_icon="history",
)  # fmt: skip


def entries() -> QuerySet:
    """Every entry of the tenant in scope, with where it was made while that is kept."""
    name = Membership.objects.filter(pk=OuterRef("subject_id")).values("name")[:1]
    origin = Origin.objects.filter(pk=OuterRef("origin_id"))
    return Entry.objects.annotate(
        member_name=Subquery(name),
        address=Subquery(origin.values("address")[:1]),
        browser=Subquery(origin.values("browser")[:1]),
    )


def register() -> None:
    """The members themselves are subjects."""
    about("membership", About(_members, lambda words: Membership.objects.filter(name__icontains=words)))


def _members(ids: Iterable[int], actor: Actor) -> Names:
    found = Membership.objects.filter(pk__in=list(ids)).values_list("pk", "name", "tenant__slug")
    return {pk: (name, reverse("members:member", args=[slug, pk])) for pk, name, slug in found}
