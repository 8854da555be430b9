"""Rules: listed, written, tried on past tickets, switched; and the log of their runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from workflows.forms.rules import RuleForm
from workflows.forms.trying import KeepForm, TryForm
from workflows.models import Rule, RuleRun
from workflows.models.rules import TROUBLES
from workflows.rules import telling
from workflows.rules.lists import RUNS
from workflows.rules.names import Names
from workflows.services import rules as verbs
from workflows.services import trying

editing = require_http_methods(["GET", "HEAD", "POST"])
WEEK = timedelta(days=7)


@require_safe
@needs("rule.manage")
def rules(request: Any) -> HttpResponse:
    """All rules in the order in which they are tried, each in one sentence, with its last run and its troubles."""
    lately = Q(runs__at__gt=timezone.now() - WEEK)
    found = list(
        Rule.objects.visible_to(request.actor)
        .select_related("changed_by")
        .annotate(
            last_run=Max("runs__at"),
            count=Count("runs", filter=lately),
            troubles=Count("runs", filter=lately & Q(runs__outcome__in=TROUBLES)),
        )
        .order_by("position", "pk")
    )
    names = Names(found)
    rows = [(rule, telling.in_words(rule, names)) for rule in found]
    switch = verbs.settings_of()
    context = {"rows": rows, "switch": switch, "is_off": not settings.RULES}
    context |= {"keep": KeepForm(initial={"days": switch.keeps_days}), "gone": request.GET.get("gone", "")[:10]}
    return render(request, "workflows/rules/list.html", context)


@editing
@needs("rule.manage")
def new(request: Any) -> HttpResponse:
    """Another rule; it begins switched off."""
    return _form(request, None)


@editing
@needs("rule.manage")
def rule(request: Any, pk: int) -> HttpResponse:
    """A rule to read and to change."""
    return _form(request, _rule(request, pk))


def _form(request: Any, found: Rule | None) -> HttpResponse:
    """The form with the rule's sentence; "Save" alone keeps anything."""
    names = Names([found] if found is not None else [])
    data = request.POST if request.method == "POST" else None
    form = RuleForm(found, names, data)
    status = 200
    if data is not None:
        do, _sep, rest = data.get("do", "look").partition("-")
        part, _sep, place = rest.partition("-")
        if do == "save":
            if (saved := _saved(form, found, request)) is not None:
                return redirect("workflows:rule", request.tenant.slug, saved.pk)
            status = 422
        else:
            form.rearrange(do, part, int(place) if place.isdecimal() and len(place) < 4 else -1, data)
    said = telling.in_words(found, names) if found is not None else ""
    context: dict[str, Any] = {"rule": found, "form": form, "sentence": said}
    context["placeholders"] = telling.placeholders()
    return render(request, "workflows/rules/edit.html", context, status=status)


def _saved(form: RuleForm, found: Rule | None, request: Any) -> Rule | None:
    """The rule as it was saved, None where something is wrong; then the form says what."""
    if not form.is_valid():
        return None
    try:
        saved = verbs.save(found, form.wanted(), by=request.actor, version=form.cleaned_data["version"] or 0)
    except Refused as refused:
        form.refuse(refused)
        return None
    messages.success(request, _("Saved.") if found else _("Saved. It is switched off until you switch it on."))
    return saved


@require_safe
@needs("rule.manage")
def attempt(request: Any, pk: int) -> HttpResponse:
    """On which past tickets the rule would have run, and what it would have done. Nothing is changed."""
    found = _rule(request, pk)
    today = timezone.localdate()
    is_asked = bool(set(TryForm.base_fields) & set(request.GET))
    form = TryForm(request.GET if is_asked else None, initial={"first": today - WEEK, "last": today})
    trials: list[Any] | None = None
    if is_asked and form.is_valid():
        asked = form.cleaned_data
        trials = (
            trying.on_numbers(found, asked["numbers"], by=request.actor)
            if asked["numbers"]
            else trying.in_period(found, asked["first"], asked["last"], by=request.actor)
        )
    context = {"rule": found, "form": form, "sentence": telling.in_words(found, Names([found])), "trials": trials}
    if trials is not None:
        context |= {
            "told": [(one, [telling.told(step) for step in one.steps]) for one in trials],
            "matching": sum(one.matches for one in trials),
            "most": trying.MOST_TICKETS,
            "most_tried": trying.MOST_TRIED,
        }
    return render(request, "workflows/rules/try.html", context, status=422 if is_asked and form.errors else 200)


# One press ------------------------------------------------------------------------------------------------------------
@require_POST
@needs("rule.manage")
def switch(request: Any, pk: int) -> HttpResponse:
    """On or off."""
    on = request.POST.get("on") == "1"
    found = verbs.switch(_rule(request, pk), on, by=request.actor)
    said = _("“%(name)s” is switched on.") if on else _("“%(name)s” is switched off.")
    messages.success(request, said % {"name": found.name})
    return redirect("workflows:rules", request.tenant.slug)


@require_POST
@needs("rule.manage")
def shift(request: Any, pk: int) -> HttpResponse:
    """One place up or down."""
    verbs.shift(_rule(request, pk), request.POST.get("to") == "up", by=request.actor)
    return redirect("workflows:rules", request.tenant.slug)


@require_POST
@needs("rule.manage")
def duplicate(request: Any, pk: int) -> HttpResponse:
    """The same once more, opened to be changed."""
    try:
        made = verbs.duplicate(_rule(request, pk), by=request.actor)
    except Refused as refused:
        messages.error(request, refusals.explain(refused))
        return redirect("workflows:rules", request.tenant.slug)
    messages.success(request, _("Copied. The copy is switched off."))
    return redirect("workflows:rule", request.tenant.slug, made.pk)


@require_POST
@needs("rule.manage")
def delete(request: Any, pk: int) -> HttpResponse:
    """Away, with a way back."""
    found = _rule(request, pk)
    verbs.delete(found, by=request.actor)
    messages.success(request, _("“%(name)s” is deleted.") % {"name": found.name})
    address = redirect("workflows:rules", request.tenant.slug)
    address["Location"] += f"?gone={found.pk}"
    return address


@require_POST
@needs("rule.manage")
def restore(request: Any, pk: int) -> HttpResponse:
    """Take a deletion back."""
    found = get_object_or_404(Rule.objects.deleted_for(request.actor), pk=pk)
    verbs.restore(found, by=request.actor)
    messages.success(request, _("“%(name)s” is back, and switched off.") % {"name": found.name})
    return redirect("workflows:rules", request.tenant.slug)


@require_POST
@needs("rule.manage")
def stop(request: Any) -> HttpResponse:
    """The company's switch for all of them."""
    stopped = request.POST.get("stop") == "1"
    verbs.stop_all(stopped, by=request.actor)
    messages.success(request, _("No rule runs any more.") if stopped else _("Rules run again."))
    return redirect("workflows:rules", request.tenant.slug)


@require_POST
@needs("rule.manage")
def keep(request: Any) -> HttpResponse:
    """For how long runs are kept."""
    form = KeepForm(request.POST)
    if form.is_valid():
        verbs.keep_runs(form.cleaned_data["days"], by=request.actor)
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Enter a number of days from 1 to 730."))
    return redirect("workflows:rules", request.tenant.slug)


# Runs -----------------------------------------------------------------------------------------------------------------
@require_safe
@needs("rule.manage")
def runs(request: Any) -> HttpResponseBase:
    """The log, newest first."""
    return RUNS.open(request, RuleRun.objects.visible_to(request.actor)).answer("workflows/rules/runs.html")


@require_safe
@needs("rule.manage")
def run(request: Any, pk: int) -> HttpResponse:
    """One run: why, on what, and what each step did."""
    found = get_object_or_404(RuleRun.objects.visible_to(request.actor).select_related("rule", "ticket"), pk=pk)
    context = {
        "run": found,
        "cause": telling.cause(found),
        "outcome": telling.OUTCOMES.badge(found.outcome),
        "event": telling.event_in_words(found.event, {}),
        "steps": [telling.told(step) for step in found.steps],
        "word": telling.run_in_words(found),
    }
    return render(request, "workflows/rules/run.html", context)


def _rule(request: Any, pk: int) -> Rule:
    return get_object_or_404(Rule.objects.visible_to(request.actor), pk=pk)
