"""The pages of licences: reported on a ticket, answered by sales, and the reports of what is not billed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet, Value
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.licences import AcceptForm, LicenceForm, Refusable, WordsForm
from billing.lists import visits as lists
from billing.models import DeliveryNote, DeliveryStatus, Licence, LicenceChange, PaperKind
from billing.services import licences
from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from psa.web.lists import List
from psa.web.once import counted, counts_once
from tickets.models import Ticket
from tickets.views import fetch

editing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs("order.view")
def listing(request: Any) -> HttpResponseBase:
    """Every licence that was reported."""
    rows = Licence.objects.visible_to(request.actor).annotate(slug=Value(request.tenant.slug))
    return lists.LICENCES.open(request, rows).answer("billing/licences/list.html", {})


@require_safe
@needs("report.view")
def not_billed(request: Any) -> HttpResponseBase:
    """Installed, not yet billed, by age."""
    rows = Licence.objects.visible_to(request.actor).filter(status__in=licences.WAITING)
    return _report(request, rows, lists.LICENCES, "installed_on", "billing/licences/not_billed.html")


@require_safe
@needs("report.view")
def not_invoiced(request: Any) -> HttpResponseBase:
    """Delivered, not invoiced, by age."""
    rows = DeliveryNote.objects.visible_to(request.actor).filter(
        kind=PaperKind.DELIVERY, status__in=(DeliveryStatus.DELIVERED, DeliveryStatus.SIGNED)
    )
    rows = lists.with_day(rows)
    return _report(request, rows, lists.DELIVERIES, "delivered_on", "billing/licences/not_invoiced.html")


def _report(request: Any, rows: QuerySet, what: List, field: str, template: str) -> HttpResponseBase:
    figures = [
        (label, rows.filter(lists.age(code, field)).count(), f"?age={code}") for code, label in lists.AGE_CHOICES
    ]
    shown = what.open(request, rows.annotate(slug=Value(request.tenant.slug)))
    return shown.answer(template, {"figures": figures, "asked": request.GET.getlist("age")})


@editing
@needs("licence.handoff_create")
@counts_once
def report(request: Any, number: int) -> HttpResponse:
    """A licence that was installed for this ticket."""
    ticket = fetch.ticket(request, number)
    form = LicenceForm(ticket, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with counted(request) as sent:
                licences.report(ticket, form.report, is_sure=form.cleaned_data["is_sure"], by=request.actor)
                answer = sent.leads_to(fetch.address(request, ticket) + "#licences")
            messages.success(request, _("Reported. Sales takes it into the contract."))
            return answer
        except Refused as refused:
            form.refuse(refused)
    context = {"ticket": ticket, "form": form, "back_url": fetch.address(request, ticket)}
    return render(request, "billing/licences/report.html", context, status=422 if form.errors else 200)


@require_POST
@needs("licence.handoff_create")
def none_installed(request: Any, number: int) -> HttpResponse:
    """The answer at the end of an installation: none."""
    ticket = fetch.ticket(request, number)
    try:
        licences.none_installed(ticket, by=request.actor)
        messages.success(request, _("Noted: no licence was installed."))
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return HttpResponseRedirect(fetch.address(request, ticket))


@require_safe
@needs("order.view")
def page(request: Any, key: UUID) -> HttpResponse:
    """One licence, and what can be done about it."""
    return _page(request, _row(request, key))


@require_POST
@needs("licence.handoff_answer")
def accept(request: Any, key: UUID) -> HttpResponse:
    """Into the contract."""
    row = _row(request, key)
    form = AcceptForm(row, request.POST)

    def take() -> Licence:
        return licences.accept(row, form.wanted, by=request.actor)

    return _do(request, row, form, take, _("The contract is changed."), "accept")


@require_POST
@needs("licence.handoff_answer")
def give_back(request: Any, key: UUID) -> HttpResponse:
    """Back to whoever reported it, with a question."""
    row, form = _row(request, key), WordsForm(request.POST)

    def ask() -> Licence:
        return licences.give_back(row, form.cleaned_data["text"], by=request.actor)

    return _do(request, row, form, ask, _("Returned with your question."), "question")


@require_POST
@needs("licence.handoff_create")
def report_again(request: Any, key: UUID) -> HttpResponse:
    """The answer to the question."""
    row, form = _row(request, key), WordsForm(request.POST, label=_("Your answer"))

    def answer() -> Licence:
        return licences.report_again(row, form.cleaned_data["text"], by=request.actor)

    return _do(request, row, form, answer, _("Answered. It is with sales again."), "answer")


@require_POST
@needs("licence.handoff_create")
def cancel(request: Any, key: UUID) -> HttpResponse:
    """It was not installed after all."""
    row = _row(request, key)
    try:
        licences.cancel(row, by=request.actor)
        messages.success(request, _("Taken back. Nothing is billed."))
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return HttpResponseRedirect(_address(request, row))


def _row(request: Any, key: UUID) -> Licence:
    rows = Licence.objects.visible_to(request.actor)
    rows = rows.select_related("ticket__company", "company", "article", "replaces__contract", "line__contract")
    row: Licence = get_object_or_404(rows, key=key)
    return row


def _address(request: Any, row: Licence) -> str:
    return reverse("billing:licence", args=[request.tenant.slug, row.key])


def _do(
    request: Any, row: Licence, form: Refusable, verb: Callable[[], Licence], said: str, place: str
) -> HttpResponse:
    if form.is_valid():
        try:
            verb()
            messages.success(request, said)
            return HttpResponseRedirect(_address(request, row))
        except Refused as refused:
            form.refuse(refused)
    return _page(request, row, status=422, **{place: form})


def _page(request: Any, row: Licence, status: int = 200, **forms: Any) -> HttpResponse:
    may_settle = bool(request.actor.can(licences.ANSWER)) and row.status in licences.WAITING
    may_answer = licences.may_answer(row, request.actor)
    context: dict[str, Any] = {
        "row": row,
        "state": lists.LICENCE_STATES.badge(row.status),
        "change": LicenceChange(row.change).label,
        "sees_ticket": Ticket.objects.visible_to(request.actor).filter(pk=row.ticket_id).exists(),
        "may_cancel": row.status in licences.WAITING and (may_settle or may_answer),
    }
    if may_settle:
        context["accept"] = AcceptForm(row)
        context["question"] = WordsForm() if row.status == "reported" else None
    if may_answer and row.status == "returned":
        context["answer"] = WordsForm(label=_("Your answer"))
    return render(request, "billing/licences/page.html", context | forms, status=status)
