"""The mail of the day: one mail with all the news a member wanted together."""

from __future__ import annotations

from psa.mail import mail, preferences
from psa.mail.models import Notice
from psa.mail.preferences import DIGEST
from psa.tenancy.models import Membership

__all__ = ["DIGEST", "send"]
MOST = 100


def send(member_id: int) -> None:
    """Write it; fired by a timer. Who left, or lost sight of something since, does not hear of it (A7)."""
    waiting = Notice.objects.select_for_update(of=("self",), no_key=True).filter(member=member_id).order_by("pk")
    notices = list(waiting)
    member = Membership.objects.filter(pk=member_id, is_active=True).first()
    lines = [{"subject": one.subject, "url": one.url} for one in notices if member and preferences.still_sees(one)]
    Notice.objects.filter(pk__in=[one.pk for one in notices]).delete()
    if member is not None and lines:
        mail.post("digest", [mail.Recipient.of(member)], lines=lines[-MOST:])
