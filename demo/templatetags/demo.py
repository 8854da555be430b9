"""What the sign-in page and the strip above the pages show in the demo."""

from __future__ import annotations

from typing import Any

from django import template

from demo import customers, guide, people
from demo.companies import FIRMS
from demo.craftsman import PLACES
from demo.views import GUIDE_COOKIE

register = template.Library()

# Where the guided path is shown: where one arrives, and where it leads.
SHOWN_ON = {"tickets:list", "tickets:view", "tickets:page", "outsourcing:dashboard", "outsourcing:handover"}


@register.simple_tag
def demo_people() -> list[tuple[Any, list[people.Person]]]:
    """Whom one can be, company by company."""
    return [(firm, [person for person in people.of(firm.slug) if person.is_shown]) for firm in (*FIRMS, *PLACES)]


@register.simple_tag
def demo_customers() -> list[customers.Shown]:
    """Whom one can be as a customer."""
    return customers.shown()


@register.simple_tag
def demo_password() -> str:
    """Everybody's password, for those who like to type."""
    return people.PASSWORD


@register.simple_tag(takes_context=True)
def guided_path(context: Any) -> guide.Path | None:
    """The guided path as far as the reader is; nothing where it was put away or is out of place."""
    request = context["request"]
    match = request.resolver_match
    if match is None or match.view_name not in SHOWN_ON or request.COOKIES.get(GUIDE_COOKIE):
        return None
    return guide.path(request.tenant.slug, request.member.email)
