"""The lanes' jobs."""

from celery import shared_task

from psa.lanes import delivery


@shared_task(name="lanes.drain")
def drain() -> None:
    delivery.drain()
