"""The mail's jobs."""

from celery import shared_task

from psa.mail import sending
from psa.mail.inbound import fetching, working


@shared_task(name="mail.send_due")
def send_due() -> None:
    sending.send_due()


@shared_task(name="mail.take_in")
def take_in() -> None:
    working.take_in()


@shared_task(name="mail.fetch")
def fetch() -> None:
    fetching.fetch()
