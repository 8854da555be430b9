"""The desk's rows, a file for each concept."""

from tickets.models.desk import Category, NumberRange, Priority, Queue, QueueMember
from tickets.models.items import Attachment, Audience, Charge, Direction, Item, Note, NoteKind, StoredFile, TimeEntry
from tickets.models.saved_view import SavedView
from tickets.models.status import Resolution, Status
from tickets.models.stopwatch import Stopwatch
from tickets.models.ticket import Source, Ticket

__all__ = [
    "Attachment",
    "Audience",
    "Category",
    "Charge",
    "Direction",
    "Item",
    "Note",
    "NoteKind",
    "NumberRange",
    "Priority",
    "Queue",
    "QueueMember",
    "Resolution",
    "SavedView",
    "Source",
    "Status",
    "Stopwatch",
    "StoredFile",
    "Ticket",
    "TimeEntry",
]
