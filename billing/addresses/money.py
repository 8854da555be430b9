"""The addresses of contracts, approving and posting."""

from __future__ import annotations

from django.urls import URLPattern, path

from billing.views import approving, contracts, posting, pricing, settling

urlpatterns: list[URLPattern] = [
    path("approve/", approving.approve, name="approve"),
    path("approve/checks/", settling.checks, name="checks"),
    path("approve/<slug:tab>/", approving.approve, name="approve_tab"),
    path("approve/<slug:tab>/decide/", approving.decide, name="decide"),
    path("approve/<slug:tab>/<int:pk>/price/", pricing.price, name="give_price"),
    path("posted/", posting.posted, name="posted"),
    path("posted/<int:pk>/", posting.item, name="posted_item"),
    path("contracts/", contracts.contracts, name="contracts"),
    path("contracts/<int:pk>/", contracts.contract, name="contract"),
    path("contracts/<int:pk>/fixed-price/bill/", contracts.bill_fixed_price, name="bill_fixed_price"),
    path("contracts/<int:pk>/<slug:part>/new/", contracts.part, name="new_contract_part"),
    path("contracts/<int:pk>/<slug:part>/<int:part_pk>/", contracts.part, name="edit_contract_part"),
    path("contracts/<int:pk>/surcharges/<int:part_pk>/remove/", contracts.remove_surcharge, name="remove_surcharge"),
    path("requests/<int:number>/settle/", settling.settle, name="settle"),
]
