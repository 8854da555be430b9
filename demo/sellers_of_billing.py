"""Who writes invoices in the demo: what stands on their papers, their logos, and which customers want the invoice as a
file their books can read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from billing.models import EInvoiceFormat, VatKind
from billing.services import billing_settings
from demo import customers, logos
from demo.desk import Desk
from demo.history import History
from psa.directory import services as book
from psa.tenant_settings import services as tenant_settings

SELLERS: dict[str, dict[str, Any]] = {
    "nordlicht": {
        "legal_name": "Nordlicht IT GmbH", "street": "Stubbenhuk 10", "postal_code": "20459", "city": "Hamburg",
        "vat_id": "DE123456788", "tax_number": "20/293/08154", "bank": "Hafenbank Hamburg",
        "iban": "DE02120300000000202051", "bic": "BYLADEM1001", "email": "rechnung@nordlicht.example",
        "phone": "+49 40 5550 1030", "contact_name": "Caro Lindner", "managers": "Max Petersen",
        "register": "HRB 4711, AG Hamburg", "endpoint": "rechnung@nordlicht.example",
        "footer": "Es gelten unsere allgemeinen Geschäftsbedingungen.",
        "adviser_number": "29098", "client_number": "55003",
    },
    "baltic": {
        "legal_name": "SIA Baltic Service", "street": "Dzirnavu iela 67", "postal_code": "LV-1011", "city": "Rīga",
        "vat_id": "LV49999999918", "bank": "Baltijas Banka", "iban": "LV82BALT0000435195017",
        "email": "rekini@baltic.example", "phone": "+371 6755 0120", "contact_name": "Inese Krūmiņa",
        "managers": "Gunta Bērziņa", "endpoint": "rekini@baltic.example",
    },
    "atlas": {
        "legal_name": "Atlas Support Ltd", "street": "8 Folgate Street", "postal_code": "E1 6UN", "city": "London",
        "vat_id": "GB123456782", "bank": "Thames Bank", "iban": "GB82WEST12345698765432",
        "email": "invoices@atlas.example", "phone": "+44 20 7946 0150", "contact_name": "Hannah Price",
        "managers": "Sam Okafor",
    },
}  # fmt: skip
# Where the country's rate is not known to the program.
OWN_RATES = {"atlas": Decimal(20)}
# Customer → its VAT id, and how it receives invoices. "EM" is an e-mail address, the others registers of companies.
ELECTRONIC: dict[str, dict[str, tuple[str, dict[str, str]]]] = {
    "nordlicht": {
        "Gymnasium Blankenese-West": ("", {
            "format": EInvoiceFormat.XRECHNUNG, "reference": "02000000-GBW0415-16", "endpoint_scheme": "EM",
            "endpoint": "rechnung@gym-blankenese-west.example", "email": "rechnung@gym-blankenese-west.example",
        }),
        "Spedition Lüders AG": ("DE284731190", {
            "format": EInvoiceFormat.PEPPOL, "reference": "KST 4410", "endpoint_scheme": "9930",
            "endpoint": "DE284731190", "email": "rechnung@spedition-lueders.example",
        }),
        "Zahnarztpraxis Dr. Sievers": ("", {"format": EInvoiceFormat.ZUGFERD}),
    },
    "baltic": {
        "Rīgas Jūras vidusskola": ("", {
            "format": EInvoiceFormat.PEPPOL, "reference": "RJV-IT", "endpoint_scheme": "EM",
            "endpoint": "rekini@rjv-skola.example", "email": "rekini@rjv-skola.example",
        }),
        "Viesnīca Vecpilsētas Nams": ("", {
            "format": EInvoiceFormat.PEPPOL, "reference": "VN-2041", "endpoint_scheme": "EM",
            "endpoint": "rekini@vecpilsetas-nams.example",
        }),
    },
}  # fmt: skip


def plan(history: History, desks: dict[str, Desk]) -> None:
    """Ten weeks ago, before the first contract is billed."""
    for slug in SELLERS:
        history.at(history.now - timedelta(days=74), slug, partial(_found, desks[slug]))


def _found(desk: Desk) -> None:
    by = desk.history.manager(desk.slug)
    billing_settings.settle(SELLERS[desk.slug], version=billing_settings.of_tenant().version, by=by)
    if (percent := OWN_RATES.get(desk.slug)) is not None:
        since = desk.history.now.date().replace(month=1, day=1) - timedelta(days=366)
        billing_settings.put_rate(VatKind.STANDARD, percent, since, by=by)
    tenant_settings.show_logo(logos.upload(desk.slug), by=by)
    if desk.slug in customers.ASKED:
        reader = customers.first_people(desk)[0]
        billing_settings.agree(reader.company, {"email": reader.email}, by=by)
    for name, (vat_id, values) in ELECTRONIC.get(desk.slug, {}).items():
        company = desk.customer(name)
        if vat_id:
            book.edit_company(company, by=by, vat_id=vat_id)
        billing_settings.agree(company, values, by=by)
