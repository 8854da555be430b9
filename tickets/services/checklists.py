"""The checklists of a ticket (it-house spec): put on it, worked through one item at a time, taken off unused."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from psa.journal import journal
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from tickets import guards, permissions, readers
from tickets.models import (
    Attachment,
    Audience,
    Category,
    CategoryChecklist,
    Checklist,
    ChecklistItem,
    ChecklistTemplate,
    ChecklistVersion,
    CheckState,
    Evidence,
    Item,
    Source,
    TemplateItem,
    Ticket,
)
from tickets.models.checklists import ACTIVE
from tickets.models.status import IN_REVIEW
from tickets.readers import Reader
from tickets.services import files
from tickets.services.locking import lock

# What an item on a ticket takes over from the item of the template.
TAKEN_OVER = ("position", "text", "texts", "is_required", "evidence", "unit", "for_customer", "for_partner")
MOST_ITEMS = 200
NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)


# Lists ----------------------------------------------------------------------------------------------------------------
@transaction.atomic
def add(ticket: Ticket, template: ChecklistTemplate, *, by: Actor, key: UUID | None = None) -> Checklist:
    """Put the present version of a template on the ticket. The same `key` again is the same list, not a second one.

    Raises Refused("checklist_is_retired"), ("ticket_is_closed"), ("checklist_waits") while the customer looks at the
    work, ("too_many_checklist_items"), Denied.
    """
    ticket = _open_to(ticket, by)
    if there := Checklist.objects.filter(key=key, ticket=ticket).first():
        return there
    version = ChecklistVersion.objects.filter(template=template, number=template.version, template__is_active=True)
    if (present := version.first()) is None:
        raise Refused("checklist_is_retired", name=template.name)
    made = _put(ticket, present, key or uuid.uuid4(), by)
    count(ticket)
    return made


@transaction.atomic
def add_item(
    ticket: Ticket,
    text: str,
    *,
    by: Actor,
    is_required: bool = False,
    for_partner: bool = False,
    for_customer: bool = False,
    evidence: str = Evidence.NONE,
    unit: str = "",
    key: UUID | None = None,
) -> ChecklistItem:
    """Put one item of one's own on the ticket, in the list of such items. The same `key` again is the same item.

    Raises Refused("ticket_is_closed"), ("checklist_waits"), ("too_many_checklist_items"), Denied.
    """
    ticket = _open_to(ticket, by)
    if there := ChecklistItem.objects.filter(key=key, ticket=ticket).first():
        return there
    _room_for(ticket, 1)
    own = Checklist.objects.filter(ticket=ticket, made_from=None, partner="").first()
    own = own or Checklist.objects.create(ticket=ticket)
    last = ChecklistItem.objects.filter(checklist=own).aggregate(last=Max("position"))["last"]
    shown = TemplateItem(
        position=0 if last is None else last + 1,
        text=text,
        is_required=is_required,
        for_partner=for_partner,
        for_customer=for_customer,
        evidence=evidence,
        unit=unit if evidence == Evidence.VALUE else "",
    )
    item = _item(ticket, own, shown, key or uuid.uuid4(), by)
    item.save(force_insert=True)
    journal.record(ticket, "checklist.extended", by=by, **_facts(item))
    _tell_partner([item], by)
    count(ticket)
    return item


@transaction.atomic
def remove(checklist: Checklist, *, by: Actor) -> None:
    """Take a list off the ticket as long as nothing on it is settled. Raises Refused("checklist_is_in_use"), Denied."""
    ticket = lock(checklist.ticket)
    items = list(_standing(ticket).filter(checklist=checklist))
    if not items:
        raise Refused("item_is_gone")
    found = guards.refusals(ticket, "checklistitem.remove", items, by)
    if refused := found.get(None) or next((found[item] for item in items if item in found), None):
        raise refused
    permissions.require(ticket, "checklist.tick", by)
    if not all(item.is_open for item in items):
        raise Refused("checklist_is_in_use")
    for item in items:
        item.removed_at, item.removal = timezone.now(), Item.Removal.DELETED
        item.version += 1
        item.save(update_fields=["removed_at", "removal", "version"])
        if item.audience == Audience.PARTNER:
            journal.record(ticket, "checklistitem.removed", by=by, **_facts(item))
    journal.record(ticket, "checklist.removed", by=by, **_named(checklist), items=len(items))
    count(ticket)


@transaction.atomic
def attach_usual(ticket: Ticket, *, by: Actor) -> None:
    """Put the checklists on the ticket that its category brings along. The ticket is locked and was just accepted."""
    if ticket.category_id is None:
        return
    brought = CategoryChecklist.objects.filter(category=ticket.category_id, template__is_active=True)
    rows = brought.select_related("template").order_by("template__name", "pk")
    bring(ticket, [row.template for row in rows], by=by)


@transaction.atomic
def bring(ticket: Ticket, templates: Sequence[ChecklistTemplate], *, by: Actor) -> None:
    """Put the present versions of these on a locked ticket, but for those it has. What brings them – a category, an
    order – is the right: who it happens under need not work checklists."""
    there = set(Checklist.objects.filter(ticket=ticket).values_list("made_from__template", flat=True))
    wanted = [one for one in templates if one.pk not in there]
    for template in wanted:
        version = ChecklistVersion.objects.get(template=template, number=template.version)
        _put(ticket, version, uuid.uuid4(), by)
    if wanted:
        count(ticket)


@transaction.atomic
def bring_along(category: Category, templates: Iterable[ChecklistTemplate], *, by: Actor) -> None:
    """Say which checklists tickets of this category get when they are accepted. Raises Denied."""
    by.require("category.manage")
    wanted = {template.pk: template for template in templates}
    rows = CategoryChecklist.objects.filter(category=category)
    old = sorted(rows.values_list("template", flat=True))
    if old == sorted(wanted):
        return
    rows.exclude(template__in=wanted).delete()
    for pk in sorted(set(wanted) - set(old)):
        CategoryChecklist.objects.create(category=category, template=wanted[pk])
    journal.record(category, "category.checklists_set", by=by, old=old, new=sorted(wanted))


def usual(category: Category) -> list[ChecklistTemplate]:
    """The checklists a category brings along, for its page."""
    rows = CategoryChecklist.objects.filter(category=category).select_related("template")
    return [row.template for row in rows.order_by("template__name", "pk")]


@transaction.atomic
def go_along(ticket: Ticket, keys: Iterable[str], handover: UUID, *, by: Actor) -> list[Item]:
    """The chosen open items marked for the partner go with this handover; from now on the partner ticks them."""
    chosen = _standing(ticket).filter(key__in=list(keys), for_partner=True, state=CheckState.OPEN, received_at=None)
    items: list[Item] = []
    for item in chosen.order_by("checklist", "position", "pk"):
        item.audience, item.handover = Audience.PARTNER, handover
        item.version += 1
        item.save(update_fields=["audience", "handover", "version"])
        items.append(item)
    return items


# Items ----------------------------------------------------------------------------------------------------------------
@transaction.atomic
def tick(item: ChecklistItem, *, by: Actor, proof: str = "", photo: UUID | None = None) -> ChecklistItem:
    """It is done: who, when, and what shows it. Raises Refused("checklist_item_is_settled"), ("evidence_missing"),
    ("not_a_number"), ("checklist_waits"), Denied."""
    ticket, item = _ready(item, by)
    if not item.is_open:
        raise Refused("checklist_item_is_settled", name=item.acted_by, text=item.said)
    item.tick(by.name, timezone.now(), *_evidence(item, proof, photo))
    return _settled(ticket, item, "ticked", by)


class _Ticks:
    """The part of a photo's form that ticks the item the photo shows, in the photo's own transaction."""

    template = ""

    def __init__(self, item: ChecklistItem) -> None:
        self.item = item

    def is_valid(self) -> bool:
        """A photo has nothing more to fill in."""
        return True

    def save(self, item: Item, *, by: Actor) -> None:
        """Tick with the photo that was just hung on the ticket."""
        tick(self.item, by=by, photo=item.key)


def tick_with_photo(item: ChecklistItem, upload: Any, *, by: Actor) -> ChecklistItem:
    """Tick an item that asks for a photo: the photo becomes a file of the ticket and both stand, or neither.

    Raises what `tick` and `files.attach` raise, and Refused("not_a_photo").
    """
    with transaction.atomic():
        ticket, now = _ready(item, by)
    if not now.is_open:
        raise Refused("checklist_item_is_settled", name=now.acted_by, text=now.said)
    if files.type_of(upload) not in files.PICTURES:
        raise Refused("not_a_photo")
    files.attach(ticket, upload, _readers_of(ticket, now), by=by, parts=(_Ticks(now),))
    now.refresh_from_db()
    return now


@transaction.atomic
def skip(item: ChecklistItem, reason: str, *, by: Actor) -> ChecklistItem:
    """Not applicable here, and why. Raises Refused("reason_missing"), ("checklist_item_is_settled"), Denied."""
    ticket, item = _ready(item, by)
    if not item.is_open:
        raise Refused("checklist_item_is_settled", name=item.acted_by, text=item.said)
    item.skip(by.name, timezone.now(), _reason(reason))
    return _settled(ticket, item, "skipped", by)


@transaction.atomic
def untick(item: ChecklistItem, reason: str, *, by: Actor, version: int | None = None) -> ChecklistItem:
    """It has to be done after all, and why. `version` is the one the page showed.

    Raises Refused("reason_missing"), ("changed_meanwhile"), ("checklist_item_is_open"), Denied.
    """
    ticket, item = _ready(item, by)
    if item.is_open:
        raise Refused("checklist_item_is_open", text=item.said)
    if version is not None and version != item.version:
        raise Refused("changed_meanwhile")
    item.untick(by.name, _reason(reason))
    return _settled(ticket, item, "unticked", by)


def count(ticket: Ticket) -> None:
    """Keep n and m on a locked ticket, in the transaction that changed them."""
    settled = Count("pk", filter=~Q(state=CheckState.OPEN))
    found = _standing(ticket).aggregate(done=settled, total=Count("pk"))
    ticket.checklist_done, ticket.checklist_total = found["done"], found["total"]
    ticket.last_activity = timezone.now()
    ticket.save(update_fields=["checklist_done", "checklist_total", "last_activity"])


# What is still open ---------------------------------------------------------------------------------------------------
def open_required(ticket: Ticket) -> list[ChecklistItem]:
    """The required items nobody has settled yet, in the order of the page; no query where every item is settled."""
    if ticket.checklist_done >= ticket.checklist_total:
        return []
    rows = _standing(ticket).filter(is_required=True, state=CheckState.OPEN)
    return list(rows.order_by("checklist", "position", "pk"))


def refusal(ticket: Ticket) -> Refused | None:
    """The no that stands against saying the work is done, naming the open items."""
    found = open_required(ticket)
    if not found:
        return None
    return Refused("checklist_is_open", way_out="tickets:checklists", items=[item.said for item in found])


def require_settled(ticket: Ticket) -> None:
    """Raise Refused("checklist_is_open") while a required item is open. The ticket must be locked."""
    if refused := refusal(ticket):
        raise refused


@guards.register("ticket.submit", "ticket.deployed", "ticket.close")
def ending(ticket: Ticket, verb: str, items: Sequence[Item], by: Actor) -> guards.Refusals:
    """Work is neither put before the customer nor closed over an open required item, on a page, in bulk or by a rule
    (it-house spec, "Checklists"; lifecycle spec 13, 19, 25)."""
    refused = refusal(ticket)
    return {None: refused} if refused else {}


# How it is done -------------------------------------------------------------------------------------------------------
def _standing(ticket: Ticket) -> Any:
    return ChecklistItem.objects.filter(ticket=ticket, removed_at=None)


def _open_to(ticket: Ticket, by: Actor) -> Ticket:
    ticket = lock(ticket)
    guards.check(ticket, "checklistitem.add", by)
    permissions.require(ticket, "checklist.tick", by)
    if not ticket.is_open:
        raise Refused("ticket_is_closed")
    if ticket.status in IN_REVIEW:
        raise Refused("checklist_waits", status=ticket.status)
    return ticket


def _ready(item: ChecklistItem, by: Actor) -> tuple[Ticket, ChecklistItem]:
    """Both locked, and nothing against it: still there, the guards, the right, somebody works on the ticket."""
    ticket = lock(item.ticket)
    now = ChecklistItem.objects.select_for_update(of=("self",), no_key=True).get(pk=item.pk)
    now.ticket = ticket
    if now.is_removed:
        raise Refused("item_is_gone")
    guards.check(ticket, "checklistitem.tick", by, now)
    permissions.require(ticket, "checklist.tick", by)
    if ticket.status not in ACTIVE:
        raise Refused("checklist_waits", status=ticket.status)
    return ticket, now


def _settled(ticket: Ticket, item: ChecklistItem, verb: str, by: Actor) -> ChecklistItem:
    item.version += 1
    item.save(update_fields=["state", "settled_at", "acted_by", "proof", "photo", "reason", "version"])
    count(ticket)
    journal.record(ticket, f"checklistitem.{verb}", by=by, **_facts(item))
    return item


def _put(ticket: Ticket, version: ChecklistVersion, key: UUID, by: Actor) -> Checklist:
    template_items = list(TemplateItem.objects.filter(checklist_version=version))
    _room_for(ticket, len(template_items))
    made = Checklist.objects.create(ticket=ticket, key=key, made_from=version, name=version.name, names=version.names)
    items = [_item(ticket, made, one, uuid.uuid4(), by) for one in template_items]
    ChecklistItem.objects.bulk_create(items)
    named = _named(made)
    journal.record(ticket, "checklist.added", by=by, **named, version=version.number, items=len(items))
    _tell_partner(items, by)
    return made


def _item(ticket: Ticket, checklist: Checklist, shown: TemplateItem, key: UUID, by: Actor) -> ChecklistItem:
    item = ChecklistItem(
        ticket=ticket,
        checklist=checklist,
        key=key,
        author_id=by.membership_id,
        author_name=by.name,
        **{name: getattr(shown, name) for name in TAKEN_OVER},
    )
    if item.for_partner and (partner := _partner(ticket)):
        item.audience, item.handover = Audience.PARTNER, partner.handover
    return item


def _partner(ticket: Ticket) -> Reader | None:
    """The partner who works on our ticket. On an insourced one the other company is the lead, and ticks nothing."""
    if ticket.source == Source.INSOURCED:
        return None
    return next((one for one in readers.readers(ticket) if one.audience == Audience.PARTNER), None)


def _tell_partner(items: Iterable[ChecklistItem], by: Actor) -> None:
    for item in items:
        if item.audience == Audience.PARTNER:
            journal.record(item.ticket, "checklistitem.added", by=by, **_facts(item))


def _readers_of(ticket: Ticket, item: ChecklistItem) -> Reader:
    """Who sees the photo: whoever sees the tick. What we do on our own ticket is ours."""
    if item.is_copy:
        return Reader(Audience.PARTNER, item.author_name, item.handover)
    return Reader(Audience.INTERNAL, ticket.tenant.name)


def _room_for(ticket: Ticket, more: int) -> None:
    if ticket.checklist_total + more > MOST_ITEMS:
        raise Refused("too_many_checklist_items", most=MOST_ITEMS)


def _reason(reason: str) -> str:
    if not (said := reason.strip()):
        raise Refused("reason_missing")
    return said[:500]


def _evidence(item: ChecklistItem, proof: str, photo: UUID | None) -> tuple[str, UUID | None]:
    """What the item asks for, and nothing else."""
    proof = proof.strip()[:500]
    if item.evidence == Evidence.NONE:
        return "", None
    if item.evidence == Evidence.PHOTO:
        shown = Attachment.objects.filter(ticket=item.ticket, key=photo, removed_at=None)
        if photo is None or not shown.filter(file__content_type__in=files.PICTURES).exists():
            raise Refused("evidence_missing", evidence=item.evidence)
        return "", photo
    if not proof:
        raise Refused("evidence_missing", evidence=item.evidence)
    return (_number(proof) if item.evidence == Evidence.VALUE else proof), None


def _number(typed: str) -> str:
    """A measured value as it is kept: with a point, whatever was typed."""
    bare = typed.replace(" ", "").replace("\u00a0", "").replace("−", "-")
    bare = bare.replace(",", ".") if bare.count(",") == 1 and "." not in bare else bare
    if not NUMBER.fullmatch(bare):
        raise Refused("not_a_number")
    return bare


def _named(checklist: Checklist) -> dict[str, Any]:
    return {"list": str(checklist.key), "name": checklist.name, "names": checklist.names}


def _facts(item: ChecklistItem) -> dict[str, Any]:
    handover = str(item.handover) if item.handover else None
    return {
        "item": str(item.key),
        "id": item.pk,
        "audience": item.audience,
        "handover": handover,
        "version": item.version,
        "text": item.text,
        "texts": item.texts,
        "state": item.state,
        "evidence": item.evidence,
        "unit": item.unit,
        "proof": item.proof,
        "reason": item.reason,
    }
