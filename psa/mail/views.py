"""The outbox: every mail as it was written, and how far it got."""

from __future__ import annotations

import re
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet, Value
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from psa.mail import mail, preferences, troubles
from psa.mail.catalogue import MAILS
from psa.mail.lists import OUTBOX, STATES
from psa.mail.models import Delivery, Way
from psa.web.access import for_members

PARTS = {"html": gettext_lazy("As it looks"), "text": gettext_lazy("Text"), "headers": gettext_lazy("Headers")}
# A mail is a stranger's document even here: nothing runs, nothing is fetched, nothing is sent. Of the same origin, so
# that the page around it can ask how tall it is; without scripts that gives it nothing.
QUARANTINE = "sandbox allow-same-origin; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@require_GET
def outbox(request: Any) -> HttpResponseBase:
    """The mails, newest first."""
    rows = _visible(request).annotate(slug=Value(request.tenant.slug))
    has_specimens = settings.DEMO and request.actor.can("tenant.manage")
    context = {"stays_here": settings.EMAIL_BACKEND.endswith("dummy.EmailBackend"), "has_specimens": has_specimens}
    return OUTBOX.open(request, rows).answer("mail/outbox.html", context)


@require_GET
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
def page(request: Any, pk: int) -> HttpResponse:
    """One mail: as it looks, its text part, or its headers."""
    delivery = _delivery(request, pk)
    text = _readable(delivery, delivery.mail.text)
    shown = request.GET.get("show", "") if request.GET.get("show") in PARTS else "html"
    context = {
        "delivery": delivery,
        "mail": delivery.mail,
        "state": STATES.badge(delivery.state),
        "trouble": troubles.explain(delivery.error) if delivery.error else "",
        "text": text,
        "links": re.findall(re.escape(settings.SITE_URL) + r"(/[^\s/…]\S*)", text),
        "tabs": [(label, f"?show={code}", code == shown) for code, label in PARTS.items()],
        "shown": shown,
        "may_send_again": delivery.is_stuck and delivery.mail.html and request.actor.can("tenant.manage"),
    }
    return render(request, "mail/mail.html", context)


@require_GET
@xframe_options_sameorigin
def html(request: Any, pk: int) -> HttpResponse:
    """The HTML part alone, for the frame on its page."""
    delivery = _delivery(request, pk)
    if not delivery.mail.html:
        raise Http404
    found = _readable(delivery, delivery.mail.html)
    return HttpResponse(found, headers={"Content-Security-Policy": QUARANTINE, "Cache-Control": "no-store"})


@require_GET
@csp_update({"frame-src": [SELF]})
def specimens(request: Any) -> HttpResponse:
    """Every mail there is in one language, text beside looks, for whoever reads them over. In the demo only."""
    _proofread(request)
    known = dict(settings.LANGUAGES)
    language = request.GET.get("language") if request.GET.get("language") in known else request.LANGUAGE_CODE
    context = {
        "written": [mail.specimen(code, language) for code in MAILS],
        "tabs": [(label, f"?language={code}", code == language) for code, label in known.items()],
    }
    return render(request, "mail/specimens.html", context)


@require_GET
@xframe_options_sameorigin
def specimen(request: Any, code: str, language: str) -> HttpResponse:
    """The HTML part of one of them alone, for the frame on the page."""
    _proofread(request)
    if code not in MAILS or language not in dict(settings.LANGUAGES):
        raise Http404
    return HttpResponse(mail.specimen(code, language).html, headers={"Content-Security-Policy": QUARANTINE})


@require_POST
def send_again(request: Any, pk: int) -> HttpResponse:
    """Put a mail that did not arrive back into the queue."""
    mail.send_again(_delivery(request, pk), by=request.actor)
    messages.success(request, _("The mail is on its way again."))
    return redirect("mail:page", tenant=request.tenant.slug, pk=pk)


def _proofread(request: Any) -> None:
    if not settings.DEMO:
        raise Http404
    request.actor.require("tenant.manage")


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def preferences_page(request: Any) -> HttpResponse:
    """Choose for every kind, or for the one a mail's reason line named. Looking changes nothing."""
    if request.method == "POST":
        preferences.choose(request.POST.dict(), by=request.actor)
        messages.success(request, _("Saved. It counts from the next mail on."))
        return redirect("notifications:preferences", request.tenant.slug)
    chosen = preferences.of(request.actor)
    rows = [(code, kind, chosen[code]) for code, kind in preferences.KINDS.items()]
    asked = request.GET.get("kind", "")
    one = (asked, preferences.KINDS[asked], chosen[asked]) if asked in preferences.KINDS else None
    return render(request, "notifications/preferences.html", {"rows": rows, "one": one, "ways": Way.choices})


def _visible(request: Any) -> QuerySet:
    if not settings.DEMO:
        request.actor.require("tenant.manage")
    return Delivery.objects.visible_to(request.actor)


def _readable(delivery: Delivery, part: str) -> str:
    """The part as the outbox shows it: without keys that are the recipient's alone. The demo's reader is everybody."""
    known = MAILS.get(delivery.mail.code)
    if settings.DEMO or (known is not None and not known.has_key):
        return part
    hidden = re.sub(re.escape(settings.SITE_URL) + r"/[^\s\"<]*", f"{settings.SITE_URL}/…", part)
    return re.sub(r"(?<!#)\b\d{6}\b", "••••••", hidden) if delivery.mail.code == "invitation_code" else hidden


def _delivery(request: Any, pk: int) -> Delivery:
    return get_object_or_404(_visible(request).select_related("mail"), pk=pk)
