"""The door of a mail service: its webhooks for mail that comes in and for what became of mail that went out.

Anymail proves the request and reads it; the secret is the installation's, and without one there is no such page.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from psa.mail.inbound import bounces, taking
from psa.mail.inbound.taking import NotTaken
from psa.mail.models import Door
from psa.web.access import EVERYBODY

log = logging.getLogger(__name__)


@cache
def _known() -> dict[str, Any]:
    """Anymail's views by name; loaded when the first service posts, for they bring every service's library."""
    return {one.name: one.callback.view_class for one in import_string("anymail.urls.urlpatterns")}


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def webhook(request: Any, service: str, kind: str) -> HttpResponse:
    """Take in what a mail service posts. 400: not proved. 406: nobody's mail. 413: too large. 500: send it again."""
    if not settings.MAIL_WEBHOOK_SECRET:
        raise Http404
    known = _known().get(f"{service.replace('-', '_')}_{kind}_webhook")
    if known is None:
        raise Http404
    if request.method == "HEAD":
        return HttpResponse()  # some ask whether somebody is there
    asked = known()
    asked.setup(request)
    try:
        _read(request)
        asked.run_validators(request)
        events = asked.parse_events(request)
    except RequestDataTooBig:
        return HttpResponse(status=413)
    except AnymailError as error:
        log.warning("A webhook of %s was turned away: %s", service, type(error).__name__)
        return HttpResponse(status=400)
    return _take(events) if kind == "inbound" else _tell(events)


webhook.needs = EVERYBODY  # type: ignore[attr-defined]


def _read(request: Any) -> None:
    """A mail is larger than a form; never larger than a mail may be."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > 2 * taking.most():
        raise RequestDataTooBig
    if not request.content_type.startswith("multipart/"):
        request._body = request.read(2 * taking.most() + 1)
        if len(request._body) > 2 * taking.most():
            raise RequestDataTooBig


def _take(events: Any) -> HttpResponse:
    status = 200
    for event in events:
        message = event.message
        recipients = [message.envelope_recipient] if message.envelope_recipient else []
        raw = message.as_bytes(policy=message.policy.clone(refold_source="none"))
        try:
            taking.take(raw, Door.WEBHOOK, recipients)
        except NotTaken as error:
            log.warning("A mail from a mail service was not taken: %s", error.code)
            status = 413 if error.code == "too_large" else 406
    return HttpResponse(status=status)


def _tell(events: Any) -> HttpResponse:
    for event in events:
        sealed = str((event.metadata or {}).get("mail") or "")
        bounces.told_by_service(sealed, event.event_type or "", event.reject_reason or "")
    return HttpResponse()
