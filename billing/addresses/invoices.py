"""The addresses of invoices, payments and the settings of billing."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
