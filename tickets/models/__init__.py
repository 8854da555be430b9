"""The desk's rows, a file for each concept."""

from tickets.models.acceptance import Acceptance, AcceptedBy, Proof
from tickets.models.appointment import (
    APPOINTMENT_LOOKS,
    Appointment,
    AppointmentPerson,
    AppointmentStatus,
    CalendarFeed,
)
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
from tickets.models.clock import Clock, ClockKind, Span
from tickets.models.desk import Category, NumberRange, Priority, Queue, QueueMember, Requirable, TicketType
from tickets.models.dispatcher_task import DispatcherTask
from tickets.models.draft import Draft
from tickets.models.hand_off import HAND_OFF_KIND_LOOKS, HAND_OFF_LOOKS, HandOff, HandOffKind, HandOffStatus
from tickets.models.items import (
    Attachment,
    Audience,
    Charge,
    ChargeCategory,
    Direction,
    Item,
    Note,
    NoteKind,
    StoredFile,
    TimeEntry,
)
from tickets.models.opened import Opened
from tickets.models.relations import LinkKind, Mention, TicketLink
from tickets.models.saved_view import SavedView
from tickets.models.search import TicketWords
from tickets.models.status import Resolution, Status
from tickets.models.stopwatch import Stopwatch
from tickets.models.text_modules import TextKind, TextModule, TextVariant
from tickets.models.ticket import CoAssignee, Source, Ticket, Watcher

__all__ = [
    "APPOINTMENT_LOOKS",
    "Appointment",
    "AppointmentPerson",
    "AppointmentStatus",
    "CalendarFeed",
    "HAND_OFF_KIND_LOOKS",
    "HAND_OFF_LOOKS",
    "HandOff",
    "HandOffKind",
    "HandOffStatus",
    "Acceptance",
    "AcceptedBy",
    "Proof",
    "DispatcherTask",
    "Attachment",
    "Audience",
    "Category",
    "CategoryChecklist",
    "Charge",
    "ChargeCategory",
    "CheckState",
    "Clock",
    "ClockKind",
    "CoAssignee",
    "Checklist",
    "ChecklistItem",
    "ChecklistTemplate",
    "ChecklistVersion",
    "Evidence",
    "Direction",
    "Draft",
    "Item",
    "LinkKind",
    "Mention",
    "Note",
    "NoteKind",
    "NumberRange",
    "Opened",
    "Priority",
    "Queue",
    "QueueMember",
    "Requirable",
    "Resolution",
    "SavedView",
    "Source",
    "Span",
    "Status",
    "Stopwatch",
    "StoredFile",
    "TextKind",
    "TextModule",
    "TextVariant",
    "TemplateItem",
    "Ticket",
    "TicketLink",
    "TicketWords",
    "TicketType",
    "TimeEntry",
    "Watcher",
]
