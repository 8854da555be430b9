"""Checklist templates, for those who manage them: saved as a new version, retired, taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery

from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets.models import CategoryChecklist, ChecklistTemplate, ChecklistVersion, Evidence, TemplateItem

MOST = 100


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One item as it was typed: `text` in the tenant's language, `texts` in every language it was written in."""

    text: str
    texts: dict[str, str] = field(default_factory=dict)
    is_required: bool = True
    evidence: str = Evidence.NONE
    unit: str = ""
    for_customer: bool = False
    for_partner: bool = False


@transaction.atomic
def save(
    template: ChecklistTemplate | None,
    name: str,
    names: dict[str, str],
    items: Sequence[ItemDraft],
    *,
    by: Actor,
    version: int = 0,
) -> ChecklistTemplate:
    """Keep a template as its next version; `version` is the one the form was made from. Nothing changed makes none.

    Raises Refused("changed_meanwhile"), ("checklist_without_items"), ("too_many_checklist_items"), Denied.
    """
    by.require("checklist.manage")
    if not items:
        raise Refused("checklist_without_items")
    if len(items) > MOST:
        raise Refused("too_many_checklist_items", most=MOST)
    if template is None:
        template = ChecklistTemplate(name=name)
        template.save(force_insert=True)
    else:
        template = _locked(template)
        if version != template.version:
            raise Refused("changed_meanwhile")
        if _is_as_it_was(template, name, names, items):
            return template
    template.name, template.version = name, template.version + 1
    template.save(update_fields=["name", "version"])
    made = ChecklistVersion.objects.create(
        template=template, number=template.version, name=name, names=names, made_by=by.name
    )
    TemplateItem.objects.bulk_create(
        TemplateItem(
            checklist_version=made,
            position=position,
            text=one.text,
            texts=one.texts,
            is_required=one.is_required,
            evidence=one.evidence,
            unit=one.unit if one.evidence == Evidence.VALUE else "",
            for_customer=one.for_customer,
            for_partner=one.for_partner,
        )
        for position, one in enumerate(items)
    )
    journal.record(template, "checklisttemplate.saved", by=by, version=template.version, name=name, items=len(items))
    return template


@transaction.atomic
def retire(template: ChecklistTemplate, *, by: Actor) -> ChecklistTemplate:
    """No ticket gets it any more; those that have it keep it."""
    return _switch(template, False, "retired", by)


@transaction.atomic
def restore(template: ChecklistTemplate, *, by: Actor) -> ChecklistTemplate:
    """Tickets get it again."""
    return _switch(template, True, "restored", by)


def rows() -> QuerySet[ChecklistTemplate]:
    """Every template of the company."""
    return ChecklistTemplate.objects.order_by("-is_active", "name", "pk")


def active() -> QuerySet[ChecklistTemplate]:
    """The templates a ticket can get."""
    return ChecklistTemplate.objects.filter(is_active=True).order_by("name", "pk")


def overview() -> list[ChecklistTemplate]:
    """Every template with how many items it has now (`items`) and the categories that bring it (`brought_by`)."""
    present = TemplateItem.objects.filter(
        checklist_version__template=OuterRef("pk"), checklist_version__number=OuterRef("version")
    )
    counted = present.order_by().values("checklist_version").annotate(n=Count("pk")).values("n")
    found: list[Any] = list(rows().annotate(items=Subquery(counted)))
    brought: dict[int, list[str]] = {}
    links = CategoryChecklist.objects.order_by("category__position", "category__name")
    for template, category in links.values_list("template", "category__name"):
        brought.setdefault(template, []).append(category)
    for one in found:
        one.brought_by = brought.get(one.pk, [])
    return found


def drafts(version: ChecklistVersion) -> list[ItemDraft]:
    """The items of a version as a form opens with them."""
    return [
        ItemDraft(one.text, one.texts, one.is_required, one.evidence, one.unit, one.for_customer, one.for_partner)
        for one in TemplateItem.objects.filter(checklist_version=version)
    ]


def present(template: ChecklistTemplate) -> ChecklistVersion:
    """The version tickets get now."""
    return ChecklistVersion.objects.get(template=template, number=template.version)


def _is_as_it_was(template: ChecklistTemplate, name: str, names: dict[str, str], items: Sequence[ItemDraft]) -> bool:
    now = present(template)
    return (now.name, now.names, drafts(now)) == (name, names, list(items))


def _switch(template: ChecklistTemplate, is_active: bool, verb: str, by: Actor) -> ChecklistTemplate:
    by.require("checklist.manage")
    template = _locked(template)
    if template.is_active != is_active:
        template.is_active = is_active
        template.save(update_fields=["is_active"])
        journal.record(template, f"checklisttemplate.{verb}", by=by)
    return template


def _locked(template: ChecklistTemplate) -> ChecklistTemplate:
    return ChecklistTemplate.objects.select_for_update(of=("self",), no_key=True).get(pk=template.pk)
