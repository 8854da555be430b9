"""The timers' jobs."""

from celery import shared_task

from psa.timers import timers


@shared_task(name="timers.sweep")
def sweep() -> None:
    timers.sweep()
