"""What is forgotten when its time is over."""

from celery import shared_task

from psa.accounts import keeping


@shared_task(name="accounts.forget")
def forget() -> None:
    keeping.forget()
