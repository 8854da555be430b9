"""The desk's rows, a file for each concept."""

from tickets.models.checklists import (
    CategoryChecklist,
    Checklist,
    ChecklistItem,
    ChecklistTemplate,
    ChecklistVersion,
    CheckState,
    Evidence,
    TemplateItem,
)
from tickets.models.desk import Category, NumberRange, Priority, Queue, QueueMember
from tickets.models.items import Attachment, Audience, Charge, Item, Note, NoteKind, StoredFile, TimeEntry
from tickets.models.saved_view import SavedView
from tickets.models.status import Resolution, Status
from tickets.models.ticket import Source, Ticket

__all__ = [
    "Attachment",
    "Audience",
    "Category",
    "CategoryChecklist",
    "Charge",
    "CheckState",
    "Checklist",
    "ChecklistItem",
    "ChecklistTemplate",
    "ChecklistVersion",
    "Evidence",
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
    "StoredFile",
    "TemplateItem",
    "Ticket",
    "TimeEntry",
]
