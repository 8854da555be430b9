"""What a no about goods says to its reader."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing.models import DeliveryStatus, GoodsStatus
from psa.web.figures import quantity
from psa.web.refusals import register as say


def _moved_on(p: Mapping[str, Any]) -> str:
    words = {"number": p["number"], "status": DeliveryStatus(p["status"]).label}
    return _("The delivery note %(number)s was changed meanwhile: %(status)s.") % words


def _goods_moved_on(p: Mapping[str, Any]) -> str:
    return _("This request was settled meanwhile: %(status)s.") % {"status": GoodsStatus(p["status"]).label}


def _most(p: Mapping[str, Any], name: str) -> dict[str, str]:
    return {"name": p["name"], name: quantity(Decimal(p[name]))}


def _serials(p: Mapping[str, Any]) -> str:
    said = {"name": p["name"], "pieces": quantity(Decimal(p["pieces"])), "chosen": p["chosen"]}
    return _("%(pieces)s of %(name)s come back, and %(chosen)s serial numbers are ticked. Tick those that come.") % said


def _is_out(p: Mapping[str, Any]) -> str:
    if p["number"]:
        return _("%(name)s %(serial)s is out already with %(number)s, and did not come back.") % p
    return _("%(name)s %(serial)s stands on two lines.") % p


def register() -> None:
    """The sentences of this room's refusals."""
    _notes()
    _lines()
    _stock()


def _notes() -> None:
    say("delivery_note_is_empty", lambda p: _("There is nothing on this delivery note yet. Add a line first."))
    say("delivery_note_moved_on", _moved_on)
    say(
        "goods_are_short",
        lambda p: _("Not all of it is there: %(names)s. Take it anyway, or change the lines.") % p,
    )
    say(
        "nothing_to_bill_on_it",
        lambda p: (
            _("Nothing of %(number)s is left to be invoiced: it is posted already, free of charge, or came back.") % p
        ),
    )
    say(
        "delivery_note_is_frozen",
        lambda p: _("Delivery note %(number)s is prepared: its lines stand still. Correct it with a return note.") % p,
    )
    say("delivery_note_has_no_number", lambda p: _("This is a draft. Its paper is made when it is prepared."))
    say("delivery_note_is_not_signed", lambda p: _("Nobody has signed this delivery note yet."))
    say("draft_holds_material", lambda p: _("Material of time entries is on this draft. Take it off there first."))
    say("a_return_is_not_reversed", lambda p: _("A return note is not reversed. Make a new delivery note instead."))
    say("nothing_comes_back", lambda p: _("Say how much of which line came back."))
    say("serial_is_not_out", lambda p: _("These of %(name)s came back already, or never went out: %(serials)s") % p)
    say("serials_do_not_match", _serials)
    say("serial_is_out", _is_out)
    say(
        "material_has_no_price",
        lambda p: _("Name the article or a price first: %(names)s. Nobody could be billed for it as it is.") % p,
    )
    say("more_back_than_out", lambda p: _("At most %(most)s of %(name)s can come back.") % _most(p, "most"))
    say("name_missing", lambda p: _("Enter the name of the person who signs."))
    say(
        "signature_missing",
        lambda p: _("A name alone is no signature: sign in the field, or tick that it was signed on paper."),
    )
    say("signature_unreadable", lambda p: _("The signature could not be read. Please draw it again."))
    say(
        "signature_is_empty",
        lambda p: _("Nothing is drawn in the field. Please sign, or tick that it was signed on paper."),
    )
    say("goods_request_moved_on", _goods_moved_on)


def _lines() -> None:
    say("line_is_gone", lambda p: _("This line is not on the delivery note any more."))
    say("line_is_material", lambda p: _("This line comes from a time entry. Change it there."))
    say(
        "material_is_on_its_note",
        lambda p: _("This material is on delivery note %(number)s and stands still. A return note corrects it.") % p,
    )
    say("quantity_missing", lambda p: _("Enter a quantity above nothing."))
    say("article_missing", lambda p: _("Choose an article."))
    say("more_serials_than_goods", lambda p: _("There are more serial numbers than pieces of %(name)s.") % p)
    say("more_than_ordered", lambda p: _("Only %(open)s of %(name)s are still to be delivered.") % _most(p, "open"))
    say("order_is_not_deliverable", lambda p: _("Nothing of this order can be delivered at the moment."))
    say("nothing_to_deliver", lambda p: _("Say how much of which line goes along."))


def _stock() -> None:
    say("nothing_is_received", lambda p: _("Enter how much came in."))
    say("counted_below_nothing", lambda p: _("Nobody counts less than nothing."))
    say("not_kept_in_stock", lambda p: _("%(article)s is not kept in stock. Change that at the article first.") % p)
    say("place_is_retired", lambda p: _("%(place)s is retired. Bring it back first.") % p)
    say("place_name_taken", lambda p: _("There is a stock place called %(name)s already.") % p)
