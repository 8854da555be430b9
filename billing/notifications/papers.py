"""The worker draws the papers of goods: what was prepared or signed has its PDF a moment later, whoever asks for it."""

from __future__ import annotations

from billing.models import DeliveryNote
from billing.services import delivery_papers
from psa.journal import journal
from psa.journal.models import Entry


def connect() -> None:
    """Hear of every paper that got its number or its signature."""
    for kind in ("prepared", "returned", "signed"):
        journal.afterwards(f"deliverynote.{kind}", draw)


def draw(entry: Entry) -> None:
    """Draw what has none yet."""
    note = DeliveryNote.objects.filter(key=entry.data["note"]).first()
    if note is None or not note.number:
        return
    if note.file_id is None:
        note = delivery_papers.keep(note)
    if note.signed_at is not None and note.signed_file_id is None:
        delivery_papers.keep_signed(note)
