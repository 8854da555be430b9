"""A form that adds something counts once, however often it arrives: Back and sent again, a retry, two tabs, two posts
at the same moment (hostile test N3).

The page writes a key into the form ({% once %}), and the view that takes it is `counts_once`. A form without a key is
taken as it comes.
"""

from __future__ import annotations

from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _

from psa.web.access import View
from psa.web.models import SentForm

FIELD = "once"
KEPT = timedelta(days=7)
SEE_OTHER = 303


def counts_once(view: View) -> View:
    """Do what the form asks unless the same member's same form did it before; then lead where it led.

    The key is claimed before the work, in one transaction with it: whoever sends the form at the same moment waits
    for the first, and a crash leaves neither. An answer that leads nowhere (an error, a form with another line) gives
    the key back, so the corrected form goes through under it.
    """

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
        key = posted(request)
        if key is None:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            claim, is_mine = SentForm.objects.get_or_create(member=request.member, path=request.path, key=key)
            if not is_mine:
                return _again(request, claim)
            answer = view(request, *args, **kwargs)
            _keep(claim, answer)
            return answer

    return guarded


def posted(request: Any) -> UUID | None:
    """The key of the form that was sent; None for a form without one."""
    try:
        return UUID(request.POST.get(FIELD, ""))
    except ValueError:
        return None


def key_for(request: Any) -> UUID:
    """The key a form is drawn with: the one it was sent with when it comes back with errors, else a new one."""
    return posted(request) or uuid4()


def forget() -> int:
    """Remove the keys of the tenant in scope nobody sends again. Returns how many."""
    return SentForm.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]


def _again(request: Any, sent: SentForm) -> HttpResponse:
    messages.info(request, _("This form was sent already; it counts once."))
    return HttpResponseRedirect(sent.location, status=SEE_OTHER)


def _keep(claim: SentForm, answer: HttpResponse) -> None:
    if "Location" in answer:
        claim.location = answer["Location"]
        claim.save(update_fields=["location"])
    else:
        claim.delete()
