"""A list asked for by no request: in the worker, or for a count beside the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.utils.datastructures import MultiValueDict

MOST_FIELDS = 200


@dataclass(frozen=True)
class Asked:
    """The address as it was, and for whom. (No slots: a filter keeps what it was offered on it, as on a request.)"""

    GET: Any
    actor: Any
    tenant: Any
    path: str = ""


def asked(query: str, actor: Any, tenant: Any) -> Any:
    """What a list is asked by a kept address: a stand-in for the request it came by."""
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    given: MultiValueDict[str, str] = MultiValueDict()
    for name, value in pairs:
        given.appendlist(name, value)
    return Asked(given, actor, tenant)
