"""The journal's jobs."""

from celery import shared_task

from psa.journal import journal


@shared_task(name="journal.work")
def work() -> None:
    journal.work()
