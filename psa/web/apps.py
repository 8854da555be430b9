"""The app's place in the project."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "psa.web"
