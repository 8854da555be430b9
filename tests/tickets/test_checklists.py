"""Checklists, rule by rule (it-house spec "Checklists", lifecycle moves 2, 13 and 25, rights of the desk spec)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership
from psa.web import refusals
from tests.conftest import acting
from tests.pictures import PNG
from tickets import services
from tickets.models import (
    Attachment,
    Category,
    ChecklistItem,
    ChecklistTemplate,
    ChecklistVersion,
    Ticket,
)
from tickets.services import checklist_templates as templates
from tickets.services import checklists
from tickets.services.checklist_templates import ItemDraft

PHOTO = (PNG, "image/png")
# Every kind of evidence: what is refused without it, what is given, and what is kept.
EVIDENCE = (
    ("note", "Restored one file", "Restored one file"),
    ("serial", "  SN-0815 ", "SN-0815"),
    ("value", "12,5", "12.5"),
)


def draft(text: str = "Check the backup", **more: Any) -> ItemDraft:
    return ItemDraft(text, {"en": text}, **more)


def template_of(max: Membership, *items: ItemDraft, name: str = "Backup") -> ChecklistTemplate:
    with acting(max) as by:
        return templates.save(None, name, {"en": name}, items or (draft(),), by=by)


@pytest.fixture
def work(ticket: Ticket, max: Membership) -> Ticket:
    """The ticket, accepted by Max."""
    with acting(max) as by:
        return services.accept(ticket, by=by)


@pytest.fixture
def put(work: Ticket, max: Membership) -> Callable[..., list[ChecklistItem]]:
    """Put a list of these items on the ticket; the items, in order."""

    def on_ticket(*items: ItemDraft) -> list[ChecklistItem]:
        template = template_of(max, *items)
        with acting(max) as by:
            made = checklists.add(work, template, by=by)
            return list(ChecklistItem.objects.filter(checklist=made).order_by("position"))

    return on_ticket


def fresh(row: Any) -> Any:
    with scope.tenant(row.tenant_id):
        return type(row)._default_manager.get(pk=row.pk)


def counts(ticket: Ticket) -> tuple[int, int]:
    now = fresh(ticket)
    return now.checklist_done, now.checklist_total


def refused(code: str, call: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as refusal:
        call()
    assert refusal.value.code == code
    return refusal.value


# Templates ------------------------------------------------------------------------------------------------------------
def test_a_ticket_keeps_the_version_it_was_given(work: Ticket, max: Membership) -> None:
    template = template_of(max, draft("Old words"))
    with acting(max) as by:
        before = checklists.add(work, template, by=by)
        template = templates.save(template, "Backup", {}, [draft("New words"), draft("Second")], by=by, version=1)
        after = checklists.add(work, template, by=by)
        said = {
            one.made_from.number: list(
                ChecklistItem.objects.filter(checklist=one).order_by("position").values_list("text", flat=True)
            )
            for one in (before, after)
        }
    assert said == {1: ["Old words"], 2: ["New words", "Second"]}
    assert counts(work) == (0, 3)


def test_saving_what_has_not_changed_makes_no_version(max: Membership, nordlicht: Any) -> None:
    template = template_of(max, draft())
    with acting(max) as by:
        same = templates.save(template, "Backup", {"en": "Backup"}, [draft()], by=by, version=1)
        assert same.version == ChecklistVersion.objects.count() == 1


def test_a_stale_template_form_changes_nothing(max: Membership, nordlicht: Any) -> None:
    template = template_of(max)
    with acting(max) as by:
        templates.save(template, "Backup", {}, [draft("Mine")], by=by, version=1)
        refused(
            "changed_meanwhile", lambda: templates.save(template, "Backup", {}, [draft("Theirs")], by=by, version=1)
        )
        assert [one.text for one in templates.drafts(templates.present(fresh(template)))] == ["Mine"]


def test_a_retired_template_gives_no_list_and_takes_none_away(work: Ticket, max: Membership) -> None:
    template = template_of(max)
    with acting(max) as by:
        checklists.add(work, template, by=by)
        templates.retire(template, by=by)
        refused("checklist_is_retired", lambda: checklists.add(work, template, by=by))
        assert counts(work) == (0, 1)
        templates.restore(template, by=by)
        checklists.add(work, template, by=by)
    assert counts(work) == (0, 2)


def test_a_template_needs_items(max: Membership, nordlicht: Any) -> None:
    with acting(max) as by:
        refused("checklist_without_items", lambda: templates.save(None, "Empty", {}, [], by=by))
        assert not ChecklistTemplate.objects.exists()


def test_an_item_is_read_in_the_readers_language(put: Any) -> None:
    (item,) = put(ItemDraft("Datensicherung prüfen", {"de": "Datensicherung prüfen", "lv": "Pārbaudīt dublējumu"}))
    for language, said in (("lv", "Pārbaudīt dublējumu"), ("de", "Datensicherung prüfen"), ("en", item.text)):
        with translation.override(language):
            assert item.said == said, language


# Lists on a ticket ----------------------------------------------------------------------------------------------------
def test_a_second_press_puts_no_second_list_on(work: Ticket, max: Membership) -> None:
    template = template_of(max)
    key = uuid4()
    with acting(max) as by:
        first, second = (checklists.add(work, template, by=by, key=key) for _ in range(2))
        other = uuid4()
        one, same = (checklists.add_item(work, "Ask Cleo", by=by, key=other) for _ in range(2))
    assert first == second and one == same
    assert counts(work) == (0, 2)


def test_the_category_brings_its_checklists_when_the_ticket_is_accepted(ticket: Ticket, max: Membership) -> None:
    template, retired = template_of(max), template_of(max, name="Retired")
    with acting(max) as by:
        category = Category.objects.create(name="Backup")
        checklists.bring_along(category, [template, retired], by=by)
        templates.retire(retired, by=by)
        services.edit(ticket, by=by, category=category)
        assert counts(ticket) == (0, 0)
        services.accept(ticket, by=by)
        assert [one.name for one in checklists.usual(category)] == ["Backup", "Retired"]
    assert counts(ticket) == (0, 1)


def test_a_list_comes_off_only_unused(put: Any, work: Ticket, max: Membership) -> None:
    items = put(draft("One"), draft("Two"))
    with acting(max) as by:
        checklists.tick(items[0], by=by)
        refused("checklist_is_in_use", lambda: checklists.remove(items[0].checklist, by=by))
        checklists.untick(items[0], "Wrong list", by=by)
        checklists.remove(items[0].checklist, by=by)
        refused("item_is_gone", lambda: checklists.remove(items[0].checklist, by=by))
        refused("item_is_gone", lambda: checklists.tick(items[1], by=by))
    assert counts(work) == (0, 0)


# Ticking --------------------------------------------------------------------------------------------------------------
def test_items_are_ticked_one_at_a_time_with_who_and_when(put: Any, work: Ticket, max: Membership) -> None:
    first, second = put(draft("One"), draft("Two"))
    with acting(max) as by:
        checklists.tick(first, by=by)
        now, other, entry = fresh(first), fresh(second), Entry.objects.get(kind="checklistitem.ticked")
    assert (now.state, now.acted_by, other.state) == ("done", "Max Petersen", "open")
    assert now.settled_at is not None
    assert (entry.by_id, entry.data["text"]) == (max.pk, "One")
    assert counts(work) == (1, 2)
    assert not [name for name in vars(checklists) if "all" in name.split("_")], "there is no tick-all"


def test_evidence_is_asked_for_and_kept(put: Any, max: Membership) -> None:
    items = put(*(draft(kind, evidence=kind, unit="V") for kind, _given, _kept in EVIDENCE))
    with acting(max) as by:
        for item, (kind, given, kept) in zip(items, EVIDENCE, strict=True):
            refused("evidence_missing", lambda item=item: checklists.tick(item, by=by, proof="  "))
            assert fresh(item).is_open, kind
            assert checklists.tick(item, by=by, proof=given).proof == kept


def test_a_measured_value_is_a_number(put: Any, max: Membership) -> None:
    (item,) = put(draft(evidence="value"))
    with acting(max) as by:
        for typed in ("twelve", "1.2.3", "NaN", "Infinity", "1e999999999"):
            refused("not_a_number", lambda typed=typed: checklists.tick(item, by=by, proof=typed))
    assert fresh(item).is_open


def test_a_photo_is_a_file_of_the_ticket_and_stands_or_falls_with_the_tick(put: Any, max: Membership) -> None:
    (item,) = put(draft(evidence="photo"))
    with acting(max) as by:
        text = SimpleUploadedFile("photo.txt", b"words", "text/plain")
        refused("not_a_photo", lambda: checklists.tick_with_photo(item, text, by=by))
        refused("evidence_missing", lambda: checklists.tick(item, by=by))
        assert not Attachment.objects.exists()
        checklists.tick_with_photo(item, SimpleUploadedFile("rack.png", *PHOTO), by=by)
        again = SimpleUploadedFile("rack2.png", *PHOTO)
        refused("checklist_item_is_settled", lambda: checklists.tick_with_photo(item, again, by=by))
        assert fresh(item).photo == Attachment.objects.get().key


def test_whoever_comes_second_reads_who_was_faster(put: Any, max: Membership, ada: Membership, work: Ticket) -> None:
    (item,) = put(draft("Door closed"))
    with acting(max) as by:
        services.assign(work, ada, by=by)
    with acting(ada) as by:
        checklists.tick(item, by=by)
    with acting(max) as by:
        refusal = refused("checklist_item_is_settled", lambda: checklists.tick(item, by=by))
        refused("checklist_item_is_settled", lambda: checklists.skip(item, "No door", by=by))
        assert Entry.objects.filter(kind="checklistitem.ticked").count() == 1
    assert "Ada Brandt" in refusals.explain(refusal)
    assert fresh(item).acted_by == "Ada Brandt"


def test_unticking_and_not_applicable_need_a_reason(put: Any, max: Membership, work: Ticket) -> None:
    (item,) = put(draft())
    with acting(max) as by:
        refused("reason_missing", lambda: checklists.skip(item, " ", by=by))
        checklists.skip(item, "There is no tape", by=by)
        assert counts(work) == (1, 1)
        refused("reason_missing", lambda: checklists.untick(item, "", by=by))
        refused("changed_meanwhile", lambda: checklists.untick(item, "Found one", by=by, version=1))
        now = checklists.untick(item, "Found one", by=by, version=2)
        assert (now.state, now.reason, now.settled_at) == ("open", "Found one", None)
        refused("checklist_item_is_open", lambda: checklists.untick(item, "Again", by=by))
        kinds = list(
            Entry.objects.filter(kind__startswith="checklistitem.").order_by("pk").values_list("kind", flat=True)
        )
    assert kinds == ["checklistitem.skipped", "checklistitem.unticked"]
    assert counts(work) == (0, 1)


def test_only_while_somebody_works_on_the_ticket(put: Any, max: Membership, work: Ticket) -> None:
    (item,) = put(draft())
    with acting(max) as by:
        services.ask(work, "Which tape?", by=by)
        refused("checklist_waits", lambda: checklists.tick(item, by=by))
        services.answer(work, "The old one", by=by)
        done = checklists.tick(item, by=by)
        services.close(work, "Done", by=by)
        refused("checklist_waits", lambda: checklists.untick(done, "No", by=by))
        refused("ticket_is_closed", lambda: checklists.add_item(work, "More", by=by))
        services.reopen(work, "Not done", by=by)
        checklists.untick(done, "Not done", by=by)
    assert counts(work) == (0, 1)


def test_who_may_tick(put: Any, people: Callable[[str], Membership], work: Ticket, max: Membership) -> None:
    """Desk spec: administrator all, dispatcher all, technician mine, nobody else; templates: the first two."""
    reaches = {"administrator": True, "dispatcher": True, "technician": False, "sales": False, "billing": False}
    for role, may in reaches.items():
        (item,) = put(draft(role))
        with acting(people(role)) as by:
            for call, allowed in (
                (lambda item=item, by=by: checklists.tick(item, by=by), may),
                (lambda by=by: checklists.add_item(work, "More", by=by), may),
                (lambda by=by: templates.save(None, "Own", {}, [draft()], by=by), may),
            ):
                if allowed:
                    call()
                else:
                    with pytest.raises(Denied):
                        call()
        assert fresh(item).is_open is not may, role
    (item,) = put(draft("mine"))
    technician = people("technician")
    with acting(max) as by:
        services.assign(work, technician, by=by)
    with acting(technician) as by:
        checklists.tick(item, by=by)


# Closing --------------------------------------------------------------------------------------------------------------
def test_w11_closing_is_refused_while_a_required_item_is_open(put: Any, max: Membership, work: Ticket) -> None:
    required, _optional = put(draft("Test the restore"), draft("Sweep", is_required=False))
    with acting(max) as by:
        for close in (
            lambda: services.close(work, "Done", by=by),
            lambda: services.move(work, "close", "Done", by=by),
        ):
            refusal = refused("checklist_is_open", close)
            assert refusal.way_out == "tickets:checklists"
            assert "Test the restore" in refusals.explain(refusal) and "Sweep" not in refusals.explain(refusal)
            assert fresh(work).is_open
        button = next(one for one in services.buttons(fresh(work), by) if one.move.name == "close")
        assert button.refusal is not None and button.refusal.code == "checklist_is_open"
        checklists.skip(required, "Nothing to restore", by=by)
        services.close(work, "Done", by=by)
    assert not fresh(work).is_open
    assert counts(work) == (1, 2)


def test_the_refusal_names_three_and_counts_the_rest(put: Any, max: Membership, work: Ticket) -> None:
    put(*(draft(f"Step {n}") for n in range(5)))
    with acting(max) as by:
        said = refusals.explain(refused("checklist_is_open", lambda: services.close(work, "Done", by=by)))
    assert "Step 2" in said and "Step 3" not in said and "2 more" in said
