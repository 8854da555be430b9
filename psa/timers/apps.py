"""The app's place in the project."""

from django.apps import AppConfig


class TimersConfig(AppConfig):
    name = "psa.timers"
