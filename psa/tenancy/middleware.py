"""Turning a request into a person and a tenant's address into a scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, nullcontext
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from psa.tenancy import doors, entrance, plans, scope
from psa.tenancy.actor import Actor

Respond = Callable[[HttpRequest], HttpResponseBase]


class SignInMiddleware:
    """`request.user`, looked up through a door; pages under /accounts/ run in the platform's scope."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.user = SimpleLazyObject(lambda: doors.signed_in(request))  # type: ignore[assignment]
        if request.path_info.startswith("/accounts/"):
            with doors.sign_in_pages():
                return self.get_response(request)
        return self.get_response(request)


class TenantMiddleware:
    """Turn `/<tenant>/…` into a membership and keep every query of the request, streaming included, inside it."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with ExitStack() as request.tenancy:  # type: ignore[attr-defined]
            response = self.get_response(request)
            if response.streaming and hasattr(request, "tenant"):
                member = getattr(request, "member", None)  # a customer of the tenant's is none
                is_guest = member is not None and member.is_guest
                inside = _inside(request.tenant.pk, response.streaming_content, is_guest)  # type: ignore[attr-defined]
                response.streaming_content = inside  # type: ignore[attr-defined]
            return response

    def process_view(self, request: Any, view: Any, args: Any, kwargs: dict[str, Any]) -> HttpResponseBase | None:
        if (slug := kwargs.pop("tenant", None)) is None:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        member = doors.member(request.user, slug) or entrance.guest(request, slug)
        if member is None:
            raise Http404
        if turned_away := entrance.ask(request, member):
            return turned_away
        request.tenant = member.tenant
        request.member = member
        request.actor = Actor.of(member)
        request.tenancy.enter_context(scope.tenant(member.tenant))
        if member.is_guest:
            if (refused := entrance.watch(request)) is not None:
                return refused
            request.tenancy.enter_context(scope.reading())
        if not plans.opens(member.tenant, request.resolver_match.view_name):
            raise Http404
        return None


def _inside(tenant_id: int, content: Iterable[bytes], is_guest: bool) -> Iterator[bytes]:
    parts = iter(content)
    while True:
        with scope.tenant(tenant_id), scope.reading() if is_guest else nullcontext():
            try:
                part = next(parts)
            except StopIteration:
                return
        yield part
