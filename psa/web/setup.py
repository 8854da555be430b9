"""What an administrator sets up before the desk is at home: apps register steps, a page shows which are done.

setup.register("queues", _("Queues and who works them"), "tickets:sorts", lambda actor: …, kwargs={"kind": "queues"})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from psa.tenancy import plans


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is, why, where it is done, and whether it is (a question of one cheap statement)."""

    code: str
    label: Any
    why: Any
    url_name: str
    is_done: Callable[[Any], bool]
    capability: str = "tenant.settings"
    order: int = 100
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """A step for one reader: its address, and whether it is done."""

    step: Step
    url: str
    done: bool


registered: dict[str, Step] = {}


def register(code: str, label: Any, why: Any, url_name: str, is_done: Callable[[Any], bool], **fields: Any) -> None:
    """Add a step: capability, order, kwargs (of its address)."""
    registered[code] = Step(code, label, why, url_name, is_done, **fields)


def steps(request: Any) -> list[Shown]:
    """The steps this reader may take, in order."""
    found = sorted(registered.values(), key=lambda step: (step.order, step.code))
    return [
        Shown(
            step,
            reverse(step.url_name, kwargs={"tenant": request.tenant.slug, **step.kwargs}),
            step.is_done(request.actor),
        )
        for step in found
        if plans.opens(request.tenant, step.url_name) and request.actor.can(step.capability)
    ]
