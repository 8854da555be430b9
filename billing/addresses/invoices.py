"""The addresses of invoices, payments and the settings of billing."""

from __future__ import annotations

from django.urls import URLPattern, path

from billing.views import billing_settings, books, drafts, invoices

urlpatterns: list[URLPattern] = [
    path("billing-settings/", billing_settings.page, name="billing_settings"),
    path("billing-settings/rates/put/", billing_settings.put_rate, name="put_vat_rate"),
    path("billing-settings/rates/<int:pk>/drop/", billing_settings.drop_rate, name="drop_vat_rate"),
    path("billing-settings/customers/<int:pk>/", billing_settings.profile, name="profile"),
    path("invoices/", invoices.listing, name="invoices"),
    path("invoices/waiting/", drafts.to_invoice, name="to_invoice"),
    path("invoices/waiting/<int:pk>/", drafts.draw, name="draw"),
    path("invoices/overdue/", books.overdue, name="overdue"),
    path("invoices/overdue/all/", books.dun_all, name="dun_all"),
    path("invoices/recurring/", books.recurring_run, name="recurring"),
    path("invoices/export/", books.export, name="export_invoices"),
    path("invoices/statements/<int:pk>/", books.statement, name="statement"),
    path("invoices/statements/<int:pk>/paper.pdf", books.statement_paper, name="statement_paper"),
    path("invoices/<int:pk>/", invoices.page, name="invoice"),
    path("invoices/<int:pk>/paper.pdf", invoices.paper, name="invoice_paper"),
    path("invoices/<int:pk>/electronic.xml", invoices.electronic, name="invoice_xml"),
    path("invoices/<int:pk>/edit/", drafts.edit, name="edit_invoice"),
    path("invoices/<int:pk>/reckon/", drafts.reckon, name="reckon_invoice"),
    path("invoices/<int:pk>/discard/", drafts.discard, name="discard_invoice"),
    path("invoices/<int:pk>/issue/", drafts.issue, name="issue_invoice"),
    path("invoices/<int:pk>/send/", invoices.send, name="send_invoice"),
    path("invoices/<int:pk>/credit/", invoices.credit, name="credit_invoice"),
    path("invoices/<int:pk>/dun/", books.dun, name="dun_invoice"),
    path("invoices/<int:pk>/pay/", invoices.pay, name="pay_invoice"),
    path("invoices/<int:pk>/payments/<int:payment>/take-back/", invoices.take_back, name="take_payment_back"),
    path("invoices/<int:pk>/lines/new/", drafts.new_line, name="new_invoice_line"),
    path("invoices/<int:pk>/lines/<int:line>/", drafts.edit_line, name="invoice_line"),
    path("invoices/<int:pk>/lines/<int:line>/drop/", drafts.drop_line, name="drop_invoice_line"),
    path("invoices/<int:pk>/lines/<int:line>/shift/", drafts.shift_line, name="shift_invoice_line"),
]
