"""A member's stopwatches from every page: start, pause, run on, stop for the time form, discard after asking."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from psa.tenancy.errors import Refused
from psa.web import refusals
from psa.web.access import needs
from psa.web.figures import hours
from psa.web.views import safe_next
from tickets import services
from tickets.models import Stopwatch
from tickets.views import fetch


@require_POST
@needs("time.log")
def start(request: Any, number: int) -> HttpResponse:
    """Run the reader's stopwatch on this ticket; another one is paused, and they are told."""
    ticket = fetch.ticket(request, number)
    try:
        _tell_paused(request, services.stopwatches.start(ticket, by=request.actor))
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return HttpResponseRedirect(safe_next(request, fetch.address(request, ticket)))


@require_POST
@needs("time.log")
def resume(request: Any, pk: int) -> HttpResponse:
    """Run one of the reader's on."""
    found = _own(request, pk)
    try:
        _tell_paused(request, services.stopwatches.resume(found, by=request.actor))
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return HttpResponseRedirect(safe_next(request, fetch.address(request, found.ticket)))


@require_POST
@needs("time.log")
def pause(request: Any, pk: int) -> HttpResponse:
    """Let one of the reader's stand."""
    found = _own(request, pk)
    try:
        services.stopwatches.pause(found, by=request.actor)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return HttpResponseRedirect(safe_next(request, fetch.address(request, found.ticket)))


@require_POST
@needs("time.log")
def stop(request: Any, pk: int) -> HttpResponse:
    """Let it stand and open the time form with its minutes; until that is saved, the time is kept here."""
    found = _own(request, pk)
    try:
        services.stopwatches.pause(found, by=request.actor)
    except Refused as refused:
        messages.warning(request, refusals.explain(refused))
    return HttpResponseRedirect(f"{fetch.address(request, found.ticket)}?compose=time#composer")


@require_http_methods(["GET", "HEAD", "POST"])
@needs("time.log")
def discard(request: Any, pk: int) -> HttpResponse:
    """Throw its time away, after asking; what ran on meanwhile is asked again."""
    found, reason = _own(request, pk), ""
    if request.method == "POST":
        given = request.POST.get("version", "")
        version = int(given) if given.isdecimal() and len(given) < 10 else 0
        try:
            services.stopwatches.discard(found, version, by=request.actor)
            messages.success(request, _("The stopwatch was discarded."))
            return HttpResponseRedirect(fetch.address(request, found.ticket))
        except Refused as refused:
            found, reason = _own(request, pk), refusals.explain(refused)
    context = {"stopwatch": found, "ticket": found.ticket, "reason": reason, "minutes": found.minutes(timezone.now())}
    return render(request, "tickets/discard_stopwatch.html", context, status=409 if reason else 200)


def _own(request: Any, pk: int) -> Stopwatch:
    """One of the reader's own, whose ticket they may still see or not: the time is theirs."""
    found = next((one for one in services.stopwatches.of(request.actor) if one.pk == pk), None)
    if found is None:
        raise Http404
    return found


def _tell_paused(request: Any, started: services.stopwatches.Started) -> None:
    if (paused := started.paused) is not None:
        said = {"number": paused.ticket.number, "time": hours(paused.minutes(timezone.now()))}
        messages.info(request, _("The stopwatch on ticket %(number)s was paused at %(time)s. Nothing is lost.") % said)
