"""An invoice as XML: EN 16931 in the syntax the buyer reads, one set of business terms behind both (ADR 26).

ZUGFeRD/Factur-X is CII and travels inside the PDF; XRechnung and Peppol BIS are UBL. `terms` writes the business terms
(BT-…) once; the library writes either syntax from them and checks it against the schema.

factur-x and lxml cost a process 30 MB. They are loaded with the first electronic invoice that is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.module_loading import import_string

from billing.documents.invoices import settled_by
from billing.models import EInvoiceFormat, Invoice, InvoiceKind, InvoiceLine, InvoiceVat, VatCategory
from billing.pricing import cents
from psa.tenancy.errors import Refused

NOTHING = Decimal("0.00")
CORE = "urn:cen.eu:en16931:2017"
SPECIFICATIONS = {
    EInvoiceFormat.XRECHNUNG: f"{CORE}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
    EInvoiceFormat.PEPPOL: f"{CORE}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
}
PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
INVOICE, CREDIT_NOTE = "380", "381"
SEPA_TRANSFER, TRANSFER, UNDEFINED = "58", "30", "1"
# Why no VAT is due, by the code list of the EU; a small business says it in words alone.
EXEMPTIONS = {
    VatCategory.REVERSE_CHARGE: ("VATEX-EU-AE", "Reverse charge"),
    VatCategory.INTRA_COMMUNITY: ("VATEX-EU-IC", "Intra-Community supply"),
    VatCategory.EXPORT: ("VATEX-EU-G", "Export outside the EU"),
    VatCategory.OUTSIDE: ("VATEX-EU-O", "Not subject to VAT"),
    VatCategory.EXEMPT: ("", "Exempt from VAT"),
}
# What each format asks of the two parties beyond the standard: (which party, its column).
ENDPOINTS = (("seller", "endpoint"), ("buyer", "endpoint"))
WANTED = {
    EInvoiceFormat.ZUGFERD: (),
    EInvoiceFormat.PEPPOL: ENDPOINTS,
    EInvoiceFormat.XRECHNUNG: (
        *ENDPOINTS,
        *(("seller", name) for name in ("contact_name", "phone", "email", "city", "postal_code", "iban")),
        *(("buyer", name) for name in ("city", "postal_code")),
    ),
}
ALWAYS = (("seller", "name"), ("seller", "country"), ("buyer", "name"), ("buyer", "country"))


def check(invoice: Invoice, lines: Sequence[InvoiceLine], vats: Sequence[InvoiceVat]) -> None:
    """That the sums are those of the lines, to the cent (hostile-tests N1). Raises Refused("invoice_sums_differ")."""
    net = sum((line.amount for line in lines), NOTHING)
    groups: dict[tuple[str, Decimal], Decimal] = {}
    for line in lines:
        group = (line.vat_category, line.vat_rate)
        groups[group] = groups.get(group, NOTHING) + line.amount
    is_so = (
        all(line.amount == amount(line) for line in lines)
        and invoice.net == net
        and {(one.category, one.rate): one.base for one in vats} == groups
        and all(one.amount == cents(one.base * one.rate / 100) for one in vats)
        and invoice.vat == sum((one.amount for one in vats), NOTHING)
        and invoice.gross == invoice.net + invoice.vat
        and invoice.due == invoice.gross + invoice.rounding
    )
    if not is_so:
        raise Refused("invoice_sums_differ")


def amount(line: InvoiceLine) -> Decimal:
    """What a line comes to, net: quantity × price less the discount, each rounded to the cent."""
    full = cents(line.quantity * line.unit_price)
    return full - cents(full * line.discount / 100)


def missing(invoice: Invoice) -> list[tuple[str, str]]:
    """What its format asks for and nobody entered: (party, column) pairs, and ("invoice", "reference")."""
    wanted = (*ALWAYS, *WANTED[EInvoiceFormat(invoice.format)]) if invoice.format else ()
    parties = {"seller": invoice.seller, "buyer": invoice.buyer}
    found = [(party, column) for party, column in wanted if not parties[party].get(column)]
    if invoice.format and not (invoice.seller.get("vat_id") or invoice.seller.get("tax_number")):
        found.append(("seller", "vat_id"))
    if invoice.format == EInvoiceFormat.XRECHNUNG and not invoice.reference:
        found.append(("invoice", "reference"))
    if invoice.format == EInvoiceFormat.PEPPOL and not (invoice.reference or invoice.order_reference):
        found.append(("invoice", "reference"))
    return found


def xml(invoice: Invoice, lines: Sequence[InvoiceLine], vats: Sequence[InvoiceVat]) -> bytes:
    """The electronic invoice in the format the invoice names, valid against its schema.

    Raises Refused("invoice_sums_differ"), and ("einvoice_incomplete") with what `missing` found.
    """
    check(invoice, lines, vats)
    if wanted := missing(invoice):
        raise Refused("einvoice_incomplete", missing=wanted)
    is_cii = invoice.format == EInvoiceFormat.ZUGFERD
    made = import_string("facturx.generate_xml")(
        terms(invoice, lines, vats),
        flavor="factur-x" if is_cii else "ubl-2.1",
        level="en16931",
        check_xsd=True,
        check_schematron=False,
    )
    written: bytes = made if isinstance(made, bytes) else str(made).encode()
    if specification := SPECIFICATIONS.get(EInvoiceFormat(invoice.format)):
        # The library writes the bare standard's name; the profile is said in the same place.
        written = written.replace(f">{CORE}<".encode(), f">{specification}<".encode(), 1)
    return written


def in_pdf(pdf: bytes, written: bytes, language: str) -> bytes:
    """The PDF with the XML in it, byte by byte, as ZUGFeRD/Factur-X asks for. The PDF must be PDF/A-3."""
    combined: bytes = import_string("facturx.generate_from_binary")(
        pdf,
        written,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,
        check_schematron=False,
        lang=language,
        afrelationship="alternative",
    )
    return combined


# Business terms -------------------------------------------------------------------------------------------------------
def terms(invoice: Invoice, lines: Sequence[InvoiceLine], vats: Sequence[InvoiceVat]) -> dict[str, Any]:
    """The invoice by its business terms. A credit note says what it takes back as positive amounts."""
    is_credit = invoice.kind == InvoiceKind.CREDIT_NOTE
    outside = any(one.category == VatCategory.OUTSIDE for one in vats)
    # Nobody pays a credit note to the seller's account.
    iban = "" if is_credit else "".join(str(invoice.seller.get("iban", "")).split())
    found: dict[str, Any] = {
        "BT-1": invoice.number,
        "BT-2": invoice.issued_on,
        "BT-3": CREDIT_NOTE if is_credit else INVOICE,
        "BT-5": invoice.currency,
        "BT-9": None if is_credit else invoice.due_on,
        "BT-10": invoice.reference,
        "BT-13": invoice.order_reference,
        "BT-20": "\n".join(filter(None, [settled_by(invoice), invoice.closing])) if is_credit else invoice.closing,
        "BT-23": PROCESS if invoice.format in SPECIFICATIONS else None,
        "BT-72": invoice.period_until or invoice.issued_on,
        "BT-73": invoice.period_from,
        "BT-74": invoice.period_until,
        "BT-81": (SEPA_TRANSFER if invoice.currency == "EUR" else TRANSFER) if iban else UNDEFINED,
        "BT-84": iban,
        "BT-85": invoice.seller.get("name") if iban else "",
        "BT-86": invoice.seller.get("bic") if iban else "",
        "BG-1": [{"BT-22": invoice.text}] if invoice.text.strip() else [],
        "BG-4": _seller(invoice.seller, outside=outside),
        "BG-7": _party(invoice.buyer, outside=outside),
        "BG-13": {"name": invoice.buyer.get("name"), "country_code": invoice.buyer.get("country")},
        "BG-23": [_vat(one) for one in vats],
        "BG-25": [_line(line) for line in lines],
        "BT-106": str(invoice.net),
        "BT-109": str(invoice.net),
        "BT-110": str(invoice.vat),
        "BT-112": str(invoice.gross),
        "BT-114": str(invoice.rounding) if invoice.rounding else None,
        "BT-115": str(invoice.due),
    }
    if is_credit and invoice.corrects is not None:
        found["BG-3"] = [{"BT-25": invoice.corrects.number, "BT-26": invoice.corrects.issued_on}]
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _party(party: dict[str, Any], *, outside: bool) -> dict[str, Any]:
    """Name and address. Where something is not subject to VAT nobody's VAT id may stand on the invoice (BR-O-2)."""
    found = {
        "name": party.get("name"),
        "addr_l1": party.get("street"),
        "postcode": party.get("postal_code"),
        "city": party.get("city"),
        "country_code": party.get("country"),
        "vat_identifier": None if outside else party.get("vat_id"),
        "einvoicing_addr": party.get("endpoint"),
        "einvoicing_addr_schemeid": (party.get("endpoint_scheme") or "EM") if party.get("endpoint") else None,
    }
    return {name: value for name, value in found.items() if value}


def _seller(party: dict[str, Any], *, outside: bool) -> dict[str, Any]:
    contact = {"name": party.get("contact_name"), "phone": party.get("phone"), "email": party.get("email")}
    contact = {name: value for name, value in contact.items() if value}
    more = {
        "tax_identifier": party.get("tax_number"),
        "legal_identifier": party.get("register"),
        "contacts": [contact] if contact else None,
    }
    return _party(party, outside=outside) | {name: value for name, value in more.items() if value}


def _vat(one: InvoiceVat) -> dict[str, Any]:
    category = VatCategory(one.category)
    found = {
        "BT-116": str(one.base),
        "BT-117": str(one.amount),
        "BT-118": category.value,
        "BT-119": None if category == VatCategory.OUTSIDE else str(one.rate),
    }
    if category in EXEMPTIONS:
        code, words = EXEMPTIONS[category]
        found |= {"BT-120": one.reason or words, "BT-121": code}
    return {name: value for name, value in found.items() if value}


def _line(line: InvoiceLine) -> dict[str, Any]:
    full = cents(line.quantity * line.unit_price)
    found = {
        "BT-126": str(line.position),
        "BT-129": _plain(line.quantity),
        "BT-130": line.unit_code or "C62",
        "BT-131": str(line.amount),
        "BT-146": str(line.unit_price),
        "BT-151": line.vat_category,
        "BT-152": None if line.vat_category == VatCategory.OUTSIDE else str(line.vat_rate),
        "BT-153": line.name,
        "BT-154": line.text,
    }
    if line.discount:
        found["BG-27"] = [  # type: ignore[assignment]
            {
                "amount": str(full - line.amount),
                "base_amount": str(full),
                "rate": str(line.discount),
                "reason": "Discount",
                "reason_code": "95",
            }
        ]
    return {name: value for name, value in found.items() if value}


def _plain(value: Decimal) -> str:
    """A quantity without noughts that say nothing."""
    return f"{value.normalize():f}"
