"""The app's place in the project."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "psa.journal"
