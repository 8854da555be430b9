"""What was agreed with a customer beyond an order's lines: only ever added, dated, and told to every ticket of the
order (*same knowledge as the customer*)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction

from billing.models import Order, OrderStatus, Promise
from billing.services import orders
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused

Change = Promise.Change
# What the order's own journal calls a change, and what its tickets' do.
SAID = {
    Change.AGREED: ("order.promise_agreed", "ticket.promise_agreed"),
    Change.CHANGED: ("order.promise_changed", "ticket.promise_changed"),
    Change.WITHDRAWN: ("order.promise_withdrawn", "ticket.promise_withdrawn"),
}


@dataclass(frozen=True, slots=True)
class Thread:
    """One promise with everything that became of it, the newest word last."""

    key: UUID
    words: tuple[Promise, ...]

    @property
    def now(self) -> Promise:
        return self.words[-1]

    @property
    def stands(self) -> bool:
        return self.now.change != Change.WITHDRAWN

    @property
    def text(self) -> str:
        """What was agreed, as it was last said; of a withdrawn one what it had been."""
        said = [word for word in self.words if word.change != Change.WITHDRAWN]
        return said[-1].text

    @property
    def earlier(self) -> tuple[Promise, ...]:
        return self.words[:-1]


def of(order_id: int) -> list[Thread]:
    """The promises of an order, those that stand first, each in its order."""
    return threads(Promise.objects.filter(order=order_id).order_by("pk"))


def threads(rows: Iterable[Promise]) -> list[Thread]:
    """Rows in the order they were written, put together by their promise."""
    found: dict[UUID, list[Promise]] = {}
    for row in rows:
        found.setdefault(row.thread, []).append(row)
    made = [Thread(key, tuple(words)) for key, words in found.items()]
    return sorted(made, key=lambda one: not one.stands)


@transaction.atomic
def agree(order: Order, text: str, *, by: Actor) -> Promise:
    """Something more was agreed. Raises Denied, Refused("words_missing"), ("order_is_closed")."""
    return _say(order, uuid4(), Change.AGREED, text, by)


@transaction.atomic
def change(order: Order, thread: UUID, text: str, *, seen: int, by: Actor) -> Promise:
    """It was agreed otherwise; what was said before stays. `seen` is the row the page showed. Raises as `agree`, and
    Refused("promise_changed_meanwhile"), ("promise_is_withdrawn")."""
    return _say(order, thread, Change.CHANGED, text, by, seen)


@transaction.atomic
def withdraw(order: Order, thread: UUID, reason: str, *, seen: int, by: Actor) -> Promise:
    """It does not stand any more, and why. Raises as `change`."""
    return _say(order, thread, Change.WITHDRAWN, reason, by, seen)


def _say(order: Order, thread: UUID, what: Change, text: str, by: Actor, seen: int | None = None) -> Promise:
    by.require("order.manage")
    if not text.strip():
        raise Refused("words_missing")
    tickets = orders.lock_tickets(order)
    order = orders.locked(order)
    if order.status == OrderStatus.CANCELLED:
        raise Refused("order_is_closed", number=order.number)
    if what != Change.AGREED:
        last = Promise.objects.filter(order=order, thread=thread).order_by("pk").last()
        if last is None or last.pk != seen:
            raise Refused("promise_changed_meanwhile")
        if last.change == Change.WITHDRAWN:
            raise Refused("promise_is_withdrawn")
    made = Promise.objects.create(
        order=order, thread=thread, change=what, text=text.strip(), by_id=by.membership_id, by_name=by.name
    )
    of_order, of_ticket = SAID[what]
    entry = journal.record(order, of_order, by=by, number=order.number, text=made.text)
    for ticket in tickets:
        journal.record(ticket, of_ticket, by=by.because(entry), order=order.pk, number=order.number, text=made.text)
    return made
