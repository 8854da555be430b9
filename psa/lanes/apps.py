"""The app's place in the project."""

from django.apps import AppConfig


class LanesConfig(AppConfig):
    name = "psa.lanes"
