"""The addresses of material, stock, delivery notes and goods requests."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
