"""The setup checklist as a panel, for the administrator's first page."""

from __future__ import annotations

from typing import Any

from django import template

from psa.web import setup

register = template.Library()


@register.inclusion_tag("tenant_settings/_checklist.html", takes_context=True)
def setup_checklist(context: Any) -> dict[str, Any]:
    """The steps with their links; nothing for who has none to take."""
    return setup_list(context, setup.steps(context["request"]))


@register.inclusion_tag("tenant_settings/_checklist.html", name="setup_list", takes_context=True)
def setup_list_tag(context: Any, found: list[setup.Shown]) -> dict[str, Any]:
    """Those of the steps, read already, that are still open."""
    return setup_list(context, found) | {"brief": True}


def setup_list(context: Any, found: list[setup.Shown]) -> dict[str, Any]:
    """What the list needs to be drawn."""
    return {"steps": found, "done": sum(one.done for one in found), "request": context["request"]}
