"""What a page takes. Every view says it in its first line; tests/test_access.py fails for one that does not."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404

from psa.tenancy import doors, entrance

View = Callable[..., Any]

EVERYBODY = "everybody"
OPERATOR = "operator"
SIGNED_IN = "signed in"
MEMBER = "member"
CUSTOMER = "customer"


def needs(capability: str) -> Callable[[View], View]:
    """Only for members of the tenant who hold this right; the others get the page that says who grants it."""

    def guarded(view: View) -> View:
        @wraps(view)
        def asked(request: Any, *args: Any, **kwargs: Any) -> Any:
            request.actor.require(capability)
            return view(request, *args, **kwargs)

        asked.needs = capability  # type: ignore[attr-defined]
        return asked

    return guarded


def for_members(view: View) -> View:
    """For every member of the tenant: the address itself is the right (the middleware turns strangers away)."""
    view.needs = MEMBER  # type: ignore[attr-defined]
    return view


def for_signed_in(view: View) -> View:
    """For everybody who is signed in, outside any tenant."""
    asked = login_required(view)
    asked.needs = SIGNED_IN  # type: ignore[attr-defined]
    return asked


def for_operators(view: View) -> View:
    """For whoever runs the installation, outside any tenant; to everybody else there is no such page."""

    @wraps(view)
    def asked(request: Any, *args: Any, **kwargs: Any) -> Any:
        if not request.user.is_authenticated or not request.user.is_operator:
            raise Http404
        if request.session.get(entrance.OPENS) is not None:
            raise Http404  # a company's own provider vouched for this session: it opens that company (hostile test B15)
        with doors.operating():
            return view(request, *args, **kwargs)

    asked.needs = OPERATOR  # type: ignore[attr-defined]
    return asked


def for_everybody(view: View) -> View:
    """For strangers too."""
    view.needs = EVERYBODY  # type: ignore[attr-defined]
    return view
