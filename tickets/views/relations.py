"""Merging, splitting, linking and deleting: pages of their own, and the panel of them on the ticket."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.tenancy.errors import Refused
from psa.web import refusals, throttle
from psa.web.access import needs
from tickets import carrying, guards, permissions, services, timeline
from tickets.forms.relations import TURNED, AskedForm, DeleteForm, LinkForm, MergeForm, SplitForm, hits
from tickets.labels import STATUSES
from tickets.models import Item, LinkKind, Ticket, TicketLink
from tickets.models.items import KINDS
from tickets.services.merging import MOST_SPLIT
from tickets.views import drafts, fetch

# How a link is called from either end, in the order the panel shows them.
GROUPS = {
    ("parent", "in"): gettext_lazy("Parent"),
    ("parent", "out"): gettext_lazy("Children"),
    ("blocks", "in"): gettext_lazy("Blocked by"),
    ("blocks", "out"): gettext_lazy("Blocks"),
    ("duplicates", "out"): gettext_lazy("Duplicates"),
    ("duplicates", "in"): gettext_lazy("Duplicated by"),
    ("related", ""): gettext_lazy("Related"),
}
DELETED_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Other:
    """A linked ticket as the panel shows it: whoever may not see it reads its number."""

    number: int
    title: str = ""
    url: str = ""
    status: str = ""
    is_done: bool = False
    remove_url: str = ""


class Relations:
    """The panel beside the ticket."""

    def __init__(self, request: Any, ticket: Ticket) -> None:
        self.request, self.actor, self.ticket = request, request.actor, ticket

    @cached_property
    def may_edit(self) -> bool:
        return permissions.may(self.ticket, "ticket.edit", self.actor)

    @cached_property
    def may_merge(self) -> bool:
        return permissions.may(self.ticket, "ticket.merge", self.actor)

    @cached_property
    def may_delete(self) -> bool:
        return permissions.may(self.ticket, "ticket.delete", self.actor)

    @cached_property
    def may_write(self) -> bool:
        return permissions.may(self.ticket, "note.write", self.actor)

    @cached_property
    def watchers(self) -> list[Any]:
        """Who hears of what happens here."""
        return services.watching.of(self.ticket)

    @property
    def is_watching(self) -> bool:
        return any(one.pk == self.actor.membership_id for one in self.watchers)

    @property
    def watch_url(self) -> str:
        return f"{fetch.address(self.request, self.ticket)}watchers/"

    @cached_property
    def merged(self) -> list[Other]:
        """The tickets that went on as this one; their own page is kept to be read."""
        rows = timeline.merged_into(self.ticket)
        return [Other(number, title, f"{self._page(number)}?as=merged") for _pk, number, title in rows]

    @cached_property
    def groups(self) -> list[tuple[Any, list[Other]]]:
        """Linked tickets by what they are to this one. Two statements however many there are."""
        is_linked = carrying.has(self.ticket, "links_out") or carrying.has(self.ticket, "links_in")
        links = list(services.linking.of(self.ticket)) if is_linked else []
        if not links:
            return []
        pairs = [(link, link.second if link.first_id == self.ticket.pk else link.first) for link in links]
        ids = [other.pk for _link, other in pairs]
        seen = set(Ticket.objects.visible_to(self.actor).filter(pk__in=ids).values_list("pk", flat=True))
        found: dict[tuple[str, str], list[Other]] = {}
        for link, other in pairs:
            way = "" if link.kind == LinkKind.RELATED else ("out" if link.first_id == self.ticket.pk else "in")
            if other.deleted_at is None:
                found.setdefault((link.kind, way), []).append(self._other(link, other, other.pk in seen))
        return [(label, found[key]) for key, label in GROUPS.items() if key in found]

    def _other(self, link: TicketLink, other: Ticket, is_seen: bool) -> Other:
        remove = fetch.address(self.request, self.ticket, "unlink", link.pk) if self.may_edit else ""
        if not is_seen:
            return Other(other.number, remove_url=remove)
        status = STATUSES.badge(other.status)
        return Other(other.number, other.title, self._page(other.number), status, not other.is_open, remove)

    def _page(self, number: int) -> str:
        return fetch.address(self.request, Ticket(number=number))


def survivor(request: Any, ticket: Ticket) -> HttpResponse | None:
    """Where the page of a merged ticket leads: to the one that went on, with a word about it; to itself to be read."""
    if ticket.merged_into_id is None or request.GET.get("as") == "merged":
        return None
    into = Ticket.objects.visible_to(request.actor).filter(pk=ticket.merged_into_id).first()
    if into is None:
        return None
    text = _("Ticket %(old)s was merged into this one, %(new)s.") % {"old": ticket.number, "new": into.number}
    messages.info(request, text)
    return redirect(fetch.address(request, into))


# Links ----------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.edit")
def link(request: Any, number: int) -> HttpResponse:
    """Link this ticket to another one the reader may see."""
    ticket = fetch.ticket(request, number)
    permissions.require(ticket, "ticket.edit", request.actor)
    form = LinkForm(ticket, request.actor, request.POST or None)
    if request.method == "POST" and form.is_valid():
        other, kind = form.cleaned_data["other"], form.cleaned_data["kind"]
        first, second = (other, ticket) if kind in TURNED else (ticket, other)
        try:
            services.linking.add(first, second, TURNED.get(kind, kind), by=request.actor)
            return redirect(fetch.address(request, ticket))
        except Refused as refused:
            form.add_error(None, refusals.explain(refused))
    status = 422 if form.errors else 200
    return render(request, "tickets/link.html", {"ticket": ticket, "form": form}, status=status)


@require_POST
@needs("ticket.edit")
def unlink(request: Any, number: int, pk: int) -> HttpResponse:
    """Take a link off."""
    ticket = fetch.ticket(request, number)
    one = services.linking.of(ticket).filter(pk=pk).first()
    try:
        if one is not None:
            services.linking.remove(one, ticket, by=request.actor)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return redirect(fetch.address(request, ticket))


@require_safe
@needs("ticket.view")
@throttle.limited("search")
def find(request: Any, number: int) -> HttpResponse:
    """The tickets that fit what is typed, for the field that asks for another one."""
    ticket = fetch.ticket(request, number)
    found = hits(ticket, request.actor, request.GET.get("q", "")[:100].strip())
    return render(request, "tickets/_hits.html", {"hits": found})


# Merge ----------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.merge")
def merge(request: Any, number: int) -> HttpResponse:
    """First into which one, then what would happen, then it is done; it cannot be undone and says so."""
    ticket = fetch.ticket(request, number)
    permissions.require(ticket, "ticket.merge", request.actor)
    refused = guards.refusals(ticket, "ticket.merge", [], request.actor).get(None)
    given = request.POST if request.method == "POST" else (request.GET if "other" in request.GET else None)
    form = MergeForm(ticket, request.actor, given)
    plan, into, status = None, None, 200
    if given is not None and form.is_valid():
        into = form.cleaned_data["other"]
        if request.method == "POST" and "merge" in request.POST:
            try:
                return _merged(request, ticket, into, form)
            except Refused as no:
                form.add_error(None, refusals.explain(no))
                status = 409
                ticket = fetch.ticket(request, number)
        plan = services.merging.plan(ticket, into, by=request.actor)
    elif given is not None:
        status = 422
    context = {
        "ticket": ticket,
        "form": form,
        "plan": plan,
        "into": into,
        "reason": refusals.explain(plan.refusal) if plan and plan.refusal else "",
        "refused": refusals.explain(refused) if refused else "",
        "lines": _lines(plan.counts) if plan else [],
    }
    return render(request, "tickets/merge.html", context, status=status)


def _merged(request: Any, ticket: Ticket, into: Ticket, form: MergeForm) -> HttpResponse:
    asked = form.cleaned_data
    services.merging.merge(
        ticket, into, by=request.actor, other_customer=asked["other_customer"], version=asked["version"]
    )
    words = _("Ticket %(old)s is merged into this one.") % {"old": ticket.number}
    messages.success(request, words)
    return redirect(fetch.address(request, into))


def _lines(counts: dict[str, int]) -> list[str]:
    """What goes over, in words."""
    said = {
        "note": lambda n: ngettext("%(n)s note", "%(n)s notes", n),
        "attachment": lambda n: ngettext("%(n)s file", "%(n)s files", n),
        "timeentry": lambda n: ngettext("%(n)s time entry", "%(n)s time entries", n),
        "charge": lambda n: ngettext("%(n)s charge", "%(n)s charges", n),
        "checklist": lambda n: ngettext("%(n)s checklist", "%(n)s checklists", n),
        "stopwatch": lambda n: ngettext("%(n)s stopwatch", "%(n)s stopwatches", n),
        "helper": lambda n: ngettext("%(n)s person who works on it, too", "%(n)s people who work on it, too", n),
        "watcher": lambda n: ngettext("%(n)s watcher", "%(n)s watchers", n),
        "link": lambda n: ngettext("%(n)s link", "%(n)s links", n),
    }
    return [said[kind](many) % {"n": many} for kind, many in counts.items()]


# Split ----------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.split")
def split(request: Any, number: int) -> HttpResponse:
    """Choose items; they become a new ticket. What may not go says why."""
    ticket = fetch.ticket(request, number)
    permissions.require(ticket, "ticket.split", request.actor)
    form, status = SplitForm(ticket, request.actor, request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            title, keys = form.cleaned_data["title"], _keys(form.picked)
            try:
                made = services.merging.split(ticket, title, keys, by=request.actor)
                services.drafts.sent(ticket, form.place, by=request.actor)
                return drafts.tell_sent(request, redirect(fetch.address(request, made)))
            except Refused as refused:
                form.add_error(None, refusals.explain(refused))
                status = 409
    items = _items(ticket)
    found = guards.refusals(ticket, "ticket.split", items, request.actor)
    everything = found.get(None)
    rows = [(one, f"{one.kind()}:{one.key}", _why(found.get(one))) for one in items]
    _keep(form)
    context = {"ticket": ticket, "form": form, "rows": rows, "refused": "" if form.is_bound else _why(everything)}
    return render(request, "tickets/split.html", context, status=status)


def _keep(form: AskedForm) -> None:
    """Go on with what was typed here before; over what was sent just now nothing is filled in."""
    drafts.remembered(form) if form.is_bound else drafts.restored(form)


def _items(ticket: Ticket) -> list[Item]:
    """What stands on the ticket, the newest first."""
    found: list[Item] = []
    for model in KINDS.values():
        found += model._default_manager.filter(ticket=ticket, removed_at=None).order_by("-made_at")[:MOST_SPLIT]
    return sorted(found, key=lambda one: one.made_at, reverse=True)[:MOST_SPLIT]


def _keys(picked: set[str]) -> list[tuple[str, UUID]]:
    found = []
    for one in sorted(picked):
        kind, _sep, key = one.partition(":")
        try:
            found.append((kind, UUID(key)))
        except ValueError:
            continue
    return [(kind, key) for kind, key in found if kind in KINDS]


def _why(refused: Refused | None) -> str:
    return refusals.explain(refused) if refused else ""


# Delete ---------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@needs("ticket.delete")
def delete(request: Any, number: int) -> HttpResponse:
    """Take a ticket out of sight, after asking why."""
    ticket = fetch.ticket(request, number)
    permissions.require(ticket, "ticket.delete", request.actor)
    form, status = DeleteForm(ticket, request.actor, request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.deleting.delete(ticket, form.cleaned_data["reason"], by=request.actor)
                services.drafts.sent(ticket, form.place, by=request.actor)
                messages.success(request, _("Ticket %(number)s is deleted.") % {"number": ticket.number})
                return drafts.tell_sent(request, redirect("tickets:list", request.tenant.slug))
            except Refused as refused:
                form.add_error(None, refusals.explain(refused))
                status = 409
    refused_now = guards.refusals(ticket, "ticket.delete", [], request.actor).get(None)
    along = [refusals.sentence(code, params) for code, params in services.deleting.goes_along(ticket)]
    _keep(form)
    context = {
        "ticket": ticket,
        "form": form,
        "refused": "" if form.is_bound else _why(refused_now),
        "along": along,
        "days": services.deleting.KEPT.days,
    }
    return render(request, "tickets/delete.html", context, status=status)


@require_safe
@needs("tenant.manage")
def deleted(request: Any) -> HttpResponse:
    """What was deleted in the last thirty days, to be brought back."""
    since = timezone.now() - services.deleting.KEPT
    rows = Ticket.objects.filter(deleted_at__gte=since).select_related("company").order_by("-deleted_at")
    context = {"tickets": rows[:DELETED_SHOWN], "days": services.deleting.KEPT.days}
    return render(request, "tickets/deleted.html", context)


@require_POST
@needs("tenant.manage")
def restore(request: Any, number: int) -> HttpResponse:
    """Bring a deleted ticket back."""
    ticket = get_object_or_404(Ticket.objects.filter(deleted_at__isnull=False), number=number)
    try:
        services.deleting.restore(ticket, by=request.actor)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
        return redirect("tickets:deleted", request.tenant.slug)
    return redirect(fetch.address(request, ticket))
