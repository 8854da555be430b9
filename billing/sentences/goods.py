"""What the timeline and the audit say of goods: material, stock, delivery notes, goods requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing.models import OrderStatus, PaperKind
from psa.web.figures import quantity
from tickets.timeline import quiet, sentence

Data = Mapping[str, Any]


def _paper(data: Data) -> str:
    """Which paper it is about, as a reader calls it."""
    if not data.get("number"):
        return _("the delivery note")
    words = {"number": data["number"]}
    is_return = data.get("paper") == PaperKind.RETURN
    return _("return note %(number)s") % words if is_return else _("delivery note %(number)s") % words


def _of(words: Callable[[], str]) -> Callable[[Data], str]:
    return lambda data: words() % {**data, "paper": _paper(data)}


def _much(data: Data) -> str:
    return quantity(Decimal(data["quantity"]), data.get("unit", ""))


def _ordered(data: Data) -> str:
    lines = ", ".join(f"{quantity(Decimal(one['quantity']), one['unit'])} {one['name']}" for one in data["lines"])
    return _("took from order %(order)s: %(lines)s") % {"order": data["order"], "lines": lines}


def _counted(data: Data) -> str:
    facts = {"place": data["place"], "old": quantity(Decimal(data["old"])), "new": quantity(Decimal(data["new"]))}
    return _("counted at %(place)s: %(old)s → %(new)s (%(reason)s)") % {**facts, "reason": data["reason"]}


def _signed(data: Data) -> str:
    words = {"paper": _paper(data), "name": data["name"]}
    if data.get("on_paper"):
        return _("entered that %(name)s signed %(paper)s by hand") % words
    return _("had %(paper)s signed by %(name)s") % words


def register() -> None:
    """The sentences of this room's entries."""
    _notes()
    _lines()
    _requests()
    _stock()


def _notes() -> None:
    sentence("deliverynote.opened", _of(lambda: _("opened %(paper)s")), "file", "gray")
    sentence("deliverynote.addressed", _of(lambda: _("addressed %(paper)s to %(recipient)s")), "map-pin", "gray")
    sentence("deliverynote.prepared", _of(lambda: _("prepared %(paper)s")), "package", "blue")
    sentence("deliverynote.delivered", _of(lambda: _("delivered %(paper)s")), "truck", "teal")
    sentence("deliverynote.signed", _signed, "signature", "green")
    sentence("deliverynote.billed", _of(lambda: _("posted the goods of %(paper)s to be invoiced")), "receipt", "teal")
    sentence("deliverynote.invoiced", _of(lambda: _("%(paper)s is invoiced")), "receipt", "green")
    sentence("deliverynote.uninvoiced", _of(lambda: _("%(paper)s is to be invoiced again")), "undo-2", "orange")
    sentence("deliverynote.dropped", _of(lambda: _("dropped the draft of %(paper)s")), "ban", "gray")
    sentence("deliverynote.reversed", _of(lambda: _("cancelled %(paper)s")), "ban", "gray")
    sentence("deliverynote.returned", _of(lambda: _("took goods of %(of)s back with %(paper)s")), "undo-2", "orange")
    sentence(
        "order.goods_counted",
        lambda data: _("set the order to “%(status)s”") % {"status": OrderStatus(data["status"]).label},
        "truck",
        "teal",
    )


def _lines() -> None:
    sentence(
        "deliverynote.line_added",
        lambda data: _("put on the delivery note: %(much)s %(name)s") % {**data, "much": _much(data)},
        "plus",
    )
    sentence(
        "deliverynote.line_edited",
        lambda data: _("changed on the delivery note: %(much)s %(name)s") % {**data, "much": _much(data)},
        "pencil",
    )
    sentence("deliverynote.line_removed", lambda data: _("took off the delivery note: %(name)s") % data, "minus")
    sentence("deliverynote.taken_from_order", _ordered, "clipboard-list", "blue")
    sentence(
        "material.named", lambda data: _("said which article “%(said)s” is: %(article)s") % data, "package", "teal"
    )


def _requests() -> None:
    sentence("goodsrequest.asked", lambda data: _("told the office about goods"), "package", "amber")
    sentence("goodsrequest.booked", lambda data: _("booked goods: %(name)s") % data, "circle-check", "green")
    sentence("goodsrequest.returned", lambda data: _("asks about the goods"), "undo-2", "orange")
    sentence("goodsrequest.asked_again", lambda data: _("answered about the goods"), "package", "amber")
    sentence("goodsrequest.cancelled", lambda data: _("The goods are not needed any more"), "ban", "gray")
    # Each of these is a move of the hand-off as well, which the ticket tells already.
    for move in ("asked", "returned", "asked_again", "cancelled", "settled"):
        quiet(f"goodsrequest.{move}")
    sentence("goodsrequest.settled", lambda data: _("settled the request for goods"), "circle-check", "green")


def _stock() -> None:
    sentence(
        "article.received",
        lambda data: _("received %(much)s at %(place)s") % {**data, "much": _much(data)},
        "plus",
        "teal",
    )
    sentence("article.counted", _counted, "list-checks", "amber")
    sentence("stockplace.added", lambda data: _("added the stock place %(name)s") % data, "box")
    sentence("stockplace.renamed", lambda data: _("called the stock place %(old)s %(name)s") % data, "pencil")
    sentence("stockplace.retired", lambda data: _("retired the stock place %(name)s") % data, "archive")
    sentence("stockplace.restored", lambda data: _("brought the stock place %(name)s back") % data, "rotate-ccw")
