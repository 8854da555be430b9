"""Whether this session may enter a tenant it belongs to, and who else may look in: rules that apps above register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Host:
    """Who may look into tenants they are no member of. `guest(request, slug)` gives a membership that no row has, None
    for strangers, and is asked before the tenant is in scope; `watch(request)` runs inside it, before every view: it
    writes down, and its answer refuses. The view itself runs where nothing can be written."""

    guest: Callable[[Any, str], Membership | None]
    watch: Callable[[Any], Any]


_hosts: list[Host] = []


def receive(host: Host) -> None:
    """Let this app say who may look in."""
    _hosts[:] = [host]


def guest(request: Any, slug: str) -> Membership | None:
    """The membership of somebody who may look in, None for everybody else."""
    return next((found for host in _hosts if (found := host.guest(request, slug)) is not None), None)


def watch(request: Any) -> Any:
    """What a guest is refused with, None where they may look."""
    return next((answer for host in _hosts if (answer := host.watch(request)) is not None), None)
