"""The ticket page: what stands on it, its moves, its properties and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.db.models import Count, F, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.journal.models import Entry
from psa.tenancy import plans
from psa.tenancy.errors import Asks, Overridable, Refused
from psa.tenancy.prepared import Prepared
from psa.web import fragments, htmx, refusals
from psa.web.access import needs
from psa.web.views import safe_next
from tickets import carrying, clock_faces, guards, parts, permissions, readers, services, timeline
from tickets.forms import FORMS, AssignForm, ItemForm, MoveForm, PropertiesForm, colleagues, form_of
from tickets.forms.ticket import HIDDEN
from tickets.labels import PRIORITIES, SOURCES, STATUSES
from tickets.models import Attachment, Audience, Charge, Ticket, TimeEntry
from tickets.services.items import KINDS
from tickets.views import drafts, fetch
from tickets.views.checklists import Panel
from tickets.views.relations import Relations, survivor

COMPOSERS = {"note": "note", "time": "timeentry", "charge": "charge", "file": "attachment"}
WORDS = {"note": "notes", "timeentry": "time", "charge": "charges", "attachment": "files"}
FILES_SHOWN = 20
VIEW = "timeline_view"  # what this person last chose to see of a timeline, on any ticket


_COLLEAGUES = Prepared(lambda: colleagues().values_list("pk", "name"))


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the composer: open, or closed with the reason."""

    code: str
    kind: str
    form: type[ItemForm]
    href: str
    active: bool
    reason: str = ""


class TicketPage:
    """What the page draws. Each part is worked out when it is drawn, so a fragment pays for nothing else."""

    def __init__(self, request: Any, ticket: Ticket, form: ItemForm | None = None) -> None:
        self.request, self.actor, self.ticket = request, request.actor, ticket
        self._form = form
        guards.remember(ticket)
        view = request.GET.get("view") or request.session.get(VIEW, "all")
        self.view = view if view in timeline.VIEWS else "all"
        if "view" in request.GET and request.session.get(VIEW, "all") != self.view:
            request.session[VIEW] = self.view

    @cached_property
    def url(self) -> str:
        return fetch.address(self.request, self.ticket)

    # Head
    @property
    def status(self) -> str:
        return STATUSES.badge(self.ticket.status)

    @property
    def priority(self) -> str:
        return PRIORITIES.badge(self.ticket.priority, True)

    @property
    def source(self) -> str:
        return SOURCES.text(self.ticket.source)

    @property
    def company_url(self) -> str:
        """The customer's page in the address book."""
        tenant = self.request.tenant
        if not self.actor.can("company.view") or not plans.opens(tenant, "directory:page"):
            return ""
        return reverse("directory:page", args=[tenant.slug, self.ticket.company_id])

    @property
    def is_done(self) -> bool:
        return not self.ticket.is_open

    @property
    def is_not_mine(self) -> bool:
        return self.ticket.assignee_id != self.actor.membership_id

    @property
    def phone(self) -> str:
        """The contact's number as a telephone dials it."""
        given = self.ticket.contact.phone if self.ticket.contact else ""
        return "".join(char for char in given if char.isascii() and (char.isdigit() or char == "+"))

    # Moves
    @cached_property
    def moves(self) -> list[tuple[services.Move, str, str]]:
        """The next moves, each with the reason that stands against it, and where to go instead."""
        drawn = services.buttons(self.ticket, self.actor)
        return [(one.move, _why(one.refusal), self._way_out(one.move.name, one.refusal)) for one in drawn]

    @property
    def dialogs(self) -> list[tuple[services.Move, MoveForm]]:
        """The moves that ask for something, each with its empty form."""
        return [(move, MoveForm(move)) for move, why, _url in self.moves if move.asks and not why]

    @property
    def may_submit(self) -> bool:
        """Whether the work can be put before the customer now."""
        return any(move.name == "submit" and not why for move, why, _url in self.moves)

    def _way_out(self, name: str, refused: Refused | None) -> str:
        if refused is None:
            return ""
        if _asked(refused, self.request):
            return f"{self.url}{name}/"
        if not refused.way_out:
            return ""
        try:
            return reverse(refused.way_out, args=[self.request.tenant.slug, self.ticket.number])
        except NoReverseMatch:
            return refusals.way_out(refused, self.request)

    @cached_property
    def may_edit(self) -> bool:
        is_open = plans.opens(self.request.tenant, "tickets:properties")
        return is_open and permissions.may(self.ticket, "ticket.edit", self.actor)

    @cached_property
    def edit_refused(self) -> str:
        return _why(guards.refusals(self.ticket, "ticket.edit", [], self.actor).get(None)) if self.may_edit else ""

    @cached_property
    def assignees(self) -> list[tuple[int, str]]:
        """Whom it can be given to, by those who may."""
        if not permissions.may(self.ticket, "ticket.assign", self.actor):
            return []
        return _COLLEAGUES()

    # Composer
    @cached_property
    def readers(self) -> list[readers.Reader]:
        return readers.readers(self.ticket)

    @cached_property
    def tabs(self) -> list[Tab]:
        """The kinds of items this member may add."""
        asked = self._form.kind if self._form else COMPOSERS.get(self.request.GET.get("compose", ""), "")
        kinds = [pair for pair in COMPOSERS.items() if permissions.may(self.ticket, KINDS[pair[1]].add, self.actor)]
        chosen = asked if asked in [kind for _code, kind in kinds] else (kinds[0][1] if kinds else "")
        return [self._tab(code, kind, kind == chosen) for code, kind in kinds]

    def _tab(self, code: str, kind: str, active: bool) -> Tab:
        refused = guards.refusals(self.ticket, f"{kind}.add", [], self.actor).get(None)
        return Tab(code, kind, FORMS[kind], f"{self.url}?compose={code}#composer", active, _why(refused))

    @cached_property
    def tab(self) -> Tab | None:
        """The tab that is open."""
        return next((tab for tab in self.tabs if tab.active), None)

    @cached_property
    def form(self) -> ItemForm | None:
        """The form of the open tab."""
        if self._form is not None or self.tab is None or self.tab.reason:
            return drafts.remembered(self._form) if self._form else None
        return drafts.restored(form_of(self.tab.kind, self.ticket, self.actor, found=self.readers))

    @cached_property
    def parts(self) -> list[parts.Part]:
        """What other apps add to the form of the open tab."""
        if self.form is None:
            return []
        return parts.parts(self.form.kind, self.ticket) if self.form.parts is None else self.form.parts

    # Stream
    @cached_property
    def stream(self) -> timeline.Page:
        before = self.request.GET.get("before", "")
        found = int(before) if before.isdecimal() and len(before) < 19 else None
        stream = timeline.page(self.ticket, self.actor, self.view, found)
        names = {(one.audience, one.handover): one.name for one in self.readers}
        for card in stream.told:
            if isinstance(card, timeline.Card):
                card.url = f"{self.url}{WORDS[card.kind]}/{card.item.key}/"
                card.with_prices = self.may_see_prices
                if card.item.audience != Audience.INTERNAL:
                    card.reader = names.get((card.item.audience, card.item.handover), "")
        return stream

    @property
    def told(self) -> SafeString:
        """The cards and lines of this page of the stream. What can be acted on is drawn for its reader, others once."""
        return mark_safe("\n".join([self._told(one) for one in self.stream.told]))

    def _told(self, told: timeline.Line | timeline.Card) -> str:
        name = "card" if told.is_item else "line"
        if not told.undo and not told.acts:
            return fragments.drawn(f"tickets/_{name}.html", name, told.face)
        more = {name: told.face, "undo": told.undo, "acts": told.acts}
        return render_to_string(f"tickets/_{name}.html", more, self.request)

    @cached_property
    def views(self) -> list[tuple[str, Any, str]]:
        return [(code, label, f"{self.url}?view={code}") for code, (label, _k) in timeline.VIEWS.items()]

    @property
    def older_url(self) -> str:
        if not self.stream.older:
            return ""
        return f"{self.url}?{urlencode({'view': self.view, 'before': self.stream.older})}"

    @cached_property
    def news_url(self) -> str:
        """Where the page asks for what came behind the last entry told; a page of older entries does not ask."""
        if "before" in self.request.GET:
            return ""
        first = self.stream.told[0].id if self.view == "all" and self.stream.told else newest(self.ticket)
        return f"{self.url}news/?{urlencode({'view': self.view, 'since': first})}"

    # Side
    @cached_property
    def checklists(self) -> Panel:
        """The lists the ticket is worked through by."""
        return Panel(self.request, self.ticket)

    @cached_property
    def relations(self) -> Relations:
        """Other tickets it belongs to, and the people who watch it."""
        return Relations(self.request, self.ticket)

    @cached_property
    def time(self) -> dict[str, Any]:
        """Minutes worked and to bill, ours and the partner's."""
        if not carrying.has(self.ticket, "time"):
            return {"entries": 0, "worked": None, "partner": None, "billed": None}
        standing = TimeEntry.objects.filter(ticket=self.ticket, removed_at=None)
        theirs = Q(received_at__isnull=False)
        return standing.aggregate(
            entries=Count("pk"),
            worked=Sum("minutes"),
            partner=Sum("minutes", filter=theirs),
            billed=Sum(F("minutes") + F("offset_minutes"), filter=Q(is_billable=True, is_over_estimate=False)),
        )

    @property
    def own_minutes(self) -> int:
        return (self.time["worked"] or 0) - (self.time["partner"] or 0)

    @cached_property
    def charges(self) -> list[dict[str, Any]]:
        """How many charges and what they come to, for each currency."""
        if not carrying.has(self.ticket, "charges"):
            return []
        standing = Charge.objects.filter(ticket=self.ticket, removed_at=None)
        return list(
            standing.order_by("currency")
            .values("currency")
            .annotate(entries=Count("pk"), amount=Sum(F("quantity") * F("unit_price")))
        )

    @cached_property
    def clocks(self) -> clock_faces.Panel | None:
        """What is promised and what is left of it; None where nothing is."""
        return clock_faces.panel(self.ticket) if carrying.has(self.ticket, "clocks") else None

    @cached_property
    def may_see_prices(self) -> bool:
        return bool(self.actor.can("price.view"))

    @cached_property
    def files(self) -> list[tuple[Attachment, str]]:
        if not carrying.has(self.ticket, "files"):
            return []
        rows = Attachment.objects.filter(ticket=self.ticket, removed_at=None).select_related("file").order_by("-pk")
        return [(one, fetch.address(self.request, self.ticket, "preview_file", one.key)) for one in rows[:FILES_SHOWN]]


def _why(refused: Refused | None) -> str:
    return refusals.explain(refused) if refused else ""


def newest(ticket: Ticket) -> int:
    """The last entry of a ticket's journal."""
    rows = Entry.objects.filter(subject_type="ticket", subject_id=ticket.pk).order_by("-pk")
    return rows.values_list("pk", flat=True).first() or 0


def answer(request: HttpRequest, ticket: Ticket, form: ItemForm | None = None, status: int = 200) -> HttpResponse:
    """The page, or the part of it htmx asked for."""
    context = {"desk": TicketPage(request, ticket, form), "ticket": ticket}
    for part in ("stream", "composer"):
        if htmx.wants_part(request, part):
            context["is_part"] = True
            return htmx.answer(
                request, "tickets/page.html", f"tickets/_{part}.html", context, target=part, status=status
            )
    return render(request, "tickets/page.html", context, status=status)


@require_safe
@csp_update({"frame-src": [SELF]})  # a PDF's preview, in the dialog
@needs("ticket.view")
def page(request: Any, number: int) -> HttpResponse:
    """One ticket with everything on it; from now on it is read."""
    ticket = fetch.ticket(request, number)
    if moved := survivor(request, ticket):
        return moved
    services.opened.mark(ticket, by=request.actor)
    return answer(request, ticket)


@require_safe
@never_cache
@needs("ticket.view")
def news(request: Any, number: int) -> HttpResponse:
    """What came since the page was drawn, or nothing; the composer is left alone."""
    ticket = fetch.ticket(request, number)
    if str(newest(ticket)) == request.GET.get("since", ""):
        return HttpResponse(status=204)
    services.opened.mark(ticket, by=request.actor)
    return render(request, "tickets/_news.html", {"desk": TicketPage(request, ticket), "ticket": ticket})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.view")
def move(request: Any, number: int, move: str) -> HttpResponse:
    """Make a move, or ask for what it needs. Whoever came second is told so; words typed for it stay."""
    wanted = services.BY_NAME.get(move)
    if wanted is None:
        raise Http404
    ticket = fetch.ticket(request, number)
    permissions.require(ticket, wanted.capability, request.actor)
    if request.method != "POST":
        refused = guards.refusals(ticket, f"ticket.{move}", [], request.actor).get(None)
        form = MoveForm(wanted, also=_asked(refused, request))
        return _move_form(request, ticket, wanted, form, 200, _why(refused))
    form = MoveForm(wanted, request.POST)
    if not form.is_valid():
        return _move_form(request, ticket, wanted, form, 422)
    try:
        services.move(ticket, move, by=request.actor, confirmed=bool(request.POST.get("confirmed")), **form.words())
    except Refused as refused:
        if refused.params.get("own") and form.data.get("text", "").strip() in {"", refused.params["said"].strip()}:
            messages.info(request, refusals.explain(refused))
        elif wanted.asks or _asked(refused, request):
            form = MoveForm(wanted, request.POST, also=_asked(refused, request))
            form.is_valid()
            form.asks_to_confirm = refused.code == "children_are_open"
            return _move_form(request, ticket, wanted, form, 409, refusals.explain(refused))
        else:
            messages.warning(request, refusals.explain(refused))
    return redirect(safe_next(request, fetch.address(request, ticket)))


def _asked(refused: Refused | None, request: Any) -> tuple[str, ...]:
    """What a no asks for besides, of somebody who may say it."""
    if isinstance(refused, Overridable) and not request.actor.can("ticket.override"):
        return ()
    return refused.asks if isinstance(refused, Asks) else ()


def _move_form(
    request: HttpRequest, ticket: Ticket, wanted: Any, form: MoveForm, status: int, said: str = ""
) -> HttpResponse:
    context = {"ticket": ticket, "move": wanted, "form": form, "said": said, "keep": readers.readers(ticket)[0]}
    return render(request, "tickets/move.html", context, status=status)


@require_POST
@needs("ticket.assign")
def assign(request: Any, number: int) -> HttpResponse:
    """Make somebody responsible, or nobody."""
    ticket, form = fetch.ticket(request, number), AssignForm(request.POST)
    try:
        if form.is_valid():
            services.assign(ticket, form.cleaned_data["assignee"], by=request.actor)
        else:
            messages.error(request, " ".join(map(str, form.errors["assignee"])))
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return redirect(fetch.address(request, ticket))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.edit")
def properties(request: Any, number: int) -> HttpResponse:
    """Change what the ticket says about itself; over somebody else's change both are shown."""
    ticket = fetch.ticket(request, number)
    permissions.require(ticket, "ticket.edit", request.actor)
    if request.method != "POST":
        return _properties(request, ticket, *_begun(request, ticket))
    form = PropertiesForm(ticket, request.POST)
    now: dict[str, str] = {}
    if "again" not in request.POST and form.is_valid():
        try:
            services.edit(ticket, by=request.actor, version=form.cleaned_data["version"], **form.changes())
        except Refused as refused:
            if refused.code == "changed_meanwhile":
                form, now = form.over(fetch.ticket(request, number))
                if not now and form.is_valid():
                    services.edit(ticket, by=request.actor, version=form.cleaned_data["version"], **form.changes())
                    return _edited(request, ticket, form)
            form.add_error(None, refusals.explain(refused))
        else:
            return _edited(request, ticket, form)
    return _properties(request, ticket, form, now, 422)


def _edited(request: HttpRequest, ticket: Ticket, form: PropertiesForm) -> HttpResponse:
    services.drafts.sent(ticket, form.place, by=request.actor)  # type: ignore[attr-defined]
    return drafts.tell_sent(request, htmx.go(request, fetch.address(request, ticket)))


def _begun(request: Any, ticket: Ticket) -> tuple[PropertiesForm, dict[str, str]]:
    """The form with what was begun offered; or taken up, with what stands there now of what was touched."""
    form = PropertiesForm(ticket)
    form.actor = request.actor
    begun = drafts.asked_for(request, ticket, "properties")
    if begun is None:
        return drafts.offered(request, form, "properties"), {}
    typed = QueryDict(mutable=True)
    typed.update({**begun.fields, "opening": begun.place.removeprefix("properties-")})
    form, now = PropertiesForm(ticket, typed).over(ticket)
    return drafts.taken_up(form, begun), now


def _properties(
    request: HttpRequest, ticket: Ticket, form: PropertiesForm, now: dict[str, str], status: int = 200
) -> HttpResponse:
    form.actor = request.actor  # type: ignore[attr-defined]
    rows = [(form[name], now.get(name, "")) for name in form.fields if name not in HIDDEN]
    drafts.remembered(form)
    context = {"ticket": ticket, "form": form, "rows": rows, "url": fetch.address(request, ticket)}
    return htmx.answer(request, "tickets/properties.html", "tickets/_properties_form.html", context, status=status)
