"""The hand-off inbox: what waits for one's role, one of them with its moves, and a wish handed to sales."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.hand_offs import WishForm, WordsForm
from billing.lists.hand_offs import FORM, HAND_OFF_LIST, role_name
from billing.lists.visits import span
from billing.services import returned_billing, showing, visits
from psa.fsm import can_proceed
from psa.tenancy.errors import Asks, Refused
from psa.web import refusals
from psa.web.access import needs
from psa.web.once import counted, counts_once
from tickets import permissions, sight
from tickets.labels import HAND_OFF_KINDS, HAND_OFFS
from tickets.models import Appointment, HandOff, HandOffKind, HandOffStatus, Ticket
from tickets.services import appointments
from tickets.services import hand_offs as verbs
from tickets.views import fetch

SETTLED = (HandOffStatus.DONE, HandOffStatus.CANCELLED)
MOVES: dict[str, Callable[[HandOff, str, Any], HandOff]] = {
    "accept": lambda row, words, by: verbs.accept(row, by=by),
    "back": lambda row, words, by: verbs.give_back(row, words, by=by),
    "again": lambda row, words, by: verbs.send_again(row, words, by=by),
    "finish": lambda row, words, by: verbs.finish(row, by=by, answer=words),
    "cancel": lambda row, words, by: verbs.cancel(row, by=by),
}
NEED_WORDS = {"back", "again"}


@require_safe
@needs("order.view")
def inbox(request: Any) -> HttpResponseBase:
    """What waits, the most urgent first."""
    rows = _seen(request).open()
    return HAND_OFF_LIST.open(request, rows).answer(
        "billing/hand_offs/list.html", {"act_form": FORM, "not_settled": True}
    )


@require_safe
@needs("order.view")
def settled(request: Any) -> HttpResponseBase:
    """What is done or was no longer needed."""
    rows = _seen(request).filter(status__in=SETTLED)
    context = {"act_form": FORM, "is_settled": True}
    return HAND_OFF_LIST.open(request, rows).answer("billing/hand_offs/list.html", context)


@require_safe
@needs("order.view")
def page(request: Any, pk: int) -> HttpResponse:
    """One of them: what is wanted, who has it, what can be done with it."""
    return _page(request, _one(request, pk))


@require_POST
@needs("order.view")
def settle(request: Any, pk: int, move: str) -> HttpResponse:
    """One move. A reason that is missing is asked for where it is typed; somebody who was faster is named."""
    row = _one(request, pk)
    if move not in MOVES:
        raise Http404
    form = WordsForm(request.POST, is_needed=move in NEED_WORDS, label=_labels().get(move, ""))
    if not form.is_valid():
        return _page(request, row, {move: form}, status=422)
    try:
        MOVES[move](row, form.cleaned_data["words"], request.actor)
    except Asks as asks:
        form.add_error("words", refusals.explain(asks))
        return _page(request, row, {move: form}, status=422)
    except Refused as refused:
        return _page(request, _one(request, pk), status=409, said=refusals.explain(refused))
    messages.success(request, _done(move))
    if move == "finish":
        return redirect("billing:hand_offs", request.tenant.slug)
    return redirect("billing:hand_off", request.tenant.slug, row.pk)


def _done(move: str) -> str:
    return {
        "accept": _("It is yours now."),
        "back": _("Returned. The sender is told."),
        "again": _("Handed over again."),
        "finish": _("Done."),
        "cancel": _("Taken out of the inbox."),
    }[move]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("order.view")
@counts_once
def hand_to_sales(request: Any, number: int) -> HttpResponse:
    """A wish of the customer, for a quote or an order, handed to sales."""
    ticket = fetch.ticket(request, number)
    form = WishForm(request.POST if request.method == "POST" else None, initial={"title": ticket.title})
    if request.method == "POST" and form.is_valid():
        try:
            with counted(request) as sent:
                verbs.send(HandOffKind.QUOTE, ticket=ticket, **form.cleaned_data, by=request.actor)
                answer = sent.leads_to("tickets:page", request.tenant.slug, number)
            messages.success(request, _("Handed to sales. You hear from them here."))
            return answer
        except Refused as refused:
            form.refuse(refused)
    status = 422 if form.errors else 200
    return render(request, "billing/hand_offs/wish.html", {"ticket": ticket, "form": form}, status=status)


def _seen(request: Any) -> Any:
    """What the reader sees, with the titles of the tickets they may open."""
    return HandOff.objects.visible_to(request.actor).annotate(seen_title=sight.title_for(request.actor))


def _one(request: Any, pk: int) -> HandOff:
    rows = HandOff.objects.visible_to(request.actor)
    found: HandOff = get_object_or_404(rows.select_related("ticket__company", "sender", "taken_by"), pk=pk)
    return found


def _page(
    request: Any, row: HandOff, forms: dict[str, WordsForm] | None = None, status: int = 200, said: str = ""
) -> HttpResponse:
    """The page with the moves its reader can make; `forms` are those with something wrong in them, `said` why a move
    was not made."""
    visit = visits.of_hand_off(row)
    came_back = returned_billing.note_of(row, request.actor)
    context = {
        "row": row,
        "came_back": came_back,
        "visit": visit,
        "span": span(visit.starts_at, visit.ends_at) if visit else "",
        "people": appointments.people_of(visit) if visit else [],
        "note": visits.note_of(visit) if visit else None,
        "sees_visit": visit is not None and Appointment.objects.visible_to(request.actor).filter(pk=visit.pk).exists(),
        "may_prepare": visit is not None and request.actor.can("delivery.prepare") == "all",
        "invoices": showing.bearing(returned_billing.items_of(came_back), request.actor) if came_back else [],
        "kind": HAND_OFF_KINDS.badge(row.kind),
        "state": HAND_OFFS.badge(row.status),
        "role": role_name(row.receiving_role),
        "ticket": row.ticket if row.ticket is not None and _sees(row.ticket, request) else None,
        "moves": [(move, form) for move, form in _forms(row, request.actor, forms or {})],
        "is_over": row.status in SETTLED,
        "said": said,
    }
    return render(request, "billing/hand_offs/page.html", context, status=status)


def _sees(ticket: Ticket, request: Any) -> bool:
    return permissions.may(ticket, "ticket.view", request.actor)


def _labels() -> dict[str, str]:
    return {"back": _("Reason or question"), "again": _("Your answer"), "finish": _("Answer for the sender")}


def _forms(row: HandOff, by: Any, wrong: dict[str, WordsForm]) -> list[tuple[str, WordsForm]]:
    """The moves that are open to this member, each with the form its words are typed into."""
    takes = verbs.may_take(row, by)
    rights = {
        "accept": takes,
        "finish": takes,
        "back": takes,
        "again": verbs.may_send_again(row, by),
        "cancel": verbs.may_cancel(row, by),
    }
    machine = {"back": "give_back", "again": "send_again"}
    labels = _labels()
    return [
        (move, wrong.get(move) or WordsForm(is_needed=move in NEED_WORDS, label=labels.get(move, "")))
        for move, may in rights.items()
        if may and can_proceed(getattr(row, machine.get(move, move)))
    ]
