"""Text modules: listed, written, retired; found and made ready while somebody types `::`."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from psa.tenancy.errors import Refused
from psa.web import throttle
from psa.web.access import for_members
from psa.web.filters import clean
from tickets import carrying, inserting, texts
from tickets.forms.text_modules import TextModuleForm
from tickets.labels import TEXT_KINDS
from tickets.models import TextKind, TextModule, Ticket
from tickets.services import text_modules
from tickets.text_list import TEXTS
from tickets.views import fetch

editing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@for_members
def modules(request: Any) -> HttpResponseBase:
    """The company's text modules, the teams' and one's own."""
    rows = TextModule.objects.visible_to(request.actor)
    return TEXTS.open(request, rows).answer("tickets/texts/list.html")


@editing
@for_members
def new_text(request: Any) -> HttpResponse:
    """Another one."""
    return _edit(request, TextModule(kind=TextKind.TICKET))


@editing
@for_members
def text(request: Any, pk: int) -> HttpResponse:
    """What it says, with the text as it would be inserted; to be changed by whose it is."""
    return _edit(request, get_object_or_404(TextModule.objects.visible_to(request.actor), pk=pk))


def _edit(request: Any, module: TextModule) -> HttpResponse:
    may = not module.pk or TextModule.objects.visible_to(request.actor).editable_by(request.actor).filter(pk=module.pk)
    form = TextModuleForm(module, request.actor, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid() and "again" not in request.POST:
        try:
            if module.pk:
                version = form.cleaned_data["version"] or 0
                text_modules.change(module, form.wording, version=version, by=request.actor)
            else:
                text_modules.add(form.wording, by=request.actor)
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("tickets:texts", args=[request.tenant.slug]))
        except Refused as refused:
            form.refuse(refused)
            status = 409 if refused.code == "text_changed_meanwhile" else 422
            if status == 409:
                form = _over(request, module, form)
    elif form.errors and "again" not in request.POST:
        status = 422
    context = {"module": module, "form": form, "may_edit": bool(may), "previews": _previews(request, form)}
    context |= {"placeholders": [(f"{{{{{name}}}}}", label) for name, label in texts.PLACEHOLDERS.items()]}
    return render(request, "tickets/texts/edit.html", context, status=status)


def _over(request: Any, module: TextModule, form: TextModuleForm) -> TextModuleForm:
    """What was typed over the module as it is now; sending it again means it."""
    now = get_object_or_404(TextModule.objects.visible_to(request.actor), pk=module.pk)
    typed = request.POST.copy()
    typed["version"] = str(now.version)
    again = TextModuleForm(now, request.actor, typed)
    again.add_error(None, "; ".join(map(str, form.non_field_errors())))
    again.now = text_modules.variants_of(now)  # type: ignore[attr-defined]
    return again


@require_POST
@for_members
def preview_text(request: Any) -> HttpResponse:
    """The texts as they would be inserted, while they are typed."""
    form = TextModuleForm(TextModule(kind=TextKind.TICKET), request.actor, request.POST)
    return render(request, "tickets/texts/_preview.html", {"previews": _previews(request, form)})


def _previews(request: Any, form: TextModuleForm) -> list[tuple[Any, str, list[str]]]:
    """Language, text and what must be filled in, for the newest ticket the reader sees."""
    typed = [(bound.label, str(bound.value() or "")[:10_000]) for bound in form.texts]
    if not any(said for _label, said in typed):
        return []
    rows = Ticket.objects.visible_to(request.actor).select_related(*carrying.PARTS)
    sample = rows.order_by("-last_activity", "-id").first() or Ticket()
    found = text_modules.values(sample, request.actor)
    return [(label, texts.fill(said, found), texts.unfilled(said)) for label, said in typed if said]


@require_POST
@for_members
def retire_text(request: Any, pk: int) -> HttpResponse:
    """Offer it no more."""
    module = text_modules.retire(_own(request, pk), by=request.actor)
    messages.success(request, _("%(name)s is retired.") % {"name": module.name})
    return HttpResponseRedirect(reverse("tickets:texts", args=[request.tenant.slug]))


@require_POST
@for_members
def restore_text(request: Any, pk: int) -> HttpResponse:
    """Offer it again."""
    module = text_modules.restore(_own(request, pk), by=request.actor)
    messages.success(request, _("%(name)s is offered again.") % {"name": module.name})
    return HttpResponseRedirect(reverse("tickets:text", args=[request.tenant.slug, pk]))


def _own(request: Any, pk: int) -> TextModule:
    return get_object_or_404(TextModule.objects.visible_to(request.actor), pk=pk)


@require_safe
@never_cache
@for_members
@throttle.limited("search")
def find_texts(request: Any, place: str) -> HttpResponse:
    """What fits the words typed after `::`, ready for the ticket in `ticket`, or the customer chosen in a new one."""
    if place not in inserting.KINDS:
        raise Http404
    number = request.GET.get("ticket", "")
    known = number.isdecimal() and len(number) < 10
    ticket = fetch.ticket(request, int(number)) if known else inserting.draft_of(request.GET, request.actor)
    found = text_modules.find(inserting.KINDS[place], clean(request.GET.get("q", "")), ticket, request.actor)
    return render(request, "tickets/texts/_found.html", {"found": [(one, TEXT_KINDS.text(one.kind)) for one in found]})
