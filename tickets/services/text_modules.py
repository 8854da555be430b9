"""Text modules: written, changed, retired; and made ready for one ticket and its reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, Value
from django.utils import timezone, translation
from django.utils.formats import date_format

from psa.journal import journal
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Tenant
from tickets import texts
from tickets.models import Queue, TextKind, TextModule, TextVariant, Ticket
from tickets.words import fold

MOST_FOUND = 8
# Texts for the customer speak the customer's language, the others the writer's.
FOR_CUSTOMERS = frozenset({TextKind.MAIL, TextKind.SOLUTION})


@dataclass(frozen=True, slots=True)
class Wording:
    """What a text module says: its kind, name, keyword, whose it is (queue or member, or the company's), its texts."""

    kind: str
    name: str
    keyword: str
    queue: Queue | None
    is_own: bool
    variants: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ready:
    """A text module as it is inserted: filled for one ticket, in one language."""

    pk: int
    name: str
    keyword: str
    kind: str
    language: str
    text: str


@transaction.atomic
def add(wording: Wording, *, by: Actor) -> TextModule:
    """A new text module. Raises Refused("placeholder_unknown"), ("text_missing"), Denied."""
    _check(wording)
    module = TextModule(member_id=by.membership_id if wording.is_own else None)
    _may(module, wording, by)
    _write(module, wording)
    module.save(force_insert=True)
    _say(module, wording.variants)
    journal.record(module, "text_module.added", by=by, name=module.name, kind=module.kind, **_whose(module))
    return module


@transaction.atomic
def change(module: TextModule, wording: Wording, *, version: int, by: Actor) -> TextModule:
    """Other words. `version` is the one the form showed. Raises Refused("text_changed_meanwhile") and as `add`."""
    _check(wording)
    module = _locked(module, by)
    if version != module.version:
        raise Refused("text_changed_meanwhile", name=module.name)
    old = {"name": module.name, "kind": module.kind, "keyword": module.keyword, **_whose(module), **_texts(module)}
    module.member_id = (module.member_id or by.membership_id) if wording.is_own else None
    _may(module, wording, by)
    _write(module, wording)
    new = {"name": module.name, "kind": module.kind, "keyword": module.keyword, **_whose(module)}
    new |= {f"text.{language}": text for language, text in wording.variants.items() if text}
    if old != new:
        module.version, module.changed_at = module.version + 1, timezone.now()
        module.save()
        _say(module, wording.variants)
        changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        before, after = ({name: side.get(name) for name in sorted(changed)} for side in (old, new))
        journal.record(module, "text_module.changed", by=by, name=module.name, old=before, new=after)
    return module


@transaction.atomic
def retire(module: TextModule, *, by: Actor) -> TextModule:
    """Offer it no more. What was written with it stays."""
    return _set_active(module, False, "text_module.retired", by)


@transaction.atomic
def restore(module: TextModule, *, by: Actor) -> TextModule:
    """Offer it again."""
    return _set_active(module, True, "text_module.restored", by)


def _set_active(module: TextModule, is_active: bool, kind: str, by: Actor) -> TextModule:
    module = _locked(module, by)
    if module.is_active != is_active:
        module.is_active, module.version = is_active, module.version + 1
        module.save(update_fields=["is_active", "version"])
        journal.record(module, kind, by=by, name=module.name)
    return module


def _locked(module: TextModule, by: Actor) -> TextModule:
    rows = TextModule.objects.editable_by(by).select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk=module.pk).first()
    if found is None:
        raise Denied("textmodule.manage")
    return found


def _may(module: TextModule, wording: Wording, by: Actor) -> None:
    """One's own is everybody's to write; the company's and a team's take the right."""
    if wording.is_own and by.membership_id is None:
        raise Denied("textmodule.manage")
    if not wording.is_own:
        by.require("textmodule.manage")


def _check(wording: Wording) -> None:
    known = placeholders(wording.kind)
    for text in wording.variants.values():
        if wrong := texts.unknown(text, known):
            raise Refused("placeholder_unknown", names=", ".join(wrong), known=", ".join(known))
    if not any(wording.variants.values()):
        raise Refused("text_missing")


def placeholders(kind: str) -> tuple[str, ...]:
    """What a text of this kind may name: the first text of a ticket is written before it has a number."""
    barred = texts.OF_A_TICKET if kind == TextKind.TICKET else frozenset()
    return tuple(name for name in texts.PLACEHOLDERS if name not in barred)


def _write(module: TextModule, wording: Wording) -> None:
    module.kind, module.name, module.keyword = wording.kind, wording.name, wording.keyword
    module.queue = None if wording.is_own else wording.queue
    said = " ".join(text[:2000] for text in wording.variants.values())
    module.search_text = fold(f"{wording.keyword} {wording.name} {said}")


def _say(module: TextModule, variants: Mapping[str, str]) -> None:
    TextVariant.objects.filter(module=module).delete()
    TextVariant.objects.bulk_create(
        TextVariant(module=module, language=language, text=text) for language, text in variants.items() if text
    )


def _texts(module: TextModule) -> dict[str, str]:
    return {f"text.{language}": text for language, text in variants_of(module).items()}


def _whose(module: TextModule) -> dict[str, Any]:
    return {"queue": module.queue_id, "member": module.member_id}


def variants_of(module: TextModule) -> dict[str, str]:
    """What it says, by language."""
    return dict(TextVariant.objects.filter(module=module).values_list("language", "text"))


# Made ready -----------------------------------------------------------------------------------------------------------
def values(ticket: Ticket, by: Actor, me: Membership | None = None) -> dict[str, str]:
    """The words behind the placeholders, in the active language: of this ticket, saved or not, and of this writer."""
    contact, place = ticket.contact, ticket.location
    me = me or _me(by)
    found = {
        "customer.name": str(ticket.company) if ticket.company_id else "",
        "contact.name": contact.name if contact else "",
        "contact.phone": contact.phone if contact else "",
        "contact.email": contact.email if contact else "",
        "location.name": place.name if place else "",
        "location.address": ", ".join(filter(None, (place.street, f"{place.postal_code} {place.city}".strip())))
        if place
        else "",
        "me.name": by.name,
        "me.phone": me.phone if me else "",
        "me.email": me.email if me else "",
        "us.name": by.company,
        "date.today": date_format(timezone.localdate(), "SHORT_DATE_FORMAT"),
    }
    if ticket.pk:
        found |= {
            "ticket.number": str(ticket.number),
            "ticket.title": ticket.title,
            "ticket.due": date_format(timezone.localtime(ticket.due_at), "SHORT_DATETIME_FORMAT")
            if ticket.due_at
            else "",
            "ticket.queue": str(ticket.queue),
            "ticket.category": str(ticket.category or ""),
        }
    return found


def _me(by: Actor) -> Membership | None:
    return Membership.objects.filter(pk=by.membership_id).first()


def languages(kind: str, ticket: Ticket, by: Actor) -> tuple[str, ...]:
    """The languages a text is wanted in, best first: the customer's for the customer, the writer's for us."""
    home = Tenant.objects.values_list("language", flat=True).get(pk=scope.tenant_id())
    if kind not in FOR_CUSTOMERS:
        return (by.language, home)
    theirs = (
        getattr(ticket.contact, "language", ""),
        getattr(ticket.company, "language", "") if ticket.company_id else "",
    )
    return (*(code for code in theirs if code), home)


def find(kinds: Iterable[str], words: str, ticket: Ticket, by: Actor, limit: int = MOST_FOUND) -> list[Ready]:
    """The text modules that fit what was typed, best first, ready to be inserted. Two statements and the ticket's."""
    wanted = fold(words.strip())[:60]
    rows = TextModule.objects.visible_to(by).filter(is_active=True, kind__in=list(kinds))
    for word in wanted.split():
        rows = rows.filter(search_text__contains=word)
    first: Any = Q(keyword__iexact=words.strip()) if wanted else Value(False)
    found = list(rows.annotate(fits=first).order_by("-fits", "name", "pk")[:limit])
    said: dict[int, dict[str, str]] = {}
    for module, language, text in TextVariant.objects.filter(module__in=found).values_list(
        "module_id", "language", "text"
    ):
        said.setdefault(module, {})[language] = text
    return ready(found, said, ticket, by)


def ready(found: Iterable[TextModule], said: Mapping[int, Mapping[str, str]], ticket: Ticket, by: Actor) -> list[Ready]:
    """These text modules, each in the language of its reader and filled for this ticket."""
    made, wanted, filled, me = [], {}, {}, _me(by)
    for module in found:
        for_customers = module.kind in FOR_CUSTOMERS
        if for_customers not in wanted:
            wanted[for_customers] = languages(module.kind, ticket, by)
        language, text = texts.choose(said.get(module.pk, {}), wanted[for_customers])
        if language not in filled:
            with translation.override(language or None):
                filled[language] = values(ticket, by, me)
        words = texts.fill(text, filled[language])
        made.append(Ready(module.pk, module.name, module.keyword, module.kind, language, words))
    return made


# What is saved --------------------------------------------------------------------------------------------------------
def finished(text: str, by: Actor) -> str:
    """A text as it may be saved: fill-ins of text modules that may stay empty are dropped, what must not is refused.

    What a partner or the system brings is taken as it is. Raises Refused("fill_ins_missing").
    """
    if not by.is_person or "[[" not in text:
        return text
    if missing := texts.unfilled(text):
        raise Refused("fill_ins_missing", names=", ".join(missing))
    asked = texts.fill_ins(text)
    if not asked:
        return text
    ours = TextVariant.objects.filter(text__contains="[[").values_list("text", flat=True)
    return texts.without(text, set(asked) & {label for one in ours for label in texts.fill_ins(one)})
