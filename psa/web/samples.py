"""What the styleguide shows: made-up rows and forms, the same everywhere. Nothing here touches the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from psa.web import context as shell
from psa.web import labels, lists
from psa.web.labels import Label
from psa.web.nav import Folder
from psa.web.templatetags import ui

EXAMPLES = frozenset({"", "list", "ticket", "dashboard", "offer", "plain"})

STATUSES = labels.Table(
    {
        "new": Label(_("New"), "blue", "circle-dashed", "open"),
        "in_progress": Label(_("In progress"), "teal", "circle-dot", "open"),
        "waiting": Label(_("Waiting for customer"), "amber", "hourglass", "open"),
        "reopened": Label(_("Reopened"), "orange", "rotate-ccw", "open"),
        "done": Label(_("Done"), "green", "circle-check", "closed"),
    }
)
PRIORITIES = labels.Table(
    {
        "high": Label(_("High"), "red", "signal-high"),
        "medium": Label(_("Medium"), "amber", "signal-medium"),
        "low": Label(_("Low"), "gray", "signal-low"),
    }
)
HANDOVERS = labels.Table(
    {
        "": Label("", "gray", ""),
        "assigned": Label(_("Waiting acceptance"), "amber", "hourglass"),
        "in_progress": Label(_("In progress"), "teal", "circle-dot"),
        "waiting_approval": Label(_("Waiting approval"), "violet", "badge-check"),
        "declined": Label(_("Declined"), "red", "circle-x"),
        "complete": Label(_("Complete"), "green", "circle-check"),
    }
)


@dataclass(slots=True)
class Row:
    """A ticket as the list shows it."""

    id: int
    title: str
    customer: str
    status: str
    priority: str
    assignee: str
    due: datetime
    ticked: int
    steps: int
    partner: str
    handover: str
    unread: bool


_TICKETS = (
    (
        "VPN drops every morning around nine since the router was replaced",
        "Hafenkontor Möller GmbH",
        "in_progress",
        "high",
        "Ada Lindqvist",
        -2,
        2,
        5,
        "Baltic Services SIA",
        "in_progress",
        True,
    ),
    (
        "New starter on 1 August: laptop, mailbox, access card",
        "Kanzlei Dr. Weber & Partner",
        "new",
        "medium",
        "",
        5,
        0,
        9,
        "",
        "",
        True,
    ),
    (
        "Scanner on the third floor sends blank pages",
        "Stadtwerke Eckernförde",
        "waiting",
        "low",
        "Max Brandt",
        49,
        0,
        0,
        "",
        "",
        False,
    ),
    (
        "Replace the failed disk in the NAS on site in Rīga",
        "Hafenkontor Möller GmbH",
        "in_progress",
        "high",
        "Ada Lindqvist",
        1,
        3,
        4,
        "Baltic Services SIA",
        "waiting_approval",
        False,
    ),
    (
        "Quote for forty licences of the drawing program",
        "Atlas Engineering Ltd",
        "new",
        "medium",
        "Jana Petersen",
        26,
        0,
        0,
        "",
        "",
        False,
    ),
    (
        "Outlook asks for the password again and again",
        "Praxis Dr. Yılmaz",
        "reopened",
        "medium",
        "Ada Lindqvist",
        3,
        1,
        2,
        "",
        "",
        True,
    ),
    (
        "Move the file server to the new rack (weekend work)",
        "Nordsee Fisch eG",
        "in_progress",
        "medium",
        "Max Brandt",
        72,
        4,
        11,
        "Kalnu IT",
        "assigned",
        False,
    ),
    (
        "Paldies – gaidām rēķinu par jūnija darbiem",
        "SIA Jūras Vārti",
        "waiting",
        "low",
        "Gunta Ozola",
        120,
        0,
        0,
        "",
        "",
        False,
    ),
    (
        "Wi-Fi planning for the extension of the warehouse",
        "Hansa Logistik AG",
        "in_progress",
        "low",
        "Jana Petersen",
        170,
        2,
        6,
        "Kalnu IT",
        "declined",
        False,
    ),
    (
        "Backup report shows two warnings for the accounting server",
        "Kanzlei Dr. Weber & Partner",
        "done",
        "medium",
        "Ada Lindqvist",
        200,
        3,
        3,
        "",
        "",
        False,
    ),
)


def rows() -> list[Row]:
    """The sample tickets, due relative to now."""
    now = timezone.now()
    made = [Row(1042 - i, *one[:5], now + timedelta(hours=one[5]), *one[6:]) for i, one in enumerate(_TICKETS)]
    return sorted(made, key=lambda row: row.due)


def _checklist(row: Row) -> SafeString | str:
    return ui.meter(row.ticked, row.steps, colour="teal") if row.steps else ""


def _partner(row: Row) -> SafeString:
    return lists.joined([row.partner, HANDOVERS.badge(row.handover) if row.handover else ""])


TICKETS = lists.List(
    "tickets",
    row=Row,
    fields=tuple(Row.__slots__),
    sorts=(
        lists.Sort("deadline", _("Deadline"), "due", "datetime"),
        lists.Sort("number", _("Number"), "id", "int", descending=True),
        lists.Sort("customer", _("Customer"), "customer"),
    ),
    columns=(
        lists.Column("number", _("Number"), lambda row: row.id, sort="number", css="cell-number"),
        lists.Column("title", _("Title"), lambda row: lists.row_link("../ticket/", row.title), css="cell-title"),
        lists.Column("customer", _("Customer"), lambda row: row.customer, sort="customer", css="cell-clip"),
        lists.Column("status", _("Status"), lambda row: STATUSES.badge(row.status), css="cell-nowrap"),
        lists.Column(
            "deadline",
            _("Deadline"),
            lambda row: ui.deadline(row.due, row.status == "done"),
            sort="deadline",
            css="cell-nowrap",
        ),
        lists.Column(
            "assignee",
            _("Assignee"),
            lambda row: ui.person(row.assignee, "here") if row.assignee else "",
            css="cell-nowrap",
        ),
        lists.Column("partner", _("Outsourced to"), _partner, css="cell-nowrap cell-wide"),
        lists.Column(
            "priority", _("Priority"), lambda row: PRIORITIES.badge(row.priority, True), css="cell-nowrap", shown=False
        ),
        lists.Column("steps", _("Checklist"), _checklist, css="cell-nowrap", shown=False),
    ),
    filters=(
        lists.Choice("status", _("Status"), "status", STATUSES.choices()),
        lists.Choice("priority", _("Priority"), "priority", PRIORITIES.choices()),
        lists.Flag("late", _("Overdue"), None),
        lists.Days("due", _("Deadline"), "due"),
    ),
    search=lambda rows, words: rows,
    pick="bulk",
    row_css=lambda row: "is-unread" if row.unread else "",
    export=False,
)


NOTHING: Any = None


class SampleListing(lists.Listing):
    """The list engine over rows that are not in a database."""

    filtered: Any = None

    def fetch(self, cursor: lists.Cursor | None, size: int) -> list[tuple[Any, Any]]:
        """All the sample rows that pass the choices, in the chosen order."""
        name = {"deadline": "due", "number": "id"}.get(self.sort.key, self.sort.key)
        statuses, priorities = self.asked.get("status"), self.asked.get("priority")
        found = [
            row
            for row in rows()
            if (not statuses or row.status in statuses)
            and (not priorities or row.priority in priorities)
            and self.q.lower() in row.title.lower()
        ]
        found.sort(key=lambda row: getattr(row, name), reverse=self.descending)
        return [(row, None) for row in found]


class OfferForm(forms.Form):
    """The fields of an offer, as the outsourcing app has them."""

    partner = forms.ChoiceField(
        label=_("Partner"), choices=[("1", "Baltic Services SIA · Rīga"), ("2", "Kalnu IT · Cēsis")]
    )
    rate_type = forms.ChoiceField(
        label=_("Rate"),
        choices=[("hourly", _("Hourly")), ("flat", _("Flat"))],
        widget=forms.RadioSelect,
        initial="hourly",
    )
    cost = forms.DecimalField(label=_("Cost rate"), initial="60.00", min_value=0)
    bill = forms.DecimalField(
        label=_("Bill my customer at"), initial="95.00", help_text=_("Never leaves your company.")
    )
    hours = forms.DecimalField(label=_("Authorised hours"), initial="5")
    charges = forms.DecimalField(label=_("Authorised charges"), initial="50.00", required=False)
    capped = forms.BooleanField(label=_("Not to exceed"), required=False, help_text=_("More than this is not paid."))
    answer_by = forms.DateTimeField(
        label=_("Answer by"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), required=False
    )
    complete_by = forms.DateField(
        label=_("Complete by"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    details = forms.ChoiceField(
        label=_("End customer"),
        choices=[("full", _("Full details")), ("site", _("Site only")), ("none", _("Nothing"))],
        initial="site",
    )
    instructions = forms.CharField(label=_("Instructions"), widget=forms.Textarea(attrs={"rows": 4}), required=False)
    on_site = forms.BooleanField(label=_("On-site visit required"), required=False)


class EveryField(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name"), help_text=_("As it stands on the invoice."))
    mail = forms.EmailField(label=_("E-mail"))
    amount = forms.DecimalField(label=_("Amount"))
    queue = forms.ChoiceField(label=_("Queue"), choices=[("1", "Service desk"), ("2", "Field service")])
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    file = forms.FileField(label=_("File"), required=False)
    agree = forms.BooleanField(label=_("I agree to the terms above"))
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("a", _("Question")), ("b", _("Fault"))], widget=forms.RadioSelect
    )
    skills = forms.MultipleChoiceField(
        label=_("Skills"),
        choices=[("net", _("Network")), ("print", _("Printing"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class SamplePage(shell.Page):
    """The shell with a company and a navigation that exist nowhere."""

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        self.tenant = _Named("Nordlicht Systemhaus", "nordlicht")

    counts_url = ""
    strips: Any = ()
    search_url: Any = "#"
    create: Any = (_("New ticket"), "#")
    shortcuts: Any = ()

    @property
    def groups(self) -> list[tuple[Any, list[Folder]]]:
        """Lines of the sample navigation."""
        here = self.request.resolver_match.kwargs.get("example", "")
        at = [reverse("web:styleguide_example", args=[name]) for name in ("dashboard", "list", "ticket", "offer")]
        return [
            (
                "",
                [
                    Folder(_("My day"), at[0], "house"),
                    Folder(_("Tickets"), at[1], "ticket", "41", here == "list"),
                    Folder(_("A ticket"), at[2], "file-text", "", here == "ticket"),
                    Folder(_("Unassigned"), at[1], "inbox", "7"),
                    Folder(_("Overdue"), at[1], "clock", "3", hot=True),
                ],
            ),
            (
                _("Outsource"),
                [
                    Folder(_("Dashboard"), at[0], "layout-dashboard", "12", here == "dashboard"),
                    Folder(_("An offer"), at[3], "send", "", here == "offer"),
                    Folder(_("Partners"), at[0], "handshake"),
                ],
            ),
            (
                _("Books"),
                [
                    Folder(_("Companies"), at[1], "building-2"),
                    Folder(_("Time and charges"), at[1], "timer"),
                    Folder(_("Invoices"), at[1], "receipt", "99+"),
                ],
            ),
        ]


@dataclass(frozen=True)
class _Named:
    name: str
    slug: str
    logo: str = ""
    is_portal: bool = False


def _folders() -> list[tuple[Any, list[Folder]]]:
    return [
        (
            _("Outsourced work"),
            [
                Folder(_("All my open"), "#", "folder-open", "12", True),
                Folder(_("All open"), "#", "folder", "31"),
                Folder(_("To release"), "#", "signature", "1", hot=True),
                Folder(_("Waiting acceptance"), "#", "hourglass", "4"),
                Folder(_("Needs a new partner"), "#", "circle-alert", "2", hot=True),
                Folder(
                    _("In progress"),
                    "#",
                    "circle-dot",
                    "17",
                    children=(
                        Folder(_("Overdue"), "#", "clock", "2", hot=True),
                        Folder(_("Open question"), "#", "message-circle-question-mark", "3"),
                    ),
                ),
                Folder(_("Waiting approval"), "#", "badge-check", "5"),
                Folder(_("Ended"), "#", "archive", "99+"),
            ],
        ),
        (
            _("Received work"),
            [
                Folder(_("Waiting acceptance"), "#", "inbox", "2", hot=True),
                Folder(_("In progress"), "#", "circle-dot", "6"),
                Folder(_("Ended, unbilled"), "#", "receipt", "3"),
            ],
        ),
    ]


def context(request: Any) -> dict[str, Any]:
    """What a page of the styleguide needs."""
    now = timezone.now()
    return {
        "page": SamplePage(request),
        "list": SampleListing(TICKETS, request, NOTHING, request.path),
        "sides": [
            (side, who, EveryField(auto_id=f"{side}_%s"), EveryField({"mail": "nobody"}, auto_id=f"{side}_x_%s"))
            for side, who in (("light", "Insourced from Nordlicht"), ("dark", "Insourced from Atlas"))
        ],
        "offer": OfferForm(),
        "folders": _folders(),
        "tones": ("gray", "blue", "teal", "green", "amber", "orange", "red", "violet"),
        "statuses": [STATUSES.badge(code) for code in STATUSES],
        "plain_statuses": [STATUSES.badge(code, True) for code in STATUSES],
        "moments": {
            "late": now - timedelta(hours=3),
            "soon": now + timedelta(hours=2),
            "later": now + timedelta(days=3),
            "ago": now - timedelta(minutes=12),
            "morning": now - timedelta(hours=5),
            "yesterday": now - timedelta(days=1, hours=2),
        },
        "path_steps": [
            (_("Outsourced"), "done"),
            (_("Accepted"), "done"),
            (_("In progress"), "now"),
            (_("Approved"), ""),
        ],
    }
