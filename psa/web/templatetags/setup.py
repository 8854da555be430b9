"""The setup checklist as a panel, for the administrator's first page."""

from __future__ import annotations

from typing import Any

from django import template

from psa.web import setup

register = template.Library()


@register.inclusion_tag("tenant_settings/_checklist.html", takes_context=True)
def setup_checklist(context: Any) -> dict[str, Any]:
    """The steps with their links; nothing for who has none to take."""
    found = setup.steps(context["request"])
    return {"steps": found, "done": sum(one.done for one in found), "request": context["request"]}
