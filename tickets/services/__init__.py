"""Everything that can be done to a ticket: one verb, one function, one transaction.

Items have the same three verbs whatever their kind: `items.add`, `items.edit`, `items.remove`.
A file comes by `files.attach`.
"""

from tickets.services import (
    bulk,
    calls,
    checklist_copies,
    checklist_templates,
    checklists,
    copies,
    deleting,
    desk,
    files,
    items,
    linking,
    merging,
    saved_views,
    stopwatches,
    text_modules,
    times,
)
from tickets.services.fields import EDITABLE, assign, edit, remap
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
    "bulk",
    "EDITABLE",
    "MOVES_FOR_ALL",
    "Button",
    "Move",
    "accept",
    "answer",
    "ask",
    "assign",
    "buttons",
    "checklist_copies",
    "checklist_templates",
    "checklists",
    "calls",
    "close",
    "copies",
    "create",
    "deleting",
    "desk",
    "edit",
    "files",
    "items",
    "linking",
    "merging",
    "move",
    "remap",
    "reopen",
    "saved_views",
    "start",
    "text_modules",
    "stopwatches",
    "times",
]
