"""The addresses of a customer's invoices and delivery notes in the portal; its company is called `desk` there."""

from __future__ import annotations

from django.urls import URLPattern, path

from billing.views import customers

INVOICE = "invoices/<uuid:key>/"

urlpatterns: list[URLPattern] = [
    path("invoices/", customers.invoices, name="customer_invoices"),
    path(INVOICE, customers.invoice, name="customer_invoice"),
    path(f"{INVOICE}paper.pdf", customers.paper, name="customer_invoice_paper"),
    path(f"{INVOICE}electronic.xml", customers.paper, {"kind": "xml"}, name="customer_invoice_xml"),
    path("invoices/delivery-notes/", customers.delivery_notes, name="customer_notes"),
    path("invoices/delivery-notes/<uuid:key>/paper.pdf", customers.note_paper, name="customer_note_paper"),
]
