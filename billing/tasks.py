"""Billing's jobs."""

from celery import shared_task

from billing.services import papers


@shared_task(name="billing.papers")
def make_papers() -> None:
    papers.work()
