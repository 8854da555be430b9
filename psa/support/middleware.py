"""The support at a company's door: who may look in, what is written down, and the one place that refuses the rest."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase

from psa.journal import origins
from psa.journal.middleware import READING
from psa.support import services
from psa.tenancy import entrance
from psa.tenancy.models import Membership
from psa.web import errors


def guest(request: Any, slug: str) -> Membership | None:
    """The membership of an operator whom an administrator of this company let look in; asked with every request. A
    session that a company's own provider opened is no operator's (hostile test B15)."""
    user = request.user
    if not user.is_operator or request.session.get(entrance.OPENS) is not None:
        return None
    if (found := services.opens(user, slug)) is None:
        return None
    request.support = found
    return services.guest(found, user)


def watch(request: Any) -> HttpResponseBase | None:
    """Every look is written down before it is shown; whatever is no look is refused."""
    found, path, user = request.support, request.get_full_path(), request.user
    origin_id = origins.note(request)
    if request.method not in READING:
        services.turned_away(found, user, request.method, path, origin_id)
        return errors.only_looking(request)
    services.looked(found, user, path, origin_id, is_part=request.headers.get("HX-Request") == "true")
    return None
