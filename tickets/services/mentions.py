"""Colleagues named by @ in a note. The text keeps the name as it was typed; who is meant is kept beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from psa.tenancy.models import Membership
from tickets import sight
from tickets.models import Mention, Note, Ticket

MOST = 20


def named(text: str, people: Sequence[Membership]) -> dict[Membership, str]:
    """Whom a text names by @ and their name, each with the name as it stands there; the longest name wins."""
    if "@" not in text:
        return {}
    found: dict[Membership, str] = {}
    for person in sorted(people, key=lambda one: len(one.name), reverse=True):
        name = person.name.strip()
        if not name or len(found) >= MOST:
            continue
        match = re.search(rf"(?<!\w)@{re.escape(name)}(?!\w)", text, re.IGNORECASE)
        if match:
            found[person] = match[0][1:]
            text = text[: match.start()] + " " * len(match[0]) + text[match.end() :]
            text = re.sub(rf"(?<!\w)@{re.escape(name)}(?!\w)", " ", text, flags=re.IGNORECASE)
    return found


def blind(ticket: Ticket, text: str) -> list[Membership]:
    """Whom a text mentions though they cannot see the ticket."""
    found = list(named(text, sight.members())) if "@" in text else []
    seeing = {person.pk for person in sight.who_see(ticket, found)} if found else set()
    return [person for person in found if person.pk not in seeing]


def keep(note: Note, ticket: Ticket) -> list[Membership]:
    """Keep who is mentioned in a note as it stands now; gives back who is new and may see the ticket."""
    kept = {row.member_id: row for row in Mention.objects.filter(note=note)} if note.version > 1 else {}
    found = named(note.text, sight.members()) if "@" in note.text else {}
    meant = {person.pk for person in found}
    gone = [row.pk for pk, row in kept.items() if pk not in meant and f"@{row.said}" not in note.text]
    if gone:
        Mention.objects.filter(pk__in=gone).delete()
    seeing = sight.who_see(ticket, [person for person in found if person.pk not in kept]) if found else []
    Mention.objects.bulk_create(Mention(note=note, member=person, said=found[person][:200]) for person in seeing)
    return seeing


def spoken(notes: Iterable[Note]) -> None:
    """Let the texts of these notes say the names their people have now; nothing is saved. One query, if any."""
    asked = {note.pk: note for note in notes if "@" in note.text}
    if not asked:
        return
    for row in Mention.objects.filter(note__in=list(asked)).select_related("member"):
        note = asked[row.note_id]
        note.text = note.text.replace(f"@{row.said}", f"@{row.member.name}")
