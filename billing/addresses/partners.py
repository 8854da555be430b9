"""The addresses of money between partners."""

from __future__ import annotations

from django.urls import URLPattern, path

from billing.views import partners

HANDOVER = "handovers/<uuid:key>/"

urlpatterns: list[URLPattern] = [
    path(f"{HANDOVER}post/", partners.post_settlement, name="post_settlement"),
    path(f"{HANDOVER}exchange-rate/", partners.exchange_rate, name="exchange_rate"),
]
