"""Two companies that work together, as outsourcing's tests have them."""

from tests.outsourcing.conftest import (
    desk_of_baltic,
    desk_of_nordlicht,
    fresh_cache,
    offered,
    pair,
    partnership,
    rita,
    ticket,
)

__all__ = [
    "desk_of_baltic",
    "desk_of_nordlicht",
    "fresh_cache",
    "offered",
    "pair",
    "partnership",
    "rita",
    "ticket",
]
