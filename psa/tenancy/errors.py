"""The ways a service says no. Both carry codes, never text: the reader's language is not known here."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A rule says no. `code` names it, `params` fill its sentence, `way_out` is the URL name of what to do instead."""

    def __init__(self, code: str, way_out: str = "", **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params
        self.way_out = way_out


class Asks(Refused):
    """A no that ends once something more is said: `asks` names the fields of the form that is asked then."""

    def __init__(self, code: str, *asks: str, **params: Any) -> None:
        super().__init__(code, **params)
        self.asks = asks


class Overridable(Asks):
    """A no that somebody with the right may go past, with a reason that is kept."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, "override", **params)


class Denied(Exception):
    """The right is missing. `capability` says which, so that the page can say who grants it."""

    def __init__(self, capability: str) -> None:
        super().__init__(capability)
        self.capability = capability
