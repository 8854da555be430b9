"""Where somebody acts from: one row per member, day, address and browser, written before the view's own transaction."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils import timezone

from psa.journal.models import Origin
from psa.tenancy import scope
from psa.tenancy.models import Tenant

KEPT = 60 * 60 * 24
LONGEST_BROWSER = Origin._meta.get_field("browser").max_length or 0


def address(request: Any) -> str:
    """The address the request came from, "" where a proxy left none; X-Forwarded-For counts only behind our proxies."""
    try:
        return get_client_ip(request) or ""
    except (ImproperlyConfigured, ValidationError, ValueError):
        return request.META.get("REMOTE_ADDR", "")[:45]


def browser(request: Any) -> str:
    """What the browser calls itself, cut to what is kept."""
    said = request.META.get("HTTP_USER_AGENT", "")
    return "".join(sign for sign in said if sign.isprintable())[:LONGEST_BROWSER]


def note(request: Any) -> int:
    """The origin of this request, in the tenant in scope; made once a day for each address and browser."""
    found = (address(request), browser(request))
    member = getattr(request, "member", None)  # a customer's contact is none
    member_id = member.pk if member is not None else None
    word = f"{scope.tenant_id()}|{member_id}|{timezone.now():%Y%m%d}|{found}"
    key = "origin:" + hashlib.sha256(word.encode()).hexdigest()
    if (kept := cache.get(key)) is None:
        kept = Origin.objects.create(member_id=member_id or None, address=found[0], browser=found[1]).pk
        cache.set(key, kept, KEPT)
    return kept


def forget() -> int:
    """Remove the origins that are older than the tenant in scope keeps them. Returns how many."""
    days = Tenant.objects.get(pk=scope.tenant_id()).keeps_origins
    return Origin.objects.filter(at__lt=timezone.now() - timedelta(days=days)).delete()[0]
