"""The project package: what every app stands on, and how it is put together."""

from psa.celery import app as celery_app

__all__ = ["celery_app"]
