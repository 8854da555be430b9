"""A mail server that answers as a test tells it to."""

from __future__ import annotations

import smtplib
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection


class Crash(BaseException):
    """The worker is gone: not an Exception, so nothing tidies up after it."""


class FakeServer(BaseEmailBackend):
    """Keeps what it accepted. `answers` are raised one after the other; afterwards everything is accepted."""

    accepted: list[Any] = []
    answers: list[Any] = []
    in_transaction: list[bool] = []

    @classmethod
    def reset(cls, *answers: Any) -> None:
        cls.accepted, cls.answers, cls.in_transaction = [], list(answers), []

    def send_messages(self, email_messages: Any) -> int:
        type(self).in_transaction.append(connection.in_atomic_block)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, BaseException) and not isinstance(answer, AfterAccepting):
            raise answer
        for message in email_messages:
            message.message()  # as every server: a header with a line break is refused here
            self.accepted.append(message)
        if isinstance(answer, AfterAccepting):
            raise answer
        return len(email_messages)


class AfterAccepting(Crash):
    """The worker dies between the server's "accepted" and the commit."""


def refused(code: int) -> smtplib.SMTPRecipientsRefused:
    """The server does not take the recipient."""
    return smtplib.SMTPRecipientsRefused({"cleo@kunde.example": (code, b"no such user <secret detail>")})
