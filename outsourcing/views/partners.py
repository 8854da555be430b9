"""Inviting and managing partners."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outsourcing import candidates, partnerships
from outsourcing.forms.partners import CandidateForm, RecipientForm
from outsourcing.models import Partnership
from outsourcing.services import mapping, partners, trouble
from psa.tenancy.errors import Refused
from psa.web.access import needs
from psa.web.views import safe_next

MOST = 50


@require_safe
@needs("outsource.partners")
def manage(request: Any) -> HttpResponseBase:
    """Every company that is or may be a partner, and those who send us work."""
    context = {"leads": candidates.leads(request), "candidate": CandidateForm()}
    return candidates.open_list(request).answer("outsourcing/partners.html", context)


@require_POST
@needs("outsource.partners")
def add_candidate(request: Any) -> HttpResponse:
    """A company for the address book, kept without inviting."""
    form = CandidateForm(request.POST)
    if form.is_valid():
        company = mapping.add_candidate(by=request.actor, **form.cleaned_data)
        messages.success(request, _("%(company)s is in the address book.") % {"company": company})
        return _back(request)
    listing = candidates.open_list(request)
    context = {"leads": candidates.leads(request), "candidate": form, "list": listing}
    return render(request, "outsourcing/partners.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.partners")
def invite(request: Any) -> HttpResponse:
    """To whom the invitations go; then send them. What was refused stays on the page with its reason."""
    data = request.POST if request.method == "POST" else None
    forms = _recipients(request, data)
    if not forms:
        messages.warning(request, _("Tick at least one company to invite."))
        return _back(request)
    valid = [form.is_valid() for form in forms]
    if data is None or not all(valid):
        return render(request, "outsourcing/invite.html", {"forms": forms}, status=422 if data else 200)
    left = [form for form in forms if not _send(request, form)]
    if sent := len(forms) - len(left):
        messages.success(
            request,
            ngettext("%(n)s invitation is on its way.", "%(n)s invitations are on their way.", sent) % {"n": sent},
        )
    return render(request, "outsourcing/invite.html", {"forms": left}, status=409) if left else _back(request)


def _recipients(request: Any, data: Any) -> list[RecipientForm]:
    asked = [int(pk) for pk in (data or request.GET).getlist("company")[:MOST] if pk.isdecimal() and len(pk) < 18]
    companies = list(candidates.companies().filter(pk__in=asked).order_by("name"))
    contacts = candidates.people(companies)
    return [RecipientForm(company, data, contacts.get(company.pk, ())) for company in companies]


def _send(request: Any, form: RecipientForm) -> bool:
    try:
        partners.invite(form.company, *form.recipient, by=request.actor, contact=form.contact)
    except Refused as refused:
        form.refuse(refused)
        return False
    return True


@require_POST
@needs("outsource.partners")
def withdraw_invitation(request: Any, pk: int) -> HttpResponse:
    """The letter counts no longer."""
    invitation = get_object_or_404(candidates.invitations(), pk=pk)
    partners.withdraw(invitation, by=request.actor)
    messages.success(request, _("The invitation of %(company)s was withdrawn.") % {"company": invitation.company})
    return _back(request)


@require_POST
@needs("outsource.partners")
def retry(request: Any, key: Any) -> HttpResponse:
    """Let what hangs between the two companies try again now."""
    trouble.retry_partnership(_partnership(request, key), by=request.actor)
    messages.success(request, _("Trying again now."))
    return _back(request)


@require_POST
@needs("outsource.partners")
def pause(request: Any, key: Any) -> HttpResponse:
    """No new offers for now; what runs goes on."""
    partners.pause(_partnership(request, key), by=request.actor)
    messages.success(request, _("Paused. What runs goes on; no new offers until it is resumed."))
    return _back(request)


@require_POST
@needs("outsource.partners")
def resume(request: Any, key: Any) -> HttpResponse:
    """Offers may come again."""
    partners.resume(_partnership(request, key), by=request.actor)
    messages.success(request, _("Resumed. Offers can be sent again."))
    return _back(request)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.partners")
def end(request: Any, key: Any) -> HttpResponse:
    """Part ways; the page lists what still stands between the two and leads to each."""
    relation = partnerships.of(_partnership(request, key), request.actor, request.tenant.slug)
    if request.method == "POST":
        partners.end(relation.partnership, by=request.actor)
        messages.success(request, _("The partnership has ended. What was done together stays readable."))
        return _back(request)
    groups = partnerships.standing(relation)
    context = {"relation": relation, "groups": groups, "is_in_the_way": any(one.is_in_the_way for one in groups)}
    return render(request, "outsourcing/end_partner.html", context)


def _partnership(request: Any, key: Any) -> Partnership:
    return get_object_or_404(Partnership, key=key)


def _back(request: Any) -> HttpResponse:
    """To where the button was pressed, the list of partners unless the form says otherwise."""
    return HttpResponseRedirect(safe_next(request, reverse("outsourcing:partners", args=[request.tenant.slug])))
