"""Everything that can be done to a ticket: one verb, one function, one transaction.

Items have the same three verbs whatever their kind: `items.add`, `items.edit`, `items.remove`.
A file comes by `files.attach`.
"""

from tickets.services import calls, copies, files, items, saved_views, stopwatches, times
from tickets.services.fields import EDITABLE, assign, edit, refresh_words, remap
from tickets.services.lifecycle import (
    MOVES_FOR_ALL,
    Button,
    Move,
    accept,
    answer,
    ask,
    buttons,
    close,
    create,
    move,
    reopen,
    start,
)

__all__ = [
    "EDITABLE",
    "MOVES_FOR_ALL",
    "Button",
    "Move",
    "accept",
    "answer",
    "ask",
    "assign",
    "buttons",
    "calls",
    "close",
    "copies",
    "create",
    "edit",
    "files",
    "items",
    "move",
    "refresh_words",
    "remap",
    "reopen",
    "saved_views",
    "start",
    "stopwatches",
    "times",
]
