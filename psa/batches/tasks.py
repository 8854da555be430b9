"""The batches' jobs."""

from celery import shared_task

from psa.batches import batches


@shared_task(name="batches.work")
def work() -> None:
    batches.work()


@shared_task(name="batches.tidy")
def tidy() -> None:
    batches.tidy()
