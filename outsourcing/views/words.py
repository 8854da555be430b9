"""*Edit invitation*: the tenant's own words, what they come to, and the default back."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from outsourcing import letters
from outsourcing.forms.partners import WordsForm
from outsourcing.services import settings
from outsourcing.services.partners import OPEN_FOR
from psa.mail.templatetags.mails import moment
from psa.tenancy.errors import Refused
from psa.web.access import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.partners")
def edit_invitation(request: Any) -> HttpResponse:
    """Write, look, save, or go back to the default. A refusal keeps what was typed."""
    kept = settings.of_tenant()
    if request.POST.get("do") == "restore":
        settings.restore_invitation(by=request.actor)
        messages.success(request, _("The default text stands again."))
        return _here(request)
    subject, body = letters.default()
    start = {"subject": kept.invitation_subject or subject, "body": kept.invitation_body or body}
    form = WordsForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid() and request.POST.get("do") == "save" and _saved(request, form):
        return _here(request)
    context = {**_preview(request, form), "is_own": bool(kept.invitation_body), "placeholders": letters.PLACEHOLDERS}
    return render(request, "outsourcing/edit_invitation.html", context, status=422 if form.errors else 200)


@require_POST
@needs("outsource.partners")
def invitation_preview(request: Any) -> HttpResponse:
    """What the recipient would read of what is typed so far."""
    return render(request, "outsourcing/_invitation_preview.html", _preview(request, WordsForm(request.POST)))


def _saved(request: Any, form: WordsForm) -> bool:
    try:
        settings.word_invitation(form.cleaned_data["subject"], form.cleaned_data["body"], by=request.actor)
    except Refused as refused:
        form.refuse(refused)
        return False
    messages.success(request, _("Saved. The next invitations go out in these words."))
    return True


def _preview(request: Any, form: WordsForm) -> dict[str, Any]:
    subject, body = form.typed()
    values = {
        "lead_name": request.tenant.name,
        "inviter_name": request.member.name,
        "recipient_name": _("Jane Example"),
        "accept_url": f"{django_settings.SITE_URL}/invitations/…/",
        "decline_url": f"{django_settings.SITE_URL}/invitations/…/#decline",
        "expires_at": moment(timezone.now() + OPEN_FOR),
    }
    return {"form": form, "subject": letters.fill(subject, values), "body": letters.fill(body, values)}


def _here(request: Any) -> HttpResponse:
    return HttpResponseRedirect(reverse("outsourcing:edit_invitation", args=[request.tenant.slug]))
