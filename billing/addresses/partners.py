"""The addresses of money between partners."""

from __future__ import annotations

from django.urls import URLPattern, path

from billing.views import partners, portal_invoices

HANDOVER = "handovers/<uuid:key>/"
INVOICES = "partner-portal/invoices/"
INVOICE = f"{INVOICES}<uuid:key>/"

urlpatterns: list[URLPattern] = [
    path(f"{HANDOVER}post/", partners.post_settlement, name="post_settlement"),
    path(f"{HANDOVER}exchange-rate/", partners.exchange_rate, name="exchange_rate"),
    path(INVOICES, portal_invoices.invoices, name="portal_invoices"),
    path(f"{INVOICES}our-data/", portal_invoices.seller, name="portal_seller"),
    path(INVOICE, portal_invoices.invoice, name="portal_invoice"),
    path(f"{INVOICE}draw/", portal_invoices.draw, name="portal_draw"),
    path(f"{INVOICE}issue/", portal_invoices.issue, name="portal_issue"),
    path(f"{INVOICE}discard/", portal_invoices.discard, name="portal_discard"),
    path(f"{INVOICE}lead/", portal_invoices.buyer, name="portal_buyer"),
    path(f"{INVOICE}<str:number>/credit/", portal_invoices.credit, name="portal_credit"),
    path(f"{INVOICE}<str:number>/pdf/", portal_invoices.paper, name="portal_paper"),
]
