"""Invoices of every shape, drawn up in memory: what an electronic invoice has to be able to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from billing import electronic
from billing.models import EInvoiceFormat, Invoice, InvoiceKind, InvoiceLine, InvoiceVat

SELLER = {
    "name": "Nordlicht IT GmbH", "street": "Hafenstraße 7", "postal_code": "20457", "city": "Hamburg", "country": "DE",
    "vat_id": "DE123456788", "tax_number": "22/815/08154", "register": "HRB 4711", "contact_name": "Erika Muster",
    "phone": "+49 40 1234", "email": "rechnung@nordlicht.example", "iban": "DE89 3704 0044 0532 0130 00",
    "bic": "COBADEFFXXX", "endpoint": "rechnung@nordlicht.example", "endpoint_scheme": "EM",
}  # fmt: skip
SWISS = SELLER | {"country": "CH", "city": "Zürich", "postal_code": "8001", "vat_id": "CHE123456788MWST"}
SWISS |= {"iban": "CH93 0076 2011 6238 5295 7", "bic": ""}
SMALL = SELLER | {"vat_id": "", "name": "Erika Muster IT"}
HAMBURG = {
    "name": "Optik Hansen GmbH & Co. KG", "street": "Jungfernstieg 1", "postal_code": "20095", "city": "Hamburg",
    "country": "DE", "vat_id": "DE136695976", "endpoint": "rechnung@hansen.example", "endpoint_scheme": "EM",
}  # fmt: skip
RIGA = {
    "name": "Baltic Service SIA", "street": "Brīvības iela 1", "postal_code": "LV-1010", "city": "Rīga",
    "country": "LV", "vat_id": "LV49999999918", "endpoint": "49999999918", "endpoint_scheme": "9939",
}  # fmt: skip
ZURICH = {
    "name": "Gipfel AG", "street": "Seeweg 3", "postal_code": "8001", "city": "Zürich", "country": "CH",
    "endpoint": "rechnung@gipfel.example", "endpoint_scheme": "EM",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """quantity × price, net, less a discount in per cent."""

    quantity: str
    price: str
    category: str = "S"
    rate: str = "19"
    discount: str = "0"
    name: str = "On-site support, ticket A-17"
    text: str = ""
    unit_code: str = "HUR"


@dataclass(frozen=True)
class Shape:
    """What makes this invoice different."""

    lines: tuple[Line, ...]
    seller: dict[str, Any] = field(default_factory=lambda: SELLER)
    buyer: dict[str, Any] = field(default_factory=lambda: HAMBURG)
    kind: str = InvoiceKind.INVOICE
    currency: str = "EUR"
    rounding: str = "0"
    more: dict[str, Any] = field(default_factory=dict)


HOUR = Line("2", "100.00")
SHAPES: dict[str, Shape] = {
    "domestic": Shape((HOUR,)),
    "reverse charge to Latvia": Shape((Line("3.5", "95.00", "AE", "0"),), buyer=RIGA),
    "goods to Latvia": Shape((Line("4", "249.90", "K", "0", unit_code="C62", name="Access point"),), buyer=RIGA),
    "export to Switzerland": Shape((Line("1", "1499.00", "G", "0", unit_code="C62", name="Server"),), buyer=ZURICH),
    "not subject to VAT": Shape((Line("1", "80.00", "O", "0"),), buyer=ZURICH),
    "small business": Shape((Line("1.25", "60.00", "E", "0"),), seller=SMALL),
    "mixed VAT": Shape((HOUR, Line("3", "12.90", rate="7", unit_code="C62", name="Handbook"), Line("1", "0.99"))),
    "zero rated beside the standard rate": Shape((HOUR, Line("2", "10.00", "Z", "0", unit_code="C62"))),
    "discounts": Shape((Line("10", "33.33", discount="10"), Line("3", "9.99", discount="2.5"))),
    "cash rounding": Shape(
        (Line("1", "99.99", rate="8.1"),), seller=SWISS, buyer=ZURICH, currency="CHF", rounding="0.05"
    ),
    "a correction within": Shape((HOUR, Line("-0.5", "100.00", name="Correction of 12 November"))),
    "fractions of hours": Shape((Line("0.3333", "95.00"), Line("0.0167", "95.00"), Line("1.25", "88.50"))),
    "a period": Shape(
        (Line("12", "7.50", unit_code="MON", name="Mailbox"),),
        more={"period_from": date(2026, 10, 1), "period_until": date(2026, 10, 31)},
    ),
    "credit note": Shape((HOUR, Line("1", "40.00")), kind=InvoiceKind.CREDIT_NOTE),
    "credit note with reverse charge": Shape(
        (Line("1", "95.00", "AE", "0"),), buyer=RIGA, kind=InvoiceKind.CREDIT_NOTE
    ),
    "nothing to pay": Shape((Line("2", "100.00", discount="100"),)),
    "letters of every language": Shape(
        (Line("1", "10.00", name="Größe & <Maß> “Šķērsiela” ½", text="Zeile 1\nŽāvētājs → 5 %"),),
        more={"text": "Für Ihren Auftrag danken wir.", "closing": "14 Tage netto"},
    ),
}


def drawn_up(shape: Shape, format: str) -> tuple[Invoice, list[InvoiceLine], list[InvoiceVat]]:
    """The invoice, its lines and its VAT, with sums reckoned here and not by the code under test."""

    def cents(value: Decimal) -> Decimal:
        return value.quantize(Decimal("0.01"), "ROUND_HALF_UP")

    lines, groups = [], dict[tuple[str, Decimal], Decimal]()
    for place, one in enumerate(shape.lines, 1):
        full = cents(Decimal(one.quantity) * Decimal(one.price))
        net = full - cents(full * Decimal(one.discount) / 100)
        lines.append(
            InvoiceLine(
                position=place, name=one.name, text=one.text, quantity=Decimal(one.quantity), unit_code=one.unit_code,
                unit_price=Decimal(one.price), discount=Decimal(one.discount), amount=net, vat_category=one.category,
                vat_rate=Decimal(one.rate),
            )
        )  # fmt: skip
        groups[one.category, Decimal(one.rate)] = groups.get((one.category, Decimal(one.rate)), Decimal("0.00")) + net
    vats = [
        InvoiceVat(category=code, rate=rate, base=base, amount=cents(base * rate / 100))
        for (code, rate), base in groups.items()
    ]  # fmt: skip
    net, vat = sum((one.amount for one in lines), Decimal("0.00")), sum((one.amount for one in vats), Decimal("0.00"))
    rounding = Decimal("0.00")
    if step := Decimal(shape.rounding):
        rounding = (net + vat) / step
        rounding = rounding.quantize(Decimal(1), "ROUND_HALF_UP") * step - (net + vat)
    invoice = Invoice(
        kind=shape.kind, number="R-2026-00042", issued_on=date(2026, 11, 21), due_on=date(2026, 12, 5),
        currency=shape.currency, format=format, reference="04011000-12345-34", order_reference="B-99",
        seller=shape.seller, buyer=shape.buyer, net=net, vat=vat, gross=net + vat, rounding=rounding,
        due=net + vat + rounding, **shape.more,
    )  # fmt: skip
    if shape.kind == InvoiceKind.CREDIT_NOTE:
        invoice.due_on = None
        invoice.corrects = Invoice(number="R-2026-00041", issued_on=date(2026, 11, 1))
    return invoice, lines, vats


def written(shape: Shape, format: EInvoiceFormat) -> bytes:
    return electronic.xml(*drawn_up(shape, format))
