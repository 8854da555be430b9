"""An invoice, a credit note or a statement of account on paper, in the active language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import format_decimal
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceKind, InvoiceLine, InvoiceVat, VatCategory
from billing.pricing import HOUR
from psa.paper.document import Block, Column, Document, Fact, Letterhead, Row, Table, Text
from psa.web.figures import hours, money, number, of_numbers, quantity

# What has a rate; of everything else the paper says in words why no VAT is charged.
RATED = (VatCategory.STANDARD, VatCategory.ZERO)
# A minute in hours has six decimals (`pricing.hours`).
TO_THE_MINUTE = Decimal("0.001")


def invoice(row: Invoice, lines: Sequence[InvoiceLine], vats: Sequence[InvoiceVat], logo: bytes = b"") -> Document:
    """The document as it is sent; of a draft one that says so and has no number."""
    parties = (row.seller, row.buyer)
    return Document(
        sender=str(parties[0].get("name", "")),
        title=title_of(row),
        subject=_subject(row),
        language=get_language() or "en",
        blocks=list(_blocks(row, lines, vats)),
        logo=logo,
        is_archived=bool(row.number),
        letterhead=letterhead(*parties, facts=list(_facts(row))),
    )


def title_of(row: Invoice) -> str:
    """What the paper is called."""
    if not row.number:
        return _("Draft of an invoice")
    if row.kind == InvoiceKind.CREDIT_NOTE:
        return _("Credit note %(number)s") % {"number": row.number}
    return _("Invoice %(number)s") % {"number": row.number}


def _subject(row: Invoice) -> str:
    if row.corrects is not None:
        said = {"number": row.corrects.number, "day": day(row.corrects.issued_on)}
        return _("Corrects invoice %(number)s of %(day)s") % said
    if row.period_from and row.period_until and row.period_from != row.period_until:
        return _("Supplied from %(from)s to %(until)s") % {"from": day(row.period_from), "until": day(row.period_until)}
    return _("Supplied on %(day)s") % {"day": day(row.period_until)} if row.period_until else ""


def letterhead(seller: dict[str, Any], buyer: dict[str, Any], facts: Sequence[Fact]) -> Letterhead:
    """Head and foot of a letter from the one to the other."""
    address = [seller.get("street", ""), f"{seller.get('postal_code', '')} {seller.get('city', '')}".strip()]
    sender = " · ".join(part for part in (seller.get("name", ""), *address) if part)
    place = f"{buyer.get('postal_code', '')} {buyer.get('city', '')}".strip()
    is_abroad = bool(buyer.get("country")) and buyer.get("country") != seller.get("country")
    recipient = [
        buyer.get("name", ""),
        buyer.get("street", ""),
        place,
        country(buyer["country"]).upper() if is_abroad else "",
    ]
    foot = list(_foot(seller, [*address, country(seller.get("country", "")) if is_abroad else ""]))
    return Letterhead(sender, [line for line in recipient if line], facts, foot)


def country(code: str) -> str:
    """A country's name in the active language; the code where it has none."""
    locale = Locale.parse(get_language() or "en", sep="-")
    return str(locale.territories.get(code, code))


def iban(number: str) -> str:
    """An IBAN in fours, which do not come apart at a line's end."""
    bare = number.replace(" ", "")
    return "\u00a0".join(bare[at : at + 4] for at in range(0, len(bare), 4))


def _foot(seller: dict[str, Any], address: Sequence[str]) -> Iterator[str]:
    yield "\n".join(line for line in (seller.get("name", ""), *address) if line)
    managers = seller.get("managers")
    contact = [
        seller.get("phone"),
        seller.get("email"),
        _("Management: %(names)s") % {"names": managers} if managers else "",
    ]
    yield "\n".join(str(line) for line in contact if line)
    bank = [seller.get("bank"), iban(seller.get("iban", "")), seller.get("bic")]
    yield "\n".join(str(line) for line in bank if line)
    tax = [
        _("VAT id: %(id)s") % {"id": seller["vat_id"]} if seller.get("vat_id") else "",
        _("Tax number: %(number)s") % {"number": seller["tax_number"]} if seller.get("tax_number") else "",
        seller.get("register", ""),
    ]
    yield "\n".join(line for line in tax if line)


def _facts(row: Invoice) -> Iterator[Fact]:
    yield Fact(_("Number"), row.number or "–")
    yield Fact(_("Date"), day(row.issued_on) if row.issued_on else "–")
    if row.due_on and row.kind == InvoiceKind.INVOICE:
        yield Fact(_("Payable by"), day(row.due_on))
    if row.buyer.get("number"):
        yield Fact(_("Customer no."), str(row.buyer["number"]))
    if row.reference:
        yield Fact(_("Your reference"), row.reference)
    if row.order_reference:
        yield Fact(_("Your order"), row.order_reference)
    if row.buyer.get("vat_id"):
        yield Fact(_("Your VAT id"), str(row.buyer["vat_id"]))


def _blocks(row: Invoice, lines: Sequence[InvoiceLine], vats: Sequence[InvoiceVat]) -> Iterator[Block]:
    if row.text:
        yield Text(row.text)
    columns = [
        Column(_("Pos."), 1),
        Column(_("Description"), 7.6),
        Column(_("Quantity"), 2.5, True),
        Column(_("Price each"), 2.5, True),
        Column(_("VAT"), 1.4, True),
        Column(_("Net"), 2.7, True),
    ]
    yield Table(columns, [_row(line, row.currency) for line in lines], list(_sums(row, vats)))
    for one in vats:
        if one.reason:
            yield Text(reason_words(one.reason, str(row.seller.get("country", ""))))
    if row.kind == InvoiceKind.INVOICE and row.due_on and row.due > 0:
        yield Text(_payable(row))
    if row.kind == InvoiceKind.CREDIT_NOTE and row.due > 0:
        yield Text(settled_by(row))
    if row.closing:
        yield Text(row.closing)
    if row.seller.get("footer"):
        yield Text(str(row.seller["footer"]), is_quiet=True)


def _row(line: InvoiceLine, currency: str) -> Row:
    said = line.text
    if line.discount:
        less = _("less %(percent)s %% discount") % {"percent": number(line.discount)}
        said = f"{said}\n{less}".strip()
    rate = f"{number(line.vat_rate)} %" if line.vat_category in RATED else "–"
    cells = (str(line.position), line.name, amount_of(line), money(line.unit_price, currency), rate)
    return Row((*cells, money(line.amount, currency)), said)


def amount_of(line: Any) -> str:
    """How much of it: time as hours and minutes, else with as many decimals as it has."""
    minutes = line.quantity * 60
    if line.unit_code == HOUR and abs(minutes - round(minutes)) < TO_THE_MINUTE:
        return hours(minutes)
    if line.quantity == line.quantity.quantize(Decimal("0.01")):
        return quantity(line.quantity, line.unit)
    return f"{format_decimal(line.quantity, '#,##0.######', of_numbers())} {line.unit or '×'}"


def _sums(row: Invoice, vats: Sequence[InvoiceVat]) -> Iterator[tuple[str, str, bool]]:
    yield _("Net"), money(row.net, row.currency), False
    for one in vats:
        if one.category not in RATED and len(vats) == 1:
            continue
        said = {"rate": number(one.rate), "base": money(one.base, row.currency)}
        yield _("VAT %(rate)s %% of %(base)s") % said, money(one.amount, row.currency), False
    if row.rounding:
        yield _("Total"), money(row.gross, row.currency), False
        yield _("Rounding"), money(row.rounding, row.currency), False
    label = _("Amount credited") if row.kind == InvoiceKind.CREDIT_NOTE else _("Amount due")
    yield label, money(row.due, row.currency), True


def _payable(row: Invoice) -> str:
    said = {"day": day(row.due_on), "number": row.number, "iban": iban(row.seller.get("iban", ""))}
    if said["iban"]:
        return _("Please pay by %(day)s to %(iban)s, quoting %(number)s.") % said
    return _("Please pay by %(day)s, quoting %(number)s.") % said


def settled_by(note: Invoice) -> str:
    """What becomes of a credit note's amount: set off against the invoice it corrects, paid back, or some of each."""
    left = note.due - note.credited
    said = {
        "number": note.corrects.number if note.corrects is not None else "",
        "off": money(note.credited, note.currency),
        "back": money(left, note.currency),
    }
    if not note.credited:
        return _("The amount is paid back to you.")
    if left > 0:
        return _("%(off)s is set off against invoice %(number)s, %(back)s is paid back to you.") % said
    return _("The amount is set off against invoice %(number)s. There is nothing to pay.") % said


def reason_words(code: str, country: str) -> str:
    """Why no VAT is shown, as the law of the seller's country wants it said."""
    words = {
        "small_business": _small_business(country),
        "exempt": _("This supply is exempt from VAT."),
        "reverse_charge": _("Reverse charge: the recipient owes the VAT."),
        "intra_community": _("Intra-Community supply, exempt from VAT."),
        "export": _("Export outside the EU, exempt from VAT."),
        "outside": _("Not subject to VAT here: the place of supply is abroad."),
    }
    return words.get(code, code)


def _small_business(country: str) -> str:
    """A paragraph is the law of one country (in Germany § 34a UStDV wants the exemption named); elsewhere the words
    name none."""
    laws = {
        "DE": _("No VAT is charged: exempt as a small business (§ 19 UStG)."),
        "AT": _("No VAT is charged: exempt as a small business (§ 6 Abs. 1 Z 27 UStG)."),
        "LV": _("No VAT is charged: not registered for VAT (Article 59 of the Latvian VAT law)."),
    }
    return laws.get(country) or _("No VAT is charged: exempt as a small business.")


def statement(
    seller: dict[str, Any], buyer: dict[str, Any], rows: Sequence[Any], totals: dict[str, Decimal], logo: bytes
) -> Document:
    """A customer's account: every invoice, credit note and payment (`rows`: day, text, amount, currency), and what is
    open in each currency."""
    columns = [
        Column(_("Date"), 2),
        Column(_("Entry"), 8),
        Column(_("Amount"), 3, True),
        Column(pgettext("amount", "Open"), 3, True),
    ]
    lines = [
        Row((day(row.on), row.text, money(row.amount, row.currency), money(row.balance, row.currency))) for row in rows
    ]
    sums = [(pgettext("amount", "Open"), money(value, currency), True) for currency, value in totals.items()]
    head = letterhead(seller, buyer, [Fact(_("Customer no."), str(buyer.get("number", "") or "–"))])
    return Document(
        str(seller.get("name", "")), _("Statement of account"), "", get_language() or "en",
        [Table(columns, lines, sums)], logo, letterhead=head,
    )  # fmt: skip


def day(on: Any) -> str:
    """A day in the short form of the language."""
    return date_format(on, "SHORT_DATE_FORMAT")
