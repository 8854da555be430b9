"""A form that adds something counts once, however often it arrives: Back and sent again, a retry, two tabs, two posts
at the same moment (hostile test N3).

The page writes a key into the form ({% once %}), the view that takes it is `counts_once`, and what it does stands in
`with counted(request)`. A form without a key is taken as it comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from psa.web.access import View
from psa.web.models import SentForm

FIELD = "once"
KEPT = timedelta(days=7)
SEE_OTHER = 303


class SentAlready(Exception):
    """What the form asks for was done before; `location` is the address that led to."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class Sent:
    """A form whose work is being done; the work ends by saying where it `leads_to`."""

    def __init__(self, claim: SentForm | None) -> None:
        self.claim = claim

    def leads_to(self, to: str, *args: Any, **kwargs: Any) -> HttpResponseRedirect:
        """The answer: on to an address, or to a named one with its parts. Whoever sends the form again gets there."""
        answer = redirect(to, *args, **kwargs)
        if self.claim is not None:
            self.claim.location = answer.url
            self.claim.save(update_fields=["location"])
        return answer


def counts_once(view: View) -> View:
    """Let the view do what the form asks unless the same member's same form did it before; then lead where it led.

    The view is asked outside any transaction: what it draws holds no lock. A form that is found wrong because it got
    through in the meantime (its number is taken by now) leads on too.
    """

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
        request.form_key = posted(request)
        if (led_to := _led_to(request)) is not None:
            return _again(request, led_to)
        try:
            answer = view(request, *args, **kwargs)
        except SentAlready as sent:
            return _again(request, sent.location)
        if "Location" not in answer and (led_to := _led_to(request)) is not None:
            return _again(request, led_to)
        return answer

    return guarded


@contextmanager
def counted(request: Any) -> Iterator[Sent]:
    """The work of a form, in one transaction with its key; once a request, around the service alone.

    The key is claimed first: whoever sends the form at the same moment waits for the work, and is led where it leads.
    What is refused inside, a crash, and a commit that fails leave neither, so the corrected form goes through. Only the
    database is in it: a file is stored before. In a view that is not `counts_once`, and for a form without a key,
    nothing is claimed and the service's own transaction stands alone. Raises SentAlready.
    """
    key = getattr(request, "form_key", None)
    if key is None:
        yield Sent(None)
        return
    with transaction.atomic():
        claim, is_mine = SentForm.objects.get_or_create(member=request.member, path=request.path, key=key)
        if not is_mine:
            raise SentAlready(claim.location)
        yield Sent(claim)
        if not claim.location:
            raise RuntimeError("What a form does ends by saying where it leads to.")


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


def _led_to(request: Any) -> str | None:
    if request.form_key is None:
        return None
    sent = SentForm.objects.filter(member=request.member, path=request.path, key=request.form_key)
    return sent.values_list("location", flat=True).first()


def _again(request: Any, location: str) -> HttpResponse:
    messages.info(request, _("This form was sent already; it counts once."))
    return HttpResponseRedirect(location, status=SEE_OTHER)
