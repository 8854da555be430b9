"""The page of one partnership, for either side: status, what we keep about it, default terms or insourcing setup."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from outsourcing import partnerships
from outsourcing.forms.partners import NotesForm, RemapForm, SetupForm, TermsForm
from outsourcing.models import Partnership
from outsourcing.partnerships import Relation
from outsourcing.services import keeping, mapping
from outsourcing.terms import Draft
from psa.tenancy.errors import Refused
from psa.web.access import needs

Save = Callable[[Any, Relation, Any], Any]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("outsource.partners")
def partner(request: Any, key: Any) -> HttpResponse:
    """Look at it; save the part whose button was pressed. What was typed wrongly stays."""
    relation = partnerships.of(get_object_or_404(Partnership, key=key), request.actor, request.tenant.slug)
    forms = _forms(request, relation)
    part = request.POST.get("part", "")
    if request.method == "POST" and part in forms:
        form = forms[part]
        if form.is_valid() and _saved(request, relation, part, form):
            here = reverse("outsourcing:partner", args=[request.tenant.slug, key])
            return HttpResponseRedirect(f"{here}#{part}")
    context = {"relation": relation, "forms": forms, "history": partnerships.history(relation)}
    wrong = any(form.errors for form in forms.values())
    return render(request, "outsourcing/partner.html", context, status=422 if wrong else 200)


def _forms(request: Any, relation: Relation) -> dict[str, Any]:
    """The forms of our side; only the one that was posted reads what was typed."""
    side, asked = relation.side, request.POST.get("part", "") if request.method == "POST" else ""

    def typed(part: str) -> Any:
        return request.POST if part == asked else None

    kept = {"notify_email": side.notify_email, "note": side.note, "tags": side.tags}
    found: dict[str, Any] = {"notes": NotesForm(typed("notes"), initial=kept)}
    if relation.is_lead:
        draft = Draft.from_json(side.terms) if side.terms else None
        return {**found, "terms": TermsForm(draft, request.tenant.currency, typed("terms"))}
    found["setup"] = SetupForm(side, typed("setup"))
    if request.actor.can("tenant.manage"):
        found["mapping"] = RemapForm(side, typed("mapping"))
    return found


def _saved(request: Any, relation: Relation, part: str, form: Any) -> bool:
    try:
        messages.success(request, SAVES[part](request.actor, relation, form))
    except Refused as refused:
        form.refuse(refused)
        return False
    return True


def _notes(by: Any, relation: Relation, form: Any) -> str:
    found = form.cleaned_data
    keeping.note(relation.partnership, found["notify_email"], found["note"], found["tags"], by=by)
    return _("Saved. Only our company sees this.")


def _terms(by: Any, relation: Relation, form: Any) -> str:
    keeping.set_terms(relation.partnership, form.draft(), by=by)
    return _("Saved. Offers to %(partner)s open with these terms.") % {"partner": relation.partner}


def _setup(by: Any, relation: Relation, form: Any) -> str:
    keeping.set_up(relation.partnership, by=by, **form.cleaned_data)
    return _("Saved. Tickets from %(partner)s start with this.") % {"partner": relation.partner}


def _mapping(by: Any, relation: Relation, form: Any) -> str:
    moved = len(mapping.remap(relation.partnership, form.cleaned_data["company"], by=by))
    return ngettext(
        "Saved. %(n)s open ticket has the new company.", "Saved. %(n)s open tickets have the new company.", moved
    ) % {"n": moved}


SAVES: dict[str, Save] = {"notes": _notes, "terms": _terms, "setup": _setup, "mapping": _mapping}
