"""A person is erased: their name, address and number are taken out of what a ticket and its items say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from psa.directory import erasing
from psa.journal import journal
from psa.mail import erasing as mails
from psa.tenancy.actor import Actor
from tickets.models import Draft, Item, Ticket
from tickets.models.checklists import TRAVELLING
from tickets.models.items import KINDS
from tickets.services import searching, stopwatches
from tickets.services.locking import lock

TEXTS = ("name", "text", "texts", "internal_text", "offset_reason", "caller", "proof", "reason")


@transaction.atomic
def take_out(ticket: Ticket, words: Sequence[str], *, by: Actor) -> Ticket:
    """Leave everything of the ticket but these words: ours, a partner's copies, what is still being typed, mails
    about it, and what the journal keeps of it. Bytes of files are not looked into.

    That the person was erased is an entry of its own. It is not an edit: nobody is told, versions stay, and what is
    locked because the work is over is no exception.
    """
    ticket = lock(ticket)
    said = {name: erasing.without(getattr(ticket, name), words) for name in ("title", "description")}
    Ticket.objects.filter(pk=ticket.pk).update(**said)
    for model in TRAVELLING.values():
        _take_out_of_items(model, ticket, words)
    for draft in Draft.objects.filter(ticket=ticket):
        Draft.objects.filter(pk=draft.pk).update(fields=erasing.without(draft.fields, words))
    mails.take_out("ticket", [ticket.pk], words)
    erasing.take_out_of_journal("ticket", ticket.pk, words)
    ticket.refresh_from_db()
    stopwatches.renamed(ticket)
    searching.index(ticket)
    journal.record(ticket, "ticket.person_erased", by=by)
    return ticket


def _take_out_of_items(model: Any, ticket: Ticket, words: Sequence[str]) -> None:
    columns = [name for name in TEXTS if name in {field.name for field in model._meta.concrete_fields}]
    for item in model.objects.filter(ticket=ticket):
        kept = {name: erasing.without(getattr(item, name), words) for name in columns}
        if isinstance(item, Item) and item.author_id is None and not item.is_copy:
            kept["author_name"] = erasing.without(item.author_name, words)  # what a customer wrote themselves
        if kept != {name: getattr(item, name) for name in kept}:
            model.objects.filter(pk=item.pk).update(**kept)
            item.refresh_from_db()
            if item.kind() in KINDS:
                searching.index_item(item)
    mails.take_out(model.kind(), list(model.objects.filter(ticket=ticket).values_list("pk", flat=True)), words)
