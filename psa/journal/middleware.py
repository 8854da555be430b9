"""From where somebody acts, on the actor of every request that changes something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from psa.journal import origins

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class OriginMiddleware:
    """Stands after the tenancy's: whoever changes something does it from somewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        if hasattr(request, "actor") and request.method not in READING:
            request.actor = replace(request.actor, origin_id=origins.note(request))
