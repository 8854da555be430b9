"""What becomes of the billing of goods that come back (it-house spec, "Material and delivery notes").

What was posted and is on no invoice is reversed, and what stayed is posted anew. What is on an invoice, or on a draft
of one, is handed to billing, which credits it, or takes it off the draft: then what stayed waits for its invoice
(`follow_release`). Who takes goods back need not bill: the system does it because of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from billing import pricing
from billing.models import (
    BillingItem,
    BillingStatus,
    DeliveryLine,
    DeliveryNote,
    Invoice,
    InvoiceLine,
    ReturnBilling,
)
from billing.services import delivery_lines, posting, receivers
from billing.services.delivery_locks import held
from psa.journal.models import Entry
from psa.tenancy.actor import Actor
from tickets import permissions
from tickets.models import HandOff, HandOffKind
from tickets.services import hand_offs

KIND = HandOffKind.CREDIT


def follow(note: DeliveryNote, lines: Sequence[DeliveryLine], entry: Entry, *, by: Actor) -> None:
    """Bring the billing of what a numbered return note takes back to what stayed, in the caller's transaction; each of
    its lines keeps what became of it. `entry` says that the goods came back."""
    system = Actor.system("billing").because(entry)
    handed = []
    for line in lines:
        assert line.corrects is not None  # it is a return note's
        item = _standing(line.corrects)
        if item is None:
            continue
        if _is_on_an_invoice(item):
            line.billing = ReturnBilling.HANDED_OFF
            handed.append(line)
        else:
            _bring_down(item, [line], system)
            line.billing = ReturnBilling.REVERSED
        line.save(update_fields=["billing"])
    if handed:
        _hand_off(note, handed, by.because(entry) if _may_send(note, by) else system)


def held_notes(items: Iterable[int]) -> None:
    """Lock the delivery notes whose goods these items (by id) bill, each behind its ticket and its order and before
    the items themselves: nobody takes goods of them back meanwhile."""
    billed = BillingItem.objects.filter(pk__in=items)
    lines = DeliveryLine.objects.filter(corrects=None).filter(
        Q(pk__in=billed.filter(delivery_line__isnull=False).values("delivery_line"))
        | Q(material__charge__in=billed.filter(charge__isnull=False).values("charge"))
    )
    for note in DeliveryNote.objects.filter(pk__in=lines.values("note")).order_by("ticket", "order", "pk"):
        held(note)


def follow_release(items: Iterable[int], entry: Entry) -> None:
    """These items (by id) stand on no invoice any more: credited, or taken off a draft. Of goods that came back while
    they stood on it only what stayed waits for its invoice; who was to credit them has done so. In the caller's
    transaction, which holds the notes (`held_notes`). `entry` says what released them."""
    system = Actor.system("billing").because(entry)
    rows = _not_reversed(BillingItem.objects.filter(pk__in=items)).select_for_update(of=("self",), no_key=True)
    notes: dict[int, DeliveryNote] = {}
    for item in rows.order_by("pk"):
        backs = list(_handed_off(item))
        if not backs or _is_on_an_invoice(item):
            continue
        if item.status == BillingStatus.POSTED:
            _bring_down(item, backs, system)
        DeliveryLine.objects.filter(pk__in=[back.pk for back in backs]).update(billing=ReturnBilling.REVERSED)
        notes |= {back.note_id: back.note for back in backs}
    for note in notes.values():
        if not DeliveryLine.objects.filter(note=note, billing=ReturnBilling.HANDED_OFF).exists():
            hand_offs.finish_of(KIND, note.key, by=system)


def _handed_off(item: BillingItem) -> QuerySet[DeliveryLine]:
    """What came back of an item's goods since it was posted and was handed to billing."""
    of_item = Q(pk__in=[])
    if item.delivery_line_id is not None:
        of_item |= Q(corrects=item.delivery_line_id)
    if item.charge_id is not None:
        of_item |= Q(corrects__material__charge=item.charge_id)
    rows = DeliveryLine.objects.filter(of_item, billing=ReturnBilling.HANDED_OFF, note__prepared_at__gte=item.posted_at)
    return rows.select_related("note", "corrects").order_by("pk")


def _standing(line: DeliveryLine) -> BillingItem | None:
    """The item that bills a delivered line now, locked: posted, and not reversed."""
    of_line = Q(delivery_line=line)
    if line.material is not None:
        of_line |= Q(charge=line.material.charge_id)
    rows = _not_reversed(BillingItem.objects.filter(of_line))
    rows = rows.filter(status__in=[BillingStatus.POSTED, BillingStatus.INVOICED])
    return rows.select_for_update(of=("self",), no_key=True).order_by("pk").last()


def _not_reversed(items: QuerySet[BillingItem]) -> QuerySet[BillingItem]:
    return items.filter(~Exists(BillingItem.objects.filter(reverses=OuterRef("pk"))), reverses=None)


def _is_on_an_invoice(item: BillingItem) -> bool:
    is_drawn: bool = InvoiceLine.objects.filter(item=item, is_current=True).exists()
    return is_drawn or item.status == BillingStatus.INVOICED


def _bring_down(item: BillingItem, backs: Sequence[DeliveryLine], system: Actor) -> None:
    """Reverse the item, and post what stayed at the same price; what something else covers costs nothing again."""
    reason = "; ".join(f"{back.note.number}: {back.note.reason}" for back in backs)
    rest = item.quantity - sum((back.quantity for back in backs), Decimal(0))
    if rest <= 0:
        posting.reverse(item, reason, by=system)
        return
    price = pricing.NOTHING if item.covered else item.unit_price
    posting.correct(item, posting.Instead(rest, price, _text(item, backs[0])), reason, by=system)


def _text(item: BillingItem, back: DeliveryLine) -> str:
    """What the invoice says of what stayed: of a delivered line, its serial numbers that did."""
    line = back.corrects
    assert line is not None
    if item.delivery_line_id is None:
        return item.text
    gone = delivery_lines.serials_back([line.pk]).get(line.pk, set())
    return ", ".join(one for one in line.serials if one not in gone)


def _hand_off(note: DeliveryNote, lines: Sequence[DeliveryLine], sender: Actor) -> None:
    told = [f"{line.quantity.normalize():f} {line.unit} {line.name}" for line in lines]
    hand_offs.send(
        KIND,
        title=f"{note.number} {note.recipient}"[:200],
        text="\n".join([*told, note.reason]),
        ticket=note.ticket,
        subject=note.key,
        role=receivers.role_for("invoice.manage", "billing"),
        by=sender,
    )


def _may_send(note: DeliveryNote, by: Actor) -> bool:
    """Whether who takes the goods back can send the hand-off; a question comes back to them then."""
    if note.ticket is None:
        return bool(by.can("order.view"))
    return permissions.may(note.ticket, "ticket.view", by)


# What the pages show of it --------------------------------------------------------------------------------------------
def items_of(note: DeliveryNote) -> QuerySet[BillingItem]:
    """What billed the goods a return note took back and was handed to billing, as long as nobody reversed it."""
    lines = DeliveryLine.objects.filter(note=note, billing=ReturnBilling.HANDED_OFF)
    of_lines = Q(delivery_line__in=lines.values("corrects")) | Q(
        charge__in=lines.filter(corrects__material__isnull=False).values("corrects__material__charge")
    )
    return _not_reversed(BillingItem.objects.filter(of_lines))


def hand_off_of(note: DeliveryNote) -> HandOff | None:
    """What billing was told of a return note, if anything."""
    found: HandOff | None = HandOff.objects.filter(kind=KIND, subject=note.key).order_by("pk").last()
    return found


def note_of(hand_off: HandOff, by: Actor) -> DeliveryNote | None:
    """The return note a hand-off is about, if it is about one that its reader sees."""
    if hand_off.kind != KIND:
        return None
    found: DeliveryNote | None = DeliveryNote.objects.visible_to(by).filter(key=hand_off.subject).first()
    return found


def returns_to_credit(invoice: Invoice, by: Actor) -> list[DeliveryNote]:
    """The return notes of goods that stand on an invoice, or a draft, and are neither credited nor reversed yet."""
    drawn = InvoiceLine.objects.filter(invoice=invoice, item__isnull=False, is_current=True)
    items = _not_reversed(BillingItem.objects.filter(pk__in=drawn.values("item")))
    lines = DeliveryLine.objects.filter(billing=ReturnBilling.HANDED_OFF).filter(
        Q(corrects__in=items.filter(delivery_line__isnull=False).values("delivery_line"))
        | Q(corrects__material__charge__in=items.filter(charge__isnull=False).values("charge"))
    )
    return list(DeliveryNote.objects.visible_to(by).filter(pk__in=lines.values("note")).order_by("pk"))
