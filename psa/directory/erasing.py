"""Erasing a person: what the address book knows goes, that there was somebody stays (hostile tests S11, O10).

erasing.guard(fn)   # fn(contact) raises Refused while the person is still needed
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from psa.directory.models import Contact
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied

Guard = Callable[[Contact], None]
_guards: list[Guard] = []

ERASED = "–"
ANONYMISED = "contact.anonymised"
BLANK = {"name": ERASED, "email": "", "phone": "", "job_title": "", "language": "", "is_active": False}


def guard(fn: Guard) -> Guard:
    """Let `fn` say no while the person is still needed; it reads only."""
    _guards.append(fn)
    return fn


@transaction.atomic
def anonymise(contact: Contact, *, by: Actor) -> Contact:
    """Blank a person for good; tickets and books keep pointing at nobody in particular. Raises Refused, Denied."""
    if by.require("company.manage") != "all":
        raise Denied("company.manage")
    contact = Contact.objects.select_for_update(of=("self",), no_key=True).get(pk=contact.pk)
    for allows in _guards:
        allows(contact)
    for name, value in BLANK.items():
        setattr(contact, name, value)
    contact.location = None
    contact.save()
    journal.record(contact, ANONYMISED, by=by, at=timezone.now().isoformat())
    return contact
