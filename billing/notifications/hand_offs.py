"""Who is told by mail of a hand-off: its sender, where it came back or was answered. Everything else stands in the
inbox, which depends on nobody's mail."""

from __future__ import annotations

from django.urls import reverse

from psa.journal import journal
from psa.journal.models import Entry
from psa.mail import mail
from psa.tenancy import doors, scope
from tickets.models import HandOff


def connect() -> None:
    """Listen to what becomes of hand-offs. Called once, when the app starts."""
    journal.subscribe("handoff.returned", on_answer)
    journal.subscribe("handoff.finished", on_answer)


def on_answer(entry: Entry) -> None:
    """Tell the sender, unless they answered themselves or there is nothing to read."""
    rows = HandOff.objects.select_related("sender__role", "sender__tenant", "ticket")
    row = rows.filter(pk=entry.data["hand_off"]).first()
    if row is None or row.sender is None or not row.sender.is_active or row.sender_id == entry.by_id:
        return
    if not entry.data["text"]:
        return
    mail.post(
        "hand_off_answered",
        [mail.Recipient.of(row.sender)],
        row.ticket or row,
        title=row.title,
        by=entry.by_name,
        text=entry.data["text"],
        is_done=entry.kind == "handoff.finished",
        url=reverse("billing:hand_off", args=[doors.slug(scope.tenant_id()), row.pk]),
    )
