"""Articles and service templates: listed, read, written, retired; and found while somebody types one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.articles import ArticleForm, ServiceForm
from billing.labels.orders import ARTICLES, VAT_KINDS
from billing.lists.orders import ARTICLE_LIST, SERVICE_LIST
from billing.models import Article, ServiceTemplate
from billing.services import articles as verbs
from psa.tenancy.errors import Refused
from psa.web import throttle
from psa.web.access import needs
from psa.web.filters import clean
from psa.web.once import counted, counts_once

editing = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs("order.view")
def articles(request: Any) -> HttpResponseBase:
    """Everything that is sold."""
    rows = Article.objects.visible_to(request.actor)
    context = {"may_edit": bool(request.actor.can("order.manage"))}
    return ARTICLE_LIST.open(request, rows).answer("billing/articles/list.html", context)


@require_safe
@needs("order.view")
def article(request: Any, pk: int) -> HttpResponse:
    """One article."""
    found = _article(request, pk)
    context = {"article": found, "kind": ARTICLES.badge(found.kind), "vat": VAT_KINDS.text(found.vat_kind)}
    context |= {"packagings": verbs.packagings_of(found), "may_edit": bool(request.actor.can("order.manage"))}
    context["may_see_prices"] = bool(request.actor.can("price.view"))
    return render(request, "billing/articles/page.html", context)


@editing
@needs("order.manage")
@counts_once
def new(request: Any) -> HttpResponse:
    """Another article."""
    return _edit(request, None)


@editing
@needs("order.manage")
def edit(request: Any, pk: int) -> HttpResponse:
    """Other words, another price."""
    return _edit(request, _article(request, pk))


def _edit(request: Any, found: Article | None) -> HttpResponse:
    """The form; "Save" alone keeps anything."""
    posted = request.method == "POST"
    form = ArticleForm(request.actor, found, request.POST if posted else None)
    verb, _sep, place = request.POST.get("do", "save" if posted else "").partition("-")
    status = 200
    if verb in {"add", "remove"}:
        form.rearrange(verb, int(place) if place.isdecimal() and len(place) < 4 else -1)
    elif posted:
        if (answer := _saved(request, found, form)) is not None:
            messages.success(request, _("Saved."))
            return answer
        status = 422
    return render(request, "billing/articles/edit.html", {"article": found, "form": form}, status=status)


def _saved(request: Any, found: Article | None, form: ArticleForm) -> HttpResponse | None:
    """The way to the article as it was saved, None where something is wrong; then the form says what."""
    if not form.is_valid():
        return None
    words = (form.values, form.packagings)
    try:
        with counted(request) as sent:
            if found is None:
                saved = verbs.add(*words, by=request.actor)
            else:
                saved = verbs.change(found, *words, seen=form.cleaned_data["seen"], by=request.actor)
            return sent.leads_to("billing:article", request.tenant.slug, saved.pk)
    except Refused as refused:
        form.refuse(refused)
        return None


@require_POST
@needs("order.manage")
def switch(request: Any, pk: int, act: str) -> HttpResponse:
    """Retire an article, or offer it again."""
    _switch(request, _article(request, pk), act)
    return redirect("billing:article", request.tenant.slug, pk)


@require_safe
@throttle.limited("search")
@needs("order.view")
def find(request: Any) -> HttpResponse:
    """The articles that fit what is typed in the field that the address names, as the options beside it: how each is
    written, its unit, how it is packed."""
    rows = verbs.on_offer(request.actor, is_stocked="stocked" in request.GET)
    found = verbs.find(_typed(request), rows)
    packed = verbs.packed(found)
    options = [(verbs.written(one), ", ".join(filter(None, [one.unit, *packed.get(one.pk, [])]))) for one in found]
    return render(request, "billing/articles/_options.html", {"options": options})


@require_safe
@throttle.limited("search")
@needs("order.view")
def units(request: Any) -> HttpResponse:
    """What the quantity of the article typed in that field may be counted in, as the options beside it."""
    named = verbs.named(_typed(request), verbs.on_offer(request.actor))
    options = [(one, "") for one in verbs.units_of(named)] if named is not None else []
    return render(request, "billing/articles/_options.html", {"options": options})


def _typed(request: Any) -> str:
    return str(clean(request.GET.get(request.GET.get("field", "q"), "")))


# Service templates --------------------------------------------------------------------------------------------------
@require_safe
@needs("order.view")
def services(request: Any) -> HttpResponseBase:
    """What tickets start with that are made from orders."""
    rows = ServiceTemplate.objects.visible_to(request.actor)
    context = {"may_edit": bool(request.actor.can("order.manage"))}
    return SERVICE_LIST.open(request, rows).answer("billing/articles/services.html", context)


@editing
@needs("order.manage")
@counts_once
def new_service(request: Any) -> HttpResponse:
    """Another service template."""
    return _edit_service(request, None)


@editing
@needs("order.view")
def service(request: Any, pk: int) -> HttpResponse:
    """One service template, to be changed by whoever manages orders."""
    found = get_object_or_404(ServiceTemplate.objects.visible_to(request.actor), pk=pk)
    return _edit_service(request, found)


def _edit_service(request: Any, found: ServiceTemplate | None) -> HttpResponse:
    form = ServiceForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with counted(request) as sent:
                _save_service(request, found, form)
                answer = sent.leads_to("billing:services", request.tenant.slug)
            messages.success(request, _("Saved."))
            return answer
        except Refused as refused:
            form.refuse(refused)
    context: dict[str, Any] = {"service": found, "form": form, "may_edit": bool(request.actor.can("order.manage"))}
    context["brought"] = verbs.checklists_of(found) if found else []
    return render(request, "billing/articles/service.html", context, status=422 if form.errors else 200)


def _save_service(request: Any, found: ServiceTemplate | None, form: ServiceForm) -> None:
    lists = form.cleaned_data["checklists"]
    if found is None:
        verbs.add_service(form.values, lists, by=request.actor)
    else:
        verbs.change_service(found, form.values, lists, seen=form.cleaned_data["seen"], by=request.actor)


@require_POST
@needs("order.manage")
def switch_service(request: Any, pk: int, act: str) -> HttpResponse:
    """Retire a service template, or offer it again."""
    _switch(request, get_object_or_404(ServiceTemplate.objects.visible_to(request.actor), pk=pk), act)
    return redirect("billing:service", request.tenant.slug, pk)


def _switch(request: Any, row: Article | ServiceTemplate, act: str) -> None:
    if act == "retire":
        verbs.retire(row, by=request.actor)
        messages.success(request, _("“%(name)s” is retired. What was ordered keeps it.") % {"name": row.name})
    else:
        verbs.restore(row, by=request.actor)
        messages.success(request, _("“%(name)s” can be used again.") % {"name": row.name})


def _article(request: Any, pk: int) -> Article:
    rows = Article.objects.visible_to(request.actor).select_related("service")
    found: Article = get_object_or_404(rows, pk=pk)
    return found
