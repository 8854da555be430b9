"""What a refusal says to its reader: every code has one sentence, registered by the app that refuses.

refusals.register("ticket.is_running", lambda p: _("This ticket is with %(partner)s.") % p)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from psa.tenancy.errors import Refused
from psa.web import nav

Say = Callable[[Mapping[str, Any]], str]
_sentences: dict[str, Say] = {}


def register(code: str, say: Say) -> None:
    """Give a code its sentence. `say` gets the params and is called in the reader's language."""
    if code in _sentences and _sentences[code] is not say:
        raise ValueError(f"The refusal {code} has a sentence already.")
    _sentences[code] = say


def sentence(code: str, params: Mapping[str, Any] | None = None) -> str:
    """What a code says. An unknown code, or params that do not fill the sentence, still say something."""
    say = _sentences.get(code)
    try:
        return say(params or {}) if say else _("This is not possible at the moment (%(code)s).") % {"code": code}
    except KeyError:
        return _("This is not possible at the moment (%(code)s).") % {"code": code}


def explain(refused: Refused) -> str:
    """What a refusal says."""
    return sentence(refused.code, refused.params)


def way_out(refused: Refused, request: Any) -> str:
    """The address of what to do instead, if the refusal names one that can be opened without further arguments."""
    tenant = getattr(request, "tenant", None)
    return nav.href(refused.way_out, tenant.slug if tenant else "") if refused.way_out else ""


def codes() -> frozenset[str]:
    """Every code that has a sentence."""
    return frozenset(_sentences)
