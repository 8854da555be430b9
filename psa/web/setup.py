"""What an administrator sets up before the desk is at home: apps register steps, a page shows which are done.

setup.register("queues", _("Queues and who works them"), "tickets:sorts", lambda actor: QueueMember.objects.all(),
               kwargs={"kind": "queues"})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, QuerySet
from django.urls import reverse

from psa.tenancy import plans
from psa.tenancy.models import Tenant


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it is, why, where it is done, and what is there once it is: any row of a query."""

    code: str
    label: Any
    why: Any
    url_name: str
    is_done: Callable[[Any], QuerySet]
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


def register(code: str, label: Any, why: Any, url_name: str, is_done: Callable[[Any], QuerySet], **fields: Any) -> None:
    """Add a step: capability, order, kwargs (of its address)."""
    registered[code] = Step(code, label, why, url_name, is_done, **fields)


def steps(request: Any) -> list[Shown]:
    """The steps this reader may take, in order; whether they are done is one statement for all."""
    found = sorted(registered.values(), key=lambda step: (step.order, step.code))
    found = [
        step for step in found if plans.opens(request.tenant, step.url_name) and request.actor.can(step.capability)
    ]
    asked = {f"step_{step.code}": Exists(step.is_done(request.actor)) for step in found}
    done: Any = Tenant.objects.filter(pk=request.tenant.pk).values(**asked).get() if asked else {}
    return [
        Shown(
            step,
            reverse(step.url_name, kwargs={"tenant": request.tenant.slug, **step.kwargs}),
            done[f"step_{step.code}"],
        )
        for step in found
    ]
