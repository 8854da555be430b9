"""Erasing a person: what the address book knows goes, that there was somebody stays (hostile tests S11, O10).

erasing.guard(fn)    # fn(contact) raises Refused while the person is still needed
erasing.follow(fn)   # fn(contact, words, by) takes the words that name the person out of what it keeps
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from psa.directory.models import Contact
from psa.journal import journal
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied

Guard = Callable[[Contact], None]
Follower = Callable[[Contact, Sequence[str], Actor], None]
_guards: list[Guard] = []
_followers: list[Follower] = []

ERASED = "–"
SHORTEST = 4
ANONYMISED = "contact.anonymised"
BLANK = {
    "name": ERASED,
    "email": "",
    "phone": "",
    "job_title": "",
    "language": "",
    "is_default": False,
    "is_active": False,
}


def guard(fn: Guard) -> Guard:
    """Let `fn` say no while the person is still needed; it reads only."""
    _guards.append(fn)
    return fn


def follow(fn: Follower) -> Follower:
    """Let `fn` take the person out of its rows, in the transaction that erases them."""
    _followers.append(fn)
    return fn


def words_of(contact: Contact) -> list[str]:
    """What names this person: the longest first, so that no part of one is left; nothing too short to be meant."""
    said = {word.strip() for word in (contact.name, contact.email, contact.phone)}
    return sorted((word for word in said if len(word) >= SHORTEST), key=len, reverse=True)


def without(value: Any, words: Sequence[str]) -> Any:
    """Plain data without these words, whatever their case; "–" stands where one stood."""
    if isinstance(value, str):
        for word in words:
            broken = r"(?:\s|<br ?/?>)+".join(map(re.escape, word.split()))  # a name stays one across lines
            value = re.sub(rf"(?<!\w){broken}(?!\w)", ERASED, value, flags=re.IGNORECASE)
        return value
    if isinstance(value, dict):
        return {key: without(one, words) for key, one in value.items()}
    return [without(one, words) for one in value] if isinstance(value, list) else value


def take_out_of_journal(subject_type: str, subject_id: int, words: Sequence[str]) -> None:
    """Take the words out of what the journal keeps about a subject; that, when and by which of us it happened stays. A
    customer's contact who did something themselves is named no more."""
    for entry in Entry.objects.filter(subject_type=subject_type, subject_id=subject_id):
        name = without(entry.by_name, words) if entry.by_kind == "contact" else entry.by_name
        if (kept := without(entry.data, words)) != entry.data or name != entry.by_name:
            Entry.objects.filter(pk=entry.pk).erase(data=kept, by_name=name)


@transaction.atomic
def anonymise(contact: Contact, *, by: Actor) -> Contact:
    """Blank a person for good; tickets and books keep pointing at nobody in particular. Raises Refused, Denied."""
    if by.require("company.manage") != "all":
        raise Denied("company.manage")
    contact = Contact.objects.select_for_update(of=("self",), no_key=True).get(pk=contact.pk)
    for allows in _guards:
        allows(contact)
    words = words_of(contact)
    for name, value in BLANK.items():
        setattr(contact, name, value)
    contact.location = None
    contact.save()
    take_out_of_journal("contact", contact.pk, words)
    for take_out in _followers:
        take_out(contact, words, by)
    journal.record(contact, ANONYMISED, by=by, at=timezone.now().isoformat())
    return contact
