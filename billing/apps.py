"""The app's place in the project."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
