"""The mail's jobs."""

from celery import shared_task

from psa.mail import sending


@shared_task(name="mail.send_due")
def send_due() -> None:
    sending.send_due()
