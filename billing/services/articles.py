"""What is sold: articles with their packaging units, and the templates of the services that come with them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, Q, QuerySet

from billing.models import Article, PackagingUnit, ServiceChecklist, ServiceTemplate
from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.web.figures import quantity
from tickets.models import ChecklistTemplate

MOST_FOUND = 20
MOST_WORDS = 8
MOST_PACKAGINGS = 20
COLUMNS: dict[type[Any], tuple[str, ...]] = {
    Article: (
        "number",
        "name",
        "text",
        "kind",
        "unit",
        "unit_code",
        "price",
        "cost",
        "vat_kind",
        "account",
        "service",
        "is_installable",
        "needs_appointment",
        "has_serials",
        "is_stocked",
    ),
    ServiceTemplate: ("name", "title", "description", "queue", "category", "type", "planned_minutes", "is_base"),
}
# What the journal keeps without its figures: amounts are read on the article's page by those who may.
AMOUNTS = ("price", "cost")


@dataclass(frozen=True, slots=True)
class Packaging:
    """A packaging unit as it was typed: `factor` of the article's units, `price` net for one of it, None as the
    article's."""

    name: str
    factor: Decimal
    price: Decimal | None = None


# Articles -----------------------------------------------------------------------------------------------------------
@transaction.atomic
def add(values: Mapping[str, Any], packagings: Sequence[Packaging] = (), *, by: Actor) -> Article:
    """A new article. Raises Denied, Refused("article_number_taken"), ("packaging_twice")."""
    by.require("order.manage")
    article = Article()
    _write(article, values)
    _number_is_free(article)
    article.save(force_insert=True)
    _pack(article, packagings)
    article.refresh_from_db()
    journal.record(article, "article.added", by=by, number=article.number, name=article.name)
    return article


@transaction.atomic
def change(
    article: Article, values: Mapping[str, Any], packagings: Sequence[Packaging] = (), *, seen: str, by: Actor
) -> Article:
    """Other words, another price; what was ordered keeps what it had. `seen` is the fingerprint the form showed. Raises
    as `add`, and Refused("article_changed_meanwhile"), ("packaging_in_use")."""
    by.require("order.manage")
    article = Article.objects.select_for_update(of=("self",), no_key=True).get(pk=article.pk)
    if seen != fingerprint(article):
        raise Refused("article_changed_meanwhile", name=article.name)
    before = facts(article)
    _write(article, values)
    _number_is_free(article)
    article.save()
    _pack(article, packagings)
    article.refresh_from_db()
    after = facts(article)
    if changed := sorted(name for name in after if before[name] != after[name]):
        told = [name for name in changed if name not in AMOUNTS and name != "packaging"]
        journal.record(
            article,
            "article.changed",
            by=by,
            number=article.number,
            name=article.name,
            old={name: before[name] for name in told},
            new={name: after[name] for name in told},
            fields=changed,
        )
    return article


def _number_is_free(article: Article) -> None:
    if Article.objects.filter(number=article.number).exclude(pk=article.pk).exists():
        raise Refused("article_number_taken", number=article.number)


def _pack(article: Article, packagings: Sequence[Packaging]) -> None:
    """Exactly these packaging units; one that an order names stays."""
    names = [one.name for one in packagings]
    if len(set(names)) != len(names):
        raise Refused("packaging_twice")
    there = {row.name: row for row in PackagingUnit.objects.filter(article=article)}
    for name in there.keys() - set(names):
        try:
            with transaction.atomic():
                there[name].delete()
        except ProtectedError as error:
            raise Refused("packaging_in_use", name=name) from error
    for one in packagings:
        row = there.get(one.name) or PackagingUnit(article=article, name=one.name)
        row.factor, row.price = one.factor, one.price
        row.save()


def packagings_of(article: Article) -> list[Packaging]:
    """How it is packed, the smallest first."""
    rows = PackagingUnit.objects.filter(article=article) if article.pk else []
    return [Packaging(row.name, row.factor, row.price) for row in rows]


def written(article: Article) -> str:
    """An article as the search writes it, and `named` reads it."""
    return f"{article.number} – {article.name}"


def on_offer(by: Actor | None = None, *, is_stocked: bool = False) -> QuerySet[Article]:
    """The articles somebody may type; without an actor those of a form that asked already."""
    rows = Article.objects.all() if by is None else Article.objects.visible_to(by)
    found: QuerySet[Article] = rows.filter(is_active=True)
    return found.filter(is_stocked=True) if is_stocked else found


def find(words: str, rows: QuerySet[Article]) -> list[Article]:
    """Of these articles the ones that fit what is typed: those whose number begins with it, then those whose number or
    name has all its words. Two statements, each along an index, ended by the last one shown."""
    if not (words := words.strip()):
        return list(rows.order_by("name", "pk")[:MOST_FOUND])
    begins, has = rows.filter(number__istartswith=words), rows
    for word in words.replace(" – ", " ").split()[:MOST_WORDS]:
        has = has.filter(Q(number__icontains=word) | Q(name__icontains=word))
    found = [*begins.order_by("number")[:MOST_FOUND], *has.order_by("name", "pk")[:MOST_FOUND]]
    return list({one.pk: one for one in found}.values())[:MOST_FOUND]


def named(words: str, rows: QuerySet[Article]) -> Article | None:
    """The one of these articles somebody means: by its number, as the search or a paper writes it, or by its name."""
    words = words.strip()
    number, parts = words.partition(" – ")[0].strip(), words.split(" ")
    begins = {" ".join(parts[:count]) for count in range(1, min(len(parts), MOST_WORDS) + 1)}
    for one in rows.filter(number__in=begins | {number}):
        if one.number == number or words in (one.number, str(one)):
            return one
    said = Q(number__iexact=number) | Q(name__iexact=words)
    same = list(rows.filter(said)[:MOST_FOUND])
    same = [one for one in same if one.number.casefold() == number.casefold()] or same
    return same[0] if len(same) == 1 else None


def units_of(article: Article) -> list[str]:
    """What its quantity may be counted in: its own unit, and how it is packed."""
    return [one for one in (article.unit, *(packed.name for packed in packagings_of(article))) if one]


def packed(found: Sequence[Article]) -> dict[int, list[str]]:
    """How these articles are packed, each with what it holds, by their ids. One statement."""
    rows: dict[int, list[str]] = {}
    for one in PackagingUnit.objects.filter(article__in=[article.pk for article in found]).select_related("article"):
        rows.setdefault(one.article_id, []).append(f"{one.name} ({quantity(one.factor, one.article.unit)})")
    return rows


# Service templates --------------------------------------------------------------------------------------------------
@transaction.atomic
def add_service(values: Mapping[str, Any], lists: Iterable[ChecklistTemplate] = (), *, by: Actor) -> ServiceTemplate:
    """A new service template with the checklists it brings. Raises Denied, Refused("name_taken")."""
    by.require("order.manage")
    service = ServiceTemplate()
    _write(service, values)
    _name_is_free(service)
    service.save(force_insert=True)
    _bring(service, lists)
    journal.record(service, "servicetemplate.added", by=by, name=service.name, new=facts(service))
    return service


@transaction.atomic
def change_service(
    service: ServiceTemplate,
    values: Mapping[str, Any],
    lists: Iterable[ChecklistTemplate] = (),
    *,
    seen: str,
    by: Actor,
) -> ServiceTemplate:
    """What the next order's tickets start with. Raises as `add_service`, and Refused("article_changed_meanwhile")."""
    by.require("order.manage")
    service = ServiceTemplate.objects.select_for_update(of=("self",), no_key=True).get(pk=service.pk)
    if seen != fingerprint(service):
        raise Refused("article_changed_meanwhile", name=service.name)
    before = facts(service)
    _write(service, values)
    _name_is_free(service)
    service.save()
    _bring(service, lists)
    after = facts(service)
    if changed := sorted(name for name in after if before[name] != after[name]):
        old, new = ({name: side[name] for name in changed} for side in (before, after))
        journal.record(service, "servicetemplate.changed", by=by, name=service.name, old=old, new=new)
    return service


def checklists_of(service: ServiceTemplate) -> list[ChecklistTemplate]:
    """The checklists it brings, by name."""
    rows = ServiceChecklist.objects.filter(template=service).select_related("checklist") if service.pk else []
    return sorted((row.checklist for row in rows), key=lambda one: (one.name, one.pk))


def _name_is_free(service: ServiceTemplate) -> None:
    if ServiceTemplate.objects.filter(name=service.name).exclude(pk=service.pk).exists():
        raise Refused("name_taken", name=service.name)


def _bring(service: ServiceTemplate, lists: Iterable[ChecklistTemplate]) -> None:
    wanted = {one.pk for one in lists}
    rows = ServiceChecklist.objects.filter(template=service)
    there = set(rows.values_list("checklist", flat=True))
    rows.exclude(checklist__in=wanted).delete()
    ServiceChecklist.objects.bulk_create(
        ServiceChecklist(template=service, checklist_id=pk) for pk in sorted(wanted - there)
    )


# Both ---------------------------------------------------------------------------------------------------------------
@transaction.atomic
def retire(row: Article | ServiceTemplate, *, by: Actor) -> Any:
    """Offer it no more. What was ordered keeps it."""
    return _switch(row, False, by)


@transaction.atomic
def restore(row: Article | ServiceTemplate, *, by: Actor) -> Any:
    """Offer it again."""
    return _switch(row, True, by)


def _switch(row: Any, is_active: bool, by: Actor) -> Any:
    by.require("order.manage")
    row = type(row)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    if row.is_active != is_active:
        row.is_active = is_active
        row.save(update_fields=["is_active"])
        journal.record(row, f"{row._meta.model_name}.{'restored' if is_active else 'retired'}", by=by, name=row.name)
    return row


def fingerprint(row: Article | ServiceTemplate) -> str:
    """The row as a form showed it, to see whether somebody changed it meanwhile."""
    return hashlib.sha256(json.dumps(facts(row), sort_keys=True).encode()).hexdigest()[:16] if row.pk else ""


def facts(row: Article | ServiceTemplate) -> dict[str, Any]:
    """The row as plain data, what hangs on it too: what it points at by name."""
    found: dict[str, Any] = {}
    for name in COLUMNS[type(row)]:
        value = getattr(row, name)
        found[name] = value if value is None or isinstance(value, str | int | bool) else str(value)
    if isinstance(row, Article):
        found["packaging"] = [[one.name, str(one.factor), str(one.price)] for one in packagings_of(row)]
    else:
        found["checklists"] = [one.name for one in checklists_of(row)]
    return found


def _write(row: Article | ServiceTemplate, values: Mapping[str, Any]) -> None:
    for name in COLUMNS[type(row)]:
        if name in values:
            setattr(row, name, values[name])
