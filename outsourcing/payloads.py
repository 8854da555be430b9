"""What travels: an item as plain data, by the table of outsourcing spec §6. A column not named here never leaves."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from outsourcing.models import Side
from tickets.models import Attachment, Charge, ChecklistItem, Item, Note, StoredFile, Ticket, TimeEntry

VERSION = 1
LONGEST = 120

# Every column of the desk's items is classified; a test walks the models and fails on one that is missing here.
SHARED = {
    "note": {"kind_of", "text"},
    "attachment": {"file", "name"},
    "timeentry": {"worked_on", "minutes", "offset_minutes", "text"},
    "charge": {"category", "name", "quantity", "unit", "unit_price", "currency", "text"},
    # The words go to the service partner, what it did comes back; neither side's answer to the other's half travels.
    "checklistitem": {
        "text",
        "texts",
        "position",
        "evidence",
        "unit",
        "state",
        "settled_at",
        "acted_by",
        "proof",
        "photo",
        "reason",
    },
    "ticket": {"title", "description", "due_at", "priority"},
}
OWN = {
    "item": {
        "id",
        "tenant",
        "ticket",
        "key",
        "audience",
        "handover",
        "author",
        "author_name",
        "made_at",
        "received_at",
        "edited_at",
        "version",
        "removed_at",
        "removal",
    },
    "timeentry": {
        "started_at",
        "ended_at",
        "work_type",
        "contract",
        "is_billable",
        "is_hidden",
        "is_over_estimate",
        "offset_reason",
        "internal_text",
    },
    "charge": {"is_billable"},
    "note": {"stands_for", "caller", "direction"},
    "attachment": set[str](),
    # The list goes by its key and name; "required" is what every shared item is for the partner.
    "checklistitem": {"checklist", "is_required", "for_customer", "for_partner"},
    "ticket": {
        "id",
        "tenant",
        "number",
        "key",
        "company",
        "contact",
        "location",
        "queue",
        "category",
        "type",
        "source",
        "status",
        "resume_to",
        "resolution",
        "assignee",
        "created_by",
        "planned_minutes",
        "version",
        "next_deadline",
        "last_activity",
        "is_open",
        "stay",
        "status_since",
        "acceptance",
        "threshold_minutes",
        "agreed_at",
        "agreed_minutes",
        "agreed_amount",
        "agreed_rate",
        "agreed_currency",
        "agreed_tolerance",
        "agreed_logged",
        "deploy_from",
        "deploy_until",
        "answer_needed_since",
        "checklist_done",
        "checklist_total",
        "created_at",
        "closed_at",
        "merged_into",
        "deleted_at",
        "deleted_reason",
    },
}


def item(row: Item, side: Side, *, shares_effort: bool) -> dict[str, Any]:
    """One item for the other side. The lead's time arrives as a note, the lead's charge as a line without prices."""
    made = {"author": row.author_name, "made_at": row.made_at.isoformat(), "made_as": row.kind()}
    if isinstance(row, Note):
        return {**made, "kind": "note", "fields": {"kind_of": row.kind_of, "text": row.text}}
    if isinstance(row, Attachment):
        return {**made, "kind": "attachment", "fields": {"name": row.name, "file": stored(row.file)}}
    if isinstance(row, TimeEntry):
        return {**made, **(_time(row) if side == Side.SERVICE else _time_as_note(row, shares_effort))}
    if isinstance(row, Charge):
        return {**made, **(_charge(row) if side == Side.SERVICE else _charge_as_line(row))}
    if isinstance(row, ChecklistItem):
        return {**made, **(_tick(row) if side == Side.SERVICE else _to_tick(row))}
    raise TypeError(f"{type(row).__name__} does not travel")


def fields(ticket: Ticket) -> dict[str, Any]:
    """The ticket's own columns the partner is told of."""
    due = ticket.due_at.isoformat() if ticket.due_at else None
    return {"title": ticket.title, "description": ticket.description, "due_at": due, "priority": ticket.priority}


def name(payload: dict[str, Any]) -> str:
    """What an item on its way is called: its name or the beginning of its text, on one line; "" where it has none."""
    row, line = payload.get("fields", {}), payload.get("line", {})
    said = [row.get("name") or line.get("name") or "", row.get("text") or ""]
    words = " ".join(" ".join(said).split())
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def _to_tick(row: ChecklistItem) -> dict[str, Any]:
    """The words of the lead's item, and the list it stands in."""
    listed = {"key": str(row.checklist.key), "name": row.checklist.name, "names": row.checklist.names}
    fields = {"text": row.text, "texts": row.texts, "position": row.position, "evidence": row.evidence}
    return {"kind": "checklistitem", "fields": {**fields, "unit": row.unit}, "list": listed}


def read_to_tick(payload: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A lead's item as it arrives: its words, and the list it stands in."""
    listed = payload["list"]
    return payload["fields"], {"key": UUID(listed["key"]), "name": listed["name"], "names": listed["names"]}


def read_tick(payload: dict[str, Any]) -> dict[str, Any]:
    """What the partner did, as it arrives."""
    row = payload["fields"]
    return {
        "state": row["state"],
        "settled_at": datetime.fromisoformat(row["settled_at"]) if row["settled_at"] else None,
        "proof": row["proof"],
        "photo": UUID(row["photo"]) if row["photo"] else None,
        "reason": row["reason"],
    }


def _tick(row: ChecklistItem) -> dict[str, Any]:
    """What the service partner did about the lead's item, who did it and what shows it."""
    fields = {
        "text": row.text,
        "state": row.state,
        "settled_at": row.settled_at.isoformat() if row.settled_at else None,
        "proof": row.proof,
        "photo": str(row.photo) if row.photo else None,
        "reason": row.reason,
    }
    return {"author": row.acted_by, "kind": "tick", "fields": fields}


def stored(file: StoredFile) -> dict[str, Any]:
    """Where the bytes of a file are and what they are: what a row of the other side's for them is made from."""
    return {"path": file.path, "size": file.size, "sha256": file.sha256, "content_type": file.content_type}


def _time(row: TimeEntry) -> dict[str, Any]:
    fields = {
        "worked_on": row.worked_on.isoformat(),
        "minutes": row.minutes,
        "offset_minutes": row.offset_minutes,
        "text": row.text,
    }
    return {"kind": "timeentry", "fields": fields}


def _time_as_note(row: TimeEntry, shares_effort: bool) -> dict[str, Any]:
    effort = {"minutes": row.minutes} if shares_effort else {}
    return {"kind": "note", "fields": {"text": row.text}, "worked_on": row.worked_on.isoformat(), **effort}


def _charge(row: Charge) -> dict[str, Any]:
    fields = {
        "category": row.category,
        "name": row.name,
        "quantity": str(row.quantity),
        "unit": row.unit,
        "unit_price": str(row.unit_price),
        "currency": row.currency,
        "text": row.text,
    }
    return {"kind": "charge", "fields": fields}


def _charge_as_line(row: Charge) -> dict[str, Any]:
    line = {"name": row.name, "quantity": str(row.quantity), "unit": row.unit}
    return {"kind": "note", "fields": {"text": ""}, "line": line}
