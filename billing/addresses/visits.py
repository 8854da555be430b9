"""The addresses of appointments, the day-before rule and licences."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
