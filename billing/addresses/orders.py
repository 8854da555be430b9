"""The addresses of articles, orders and the hand-off inbox."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
