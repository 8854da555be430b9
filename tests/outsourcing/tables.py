"""What the tests of the specification's tables share: one stage, a savepoint for each row, and what must not change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.html import escape

from outsourcing.models import Handover, LeadSide, Move, Proposal, Question, Release, ServiceSide, Share, Terms
from psa.journal.models import Entry
from psa.lanes.models import Event, Lane
from psa.mail.models import OutgoingMail
from psa.tenancy import scope
from psa.tenancy.models import Membership
from psa.web import refusals
from tests import held
from tickets.models import Attachment, Charge, Note, Ticket, TimeEntry

CHANGING = (Handover, LeadSide, ServiceSide, Release, Proposal, Question, Lane, Ticket, Note, TimeEntry, Charge)
ADDED = (Terms, Move, Entry, Event, Share, OutgoingMail, Attachment)


class _Undo(Exception):
    """Back to where the stage was."""


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside did not happen: the next row finds the stage as it was."""
    with suppress(_Undo), transaction.atomic():
        yield
        raise _Undo


def everything(*members: Membership) -> list[Any]:
    """What a refusal must have left alone at these people's companies: rows that change, and how many are added."""
    found = []
    for member in members:
        with scope.tenant(member.tenant_id):
            found += [held.rows(model) for model in CHANGING]
            found += [held.number(model) for model in ADDED]
    return found


def is_said_plainly(page: str, language: str) -> bool:
    """Whether a refusal has a sentence of its own, in its reader's language, and not only its code."""
    with translation.override(language):
        bare = refusals.sentence("no_such_code")
    return bare.partition("(")[0] not in page


def said(code: str, language: str, **params: Any) -> str:
    """A refusal's sentence as a page of this language shows it."""
    with translation.override(language):
        return escape(refusals.sentence(code, params))
