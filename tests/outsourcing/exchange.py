"""What the tests of the exchange do again and again: write, look, let a link hang, read the ledger's sheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from outsourcing import inbox, receipts
from psa import leases
from psa.lanes import delivery
from psa.lanes.models import Event
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import Pair, drain
from tests.outsourcing.test_path import for_partner
from tickets.models import Item, Ticket
from tickets.services import items


def write(pair: Pair, text: str, kind: str = "note", **fields: Any) -> Item:
    """Something of Baltic's for Nordlicht."""
    fields = {**fields, "text": text}
    with pair.service() as by:
        return items.add(pair.insourced, kind, for_partner(pair.insourced), by=by, **fields)


def page(pair: Pair, member: Membership) -> str:
    desk, ticket = ("nordlicht", pair.ticket) if member is pair.max else ("baltic", pair.insourced)
    answer = sign_in(member).get(f"/{desk}/tickets/{ticket.number}/", headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def badge(pair: Pair, item: Item) -> str:
    """What stands at an item of Baltic's, in English."""
    with pair.service() as by:
        ticket = Ticket.objects.get(pk=pair.insourced.pk)
        found = receipts.badges(ticket, [type(item)._default_manager.get(pk=item.pk)], by).get(item.key, [])
        return " ".join(str(one.label) for one in found)


def hang(pair: Pair, monkeypatch: Any, code: str = "no_upcast") -> None:
    """Nordlicht cannot take over what Baltic sends."""

    def fail(event: Event) -> None:
        raise leases.Permanent(code)

    monkeypatch.setitem(delivery._handlers, "item.put", delivery.Handler(fail, 1, None))
    drain()


def mend(monkeypatch: Any) -> None:
    monkeypatch.setitem(delivery._handlers, "item.put", delivery.Handler(inbox.on_put, 1, None))


def sheet(member: Membership, desk: str, query: str = "") -> list[dict[str, str]]:
    answer = sign_in(member).get(f"/{desk}/outsourcing/ledger/?format=csv{query}")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")  # type: ignore[attr-defined]
    head = text.partition("\r\n")[0]
    return list(csv.DictReader(io.StringIO(text), delimiter=";" if ";" in head else ","))


@contextmanager
def at_most(number: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as found:
        yield
    said = [query["sql"] for query in found.captured_queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(said) <= number, "\n".join(said)


def without_level(member: Membership) -> None:
    """They may do nothing with partners any more."""
    with acting(member):
        Membership.objects.filter(pk=member.pk).update(outsourcing_level="none")
