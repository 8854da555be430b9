"""Which tickets an order becomes: computed from its lines and their service templates, nothing read and nothing kept
(it-house spec, "Orders become tickets").

What has one service template is one ticket; what is installed without a template is one ticket more. Everything else
goes along with the base installation, so that every line stands on a ticket and somebody knows of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

INSTALLATION = "installation"


@dataclass(frozen=True, slots=True)
class Line:
    """What the plan asks of an order's line. `service` is its article's service template."""

    key: UUID
    name: str
    service: int | None = None
    is_installable: bool = False
    needs_appointment: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """What the plan asks of a service template."""

    pk: int
    title: str
    is_base: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """One ticket to be made. `code` names it on the form; `service` is its template, None for a plain installation."""

    code: str
    title: str
    service: int | None
    lines: tuple[UUID, ...]
    is_base: bool = False
    needs_appointment: bool = False


def plan(lines: Sequence[Line], services: Mapping[int, Service], title: str) -> list[Planned]:
    """The tickets of an order in the order of its lines; none without lines. Exactly one of them is proposed as the
    base installation: the first whose template says so, else the first. `title` is the order's."""
    groups: dict[int | None, list[Line]] = {}
    rest: list[Line] = []
    for line in lines:
        service = line.service if line.service in services else None
        if service is None and not line.is_installable:
            rest.append(line)
        else:
            groups.setdefault(service, []).append(line)
    if not groups and rest:
        groups[None], rest = rest, []
    found = [_planned(service, rows, services, title) for service, rows in groups.items()]
    return with_base(found, base_of(found, services), rest)


def base_of(found: Sequence[Planned], services: Mapping[int, Service]) -> str:
    """The code of the one to propose."""
    is_base = [one.code for one in found if one.service is not None and services[one.service].is_base]
    return (is_base or [one.code for one in found] or [""])[0]


def with_base(found: Sequence[Planned], code: str, rest: Sequence[Line] = ()) -> list[Planned]:
    """The same tickets with this one as the base installation, which takes the rest of the lines along."""
    made = []
    for one in found:
        if one.code == code:
            lines = (*one.lines, *(line.key for line in rest))
            needs = one.needs_appointment or any(line.needs_appointment for line in rest)
            one = replace(one, is_base=True, lines=lines, needs_appointment=needs)
        made.append(one)
    return made


def _planned(service: int | None, rows: Sequence[Line], services: Mapping[int, Service], title: str) -> Planned:
    return Planned(
        code=INSTALLATION if service is None else f"service-{service}",
        title=title if service is None else services[service].title,
        service=service,
        lines=tuple(line.key for line in rows),
        needs_appointment=any(line.needs_appointment for line in rows),
    )
