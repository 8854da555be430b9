"""The words of an invitation: placeholders, the default, and what is wrong with a text (outsourcing spec §3). Pure.

A placeholder is replaced by a value and nothing else: no attributes, no formats, no code (hostile test X4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PLACEHOLDERS: Mapping[str, Any] = {
    "lead_name": gettext_lazy("our company"),
    "inviter_name": gettext_lazy("who invites"),
    "recipient_name": gettext_lazy("to whom it goes"),
    "accept_url": gettext_lazy("the link to accept"),
    "decline_url": gettext_lazy("the link to decline"),
    "expires_at": gettext_lazy("until when it is open"),
}
LINKS = ("accept_url", "decline_url")
IN_A_SUBJECT = tuple(name for name in PLACEHOLDERS if name not in LINKS)
_FOUND = re.compile(r"\{([^{}\n]*)\}")


def default() -> tuple[str, str]:
    """Subject and text as they stand until a tenant writes its own, in the active language."""
    subject = _("{lead_name} would like to work with you")
    body = _(
        "Hello {recipient_name},\n\n{inviter_name} of {lead_name} invites your company to take on jobs as a service "
        "partner. You decide on every offer yourself; both sides keep their own tickets, and only what you share is "
        "exchanged.\n\nAccept: {accept_url}\nDecline: {decline_url}\n\nThe invitation is open until {expires_at}."
    )
    return subject, body


def unknown(text: str, known: Iterable[str] = tuple(PLACEHOLDERS)) -> list[str]:
    """The placeholders of a text that mean nothing there, as they were written."""
    allowed = set(known)
    return list(dict.fromkeys(f"{{{name}}}" for name in _FOUND.findall(text) if name not in allowed))


def missing(body: str) -> list[str]:
    """The links a text does not carry; without both it cannot be answered."""
    return [f"{{{name}}}" for name in LINKS if f"{{{name}}}" not in body]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced, once: a value that looks like a placeholder stays what it is."""
    return _FOUND.sub(lambda found: values.get(found[1], found[0]), text)
