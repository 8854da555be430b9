"""Whether this session may enter a tenant it belongs to: rules that apps above register, asked once a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psa.tenancy.models import Membership

# In the session: the one tenant it opens, where a tenant's own identity provider vouched for the person.
OPENS = "opens"

Rule = Callable[[Any, Membership], Any]
_rules: list[Rule] = []


def register(rule: Rule) -> None:
    """Ask `rule(request, member)` before a page opens: an answer turns the person away, Http404 says there is nothing.

    It runs before the tenant is in scope and costs no query unless the tenant asks for something.
    """
    _rules.append(rule)


def ask(request: Any, member: Membership) -> Any:
    """The first rule's answer that turns somebody away, None where the door is open."""
    return next((answer for rule in _rules if (answer := rule(request, member)) is not None), None)


def opens(request: Any, tenant_id: int) -> bool:
    """Whether this session may open a tenant: a password opens all of a person's, a sign-on the provider's own."""
    return request.session.get(OPENS) in (None, tenant_id)
