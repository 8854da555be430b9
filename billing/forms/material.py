"""Material as a part of the time entry's form: several rows, saved in the entry's transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms

from billing.forms.goods import GoodsForm, offered_places
from billing.models import Material
from billing.services import materials
from billing.services.delivery_lines import Goods
from billing.services.materials import Row
from psa.tenancy.actor import Actor
from psa.web.figures import quantity
from tickets.models import Item, Ticket, TimeEntry

BLANK = 3
MOST = 40
COUNT = "material-rows"


class RowForm(GoodsForm):
    """One row. Empty, it stands for nothing; emptied, for what is taken off."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, *, key: UUID | None = None, goods: Goods | None = None, prefix: str, places: Any
    ) -> None:
        initial = {"key": key}
        super().__init__(data, goods=goods, prefix=prefix, initial=initial, listed="material-articles", places=places)
        for name in ("what", "quantity"):
            self.fields[name].required = False
            self.fields[name].widget.attrs.pop("required", None)
        self.fields["unit"].widget.attrs["list"] = "material-units"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("what") and cleaned.get("quantity") is None and "quantity" not in self.errors:
            self.add_error("quantity", self.fields["quantity"].error_messages["required"])
        return cleaned

    @property
    def row(self) -> Row | None:
        """What it says; None where nobody typed anything and nothing was there."""
        clean = self.cleaned_data
        key = clean.get("key")
        if clean.get("what"):
            return Row(key or uuid4(), self.goods)
        return Row(key, None) if key else None


class MaterialPart:
    """The rows of an entry: what stands still, what may still be changed, and some empty ones."""

    template = "billing/goods/_material_part.html"

    def __init__(self, ticket: Ticket, item: TimeEntry | None, data: Any = None) -> None:
        self.ticket, self.item = ticket, item
        found = materials.of_entry(item) if item is not None else []
        numbers = materials.frozen([one.charge for one in found])
        self.frozen = [(told(one), numbers[one.charge_id]) for one in found if one.charge_id in numbers]
        self.open = [one for one in found if one.charge_id not in numbers]
        self.places = offered_places(*(one.place for one in self.open))
        self.is_bound = data is not None and COUNT in data
        self.forms = self._typed(data) if self.is_bound else self._blank()

    @property
    def count(self) -> int:
        return len(self.forms)

    @property
    def is_unfolded(self) -> bool:
        """Whether there is something to see without asking."""
        return bool(self.frozen or self.open or any(form.has_changed() for form in self.forms if self.is_bound))

    def is_valid(self) -> bool:
        """Every row is looked at, so that all that is wrong is said at once."""
        wrong = [form for form in self.forms if self.is_bound and not form.is_valid()]
        return not wrong

    def save(self, item: Item, *, by: Actor) -> None:
        """Write the rows, in the transaction that saves the entry."""
        rows = [row for form in self.forms if self.is_bound and (row := form.row) is not None]
        if rows and isinstance(item, TimeEntry):
            materials.write(item, rows, by=by)

    def _blank(self) -> list[RowForm]:
        there = [(one.charge.key, materials.goods_of(one)) for one in self.open]
        rows: list[tuple[UUID, Goods | None]] = [*there, *((uuid4(), None) for _row in range(BLANK))]
        return [
            RowForm(key=key, goods=goods, prefix=f"material-{at}", places=self.places)
            for at, (key, goods) in enumerate(rows)
        ]

    def _typed(self, data: Any) -> list[RowForm]:
        given = str(data.get(COUNT, ""))
        count = min(int(given), MOST) if given.isascii() and given.isdecimal() and len(given) < 4 else 0
        there = {str(one.charge.key): materials.goods_of(one) for one in self.open}
        return [
            RowForm(
                data, goods=there.get(data.get(f"material-{at}-key", "")), prefix=f"material-{at}", places=self.places
            )
            for at in range(count)
        ]


def told(one: Material) -> str:
    """A material in one line."""
    goods = materials.goods_of(one)
    return f"{quantity(goods.quantity, goods.packed)} {goods.label}"


def part(ticket: Ticket, item: Item | None, data: Any, files: Any) -> MaterialPart | None:
    """The part of a time entry's form; a copy of a partner's has none, nor has a customer's portal."""
    if item is not None and (item.is_copy or not isinstance(item, TimeEntry)):
        return None
    return MaterialPart(ticket, item, data)
