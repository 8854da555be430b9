"""Keeping the words tickets are found by, and finding tickets by them.

On PostgreSQL row-level security switches trigram indexes off (their operators might tell of rows nobody may see). The
words therefore stand in a table whose owner the policies do not bind, and one function of that owner reads it, for the
tenant in scope and nobody else. It gives back ids; the tickets are read under their policies like any others.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from psa.directory.erasing import ANONYMISED
from psa.journal import journal
from psa.journal.models import Entry
from tickets import words
from tickets.models import Item, Ticket, TicketWords

MOST_WORDS = 8
# A trigram has three letters: shorter words alone are looked for in what a ticket itself says, not in its notes.
TRIGRAM = 3
# What of an item is found. The remark nobody outside reads is found by everybody inside.
SAID = ("text", "internal_text", "name")
LONGEST = 20_000

INDEX = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE INDEX IF NOT EXISTS ticket_words_by_trigram ON tickets_ticketwords USING gin (tenant_id, text gin_trgm_ops);
CREATE OR REPLACE FUNCTION find_tickets(patterns text[], heads_only boolean) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted text := '';
BEGIN
    FOR place IN 1 .. cardinality(patterns) LOOP
        wanted := wanted || format(' AND text LIKE $1[%s]', place);
    END LOOP;
    IF heads_only THEN
        wanted := wanted || ' AND item IS NULL';
    END IF;
    RETURN QUERY EXECUTE
        'SELECT ticket_id FROM tickets_ticketwords WHERE tenant_id = app_tenant()' || wanted USING patterns;
END
$$;
"""


def apply(sender: Any = None, using: str = "default", **kwargs: Any) -> None:
    """Bring index and function into the database. PostgreSQL only, as owner, after migrate; may be repeated."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(INDEX)
            role = connection.ops.quote_name(settings.APP_ROLE)
            cursor.execute(
                "REVOKE ALL ON FUNCTION find_tickets(text[], boolean) FROM PUBLIC;"
                f"GRANT EXECUTE ON FUNCTION find_tickets(text[], boolean) TO {role}"
            )


def index(ticket: Ticket) -> None:
    """Keep the ticket's own words; called whenever one of them may have changed."""
    said = words.of(ticket)
    if not TicketWords.objects.filter(ticket=ticket, item=None).update(text=said):
        TicketWords.objects.create(ticket=ticket, text=said)


def index_item(item: Item, *, is_new: bool = False) -> None:
    """Keep the words of an item, or forget those of one that is gone or says nothing."""
    said = words.fold(" ".join(filter(None, (getattr(item, name, "") for name in SAID))))[:LONGEST]
    if item.is_removed or not said:
        TicketWords.objects.filter(item=item.key).delete()
    elif is_new or not TicketWords.objects.filter(item=item.key).update(text=said):
        TicketWords.objects.create(ticket_id=item.ticket_id, item=item.key, text=said)


def listen() -> None:
    """Follow the names in the address book: at once when a person is erased, in the worker when a name changes."""
    journal.subscribe(ANONYMISED, _named_otherwise)
    journal.afterwards("company.edited", _named_otherwise)
    journal.afterwards("contact.edited", _named_otherwise)


def _named_otherwise(entry: Entry) -> None:
    for ticket in Ticket.objects.filter(**{entry.subject_type: entry.subject_id}).select_related("company", "contact"):
        index(ticket)


def find(rows: QuerySet[Ticket], asked: str) -> QuerySet[Ticket]:
    """Of these tickets those that say every word somewhere, or whose number it is."""
    found = Q(pk__in=_ids(words.fold(asked).replace("\0", "").split()[:MOST_WORDS]))
    bare = asked.strip().removeprefix("#")
    if bare.isdecimal() and len(bare) <= 9:
        found |= Q(number=int(bare)) | Q(pk__in=Ticket.objects.filter(number=int(bare)).values("merged_into"))
    return rows.filter(found)


def _ids(wanted: list[str]) -> Any:
    heads_only = all(len(word) < TRIGRAM for word in wanted)
    if connection.vendor == "postgresql":
        patterns = [f"%{_literal(word)}%" for word in sorted(wanted, key=len, reverse=True)]
        return RawSQL("SELECT find_tickets(%s, %s)", (patterns, heads_only))
    rows = TicketWords.objects.filter(item=None) if heads_only else TicketWords.objects.all()
    for word in wanted:
        rows = rows.filter(text__contains=word)
    return rows.values("ticket_id")


def _literal(word: str) -> str:
    """The word without the letters that mean something to LIKE."""
    return word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
