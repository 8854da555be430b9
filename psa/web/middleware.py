"""Everything a page needs to know of its reader before the view runs, and what becomes of a no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from psa.tenancy.errors import Denied, Refused
from psa.web import errors, reader
from psa.web.throttle import TooOften

Respond = Callable[[HttpRequest], HttpResponseBase]


class ReaderMiddleware:
    """The reader's language around the whole request, pages outside any tenant included."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with translation.override(translation.get_language()), timezone.override(None):
            reader.activate(request)
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
            patch_vary_headers(response, ("Accept-Language", "Cookie", "HX-Request"))
            return response


class TenantReaderMiddleware:
    """Stands after the tenancy middleware: the tenant's language and time zone, and pages for what was refused."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        if hasattr(request, "tenant"):
            reader.activate(request)

    def process_exception(self, request: Any, exception: Exception) -> HttpResponseBase | None:
        if isinstance(exception, Denied):
            return errors.denied(request, exception)
        if isinstance(exception, Refused):
            return errors.refused(request, exception)
        if isinstance(exception, TooOften):
            return errors.too_often(request, exception)
        return None
