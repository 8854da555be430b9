"""The table of tests/test_access.py, continued: a line for each address of the desk."""

from __future__ import annotations

from typing import Any

from psa.web.access import MEMBER
from tests.access_forms import (
    LEVEL_IDS,
    bulk_form,
    call_form,
    category_form,
    forward_form,
    level_form,
    merge_form,
    note_form,
    template_form,
    text_form,
    ticket_form,
)
from tests.access_path import POSTED, Path, number
from tests.access_stage import World


def level_of(w: World) -> dict[str, Any]:
    return {"pk": w.level.pk}


def quarantined(w: World) -> dict[str, Any]:
    return {"pk": w.quarantined.pk}


def came(w: World) -> dict[str, Any]:
    return {**number(w), "pk": w.came.pk}


def settles(form: Any = None, ids: tuple[str, ...] = ()) -> Path:
    return Path("mail.quarantine", quarantined, POSTED, POSTED, form, ids)


NEW_PLACE = "new-0a1b2c3d-0000-4000-8000-00000000abcd"
TICKETS: dict[str, Path] = {
    "tickets:service_levels": Path("sla.manage", technician=403),
    "tickets:new_service_level": Path("sla.manage", technician=403, form=level_form, ids=LEVEL_IDS),
    "tickets:edit_service_level": Path("sla.manage", level_of, technician=403, form=level_form, ids=LEVEL_IDS),
    "tickets:delete_service_level": Path("sla.manage", level_of, POSTED, POSTED),
    "tickets:list": Path("ticket.view"),
    "tickets:view": Path("ticket.view", lambda w: {"view": "mine"}),
    "tickets:search": Path("ticket.view"),
    "tickets:board": Path("ticket.view"),
    "tickets:board_view": Path("ticket.view", lambda w: {"view": "mine"}),
    "tickets:agenda": Path("ticket.view"),
    "tickets:agenda_view": Path("ticket.view", lambda w: {"view": "mine"}),
    "tickets:counts": Path("ticket.view"),
    "tickets:new": Path(
        "ticket.create",
        form=ticket_form,
        ids=("company", "contact", "location", "queue", "category", "type", "forward_to", "work_type"),
    ),
    "tickets:find_customers": Path("ticket.create"),
    "tickets:forward": Path("ticket.assign", number, form=forward_form, ids=("forward_to", "forward_queue")),
    "tickets:release": Path(
        "ticket.assign", number, POSTED, POSTED, form=lambda w: {"member": w.max.pk}, ids=("member",)
    ),
    "tickets:write_customer": Path("note.publish_to_customer", number),
    "tickets:mails": Path("ticket.view", number),
    **{f"tickets:came_mail{part}": Path("ticket.view", came) for part in ("", "_html", "_original")},
    "tickets:quarantine": Path("mail.quarantine", technician=403),
    **{f"tickets:quarantined{part}": Path("mail.quarantine", quarantined, 403) for part in ("", "_html", "_original")},
    **{f"tickets:{act}": settles(lambda w: {"x": "y"}) for act in ("discard_mail", "block_sender")},
    **{f"tickets:{act}": settles() for act in ("bring_mail_back", "unblock_sender")},
    "tickets:put_mail_on": settles(lambda w: {"number": w.ticket.number}),
    "tickets:open_from_mail": settles(lambda w: {"title": "New words", "company": w.company.pk}, ("company",)),
    "tickets:customer_mail": Path("ticket.view", lambda w: {**number(w), "key": w.mail.key}),
    "tickets:undo_mail": Path("note.publish_to_customer", lambda w: {**number(w), "key": w.mail.key}, POSTED, POSTED),
    "tickets:bulk": Path(
        "ticket.bulk",
        technician=POSTED,
        administrator=POSTED,
        form=lambda w: bulk_form(w, assignee=w.max.pk),
        ids=("pick", "assignee"),
    ),
    "tickets:saved_views": Path(MEMBER),
    "tickets:save_view": Path(
        MEMBER,
        lambda w: {},
        POSTED,
        POSTED,
        form=lambda w: {"list": "tickets", "view": "open", "name": "New words", "audience": w.queue.pk},
        ids=("audience",),
    ),
    "tickets:rename_view": Path(MEMBER, lambda w: {"pk": w.view.pk}, POSTED, POSTED),
    "tickets:delete_view": Path(MEMBER, lambda w: {"pk": w.view.pk}, POSTED, POSTED),
    "tickets:texts": Path(MEMBER),
    "tickets:new_text": Path(MEMBER, form=lambda w: text_form(w, "own"), ids=("whose",)),
    "tickets:preview_text": Path(MEMBER, lambda w: {}, POSTED, POSTED),
    "tickets:find_texts": Path(MEMBER, lambda w: {"place": "note"}),
    "tickets:text": Path(
        MEMBER, lambda w: {"pk": w.text.pk}, form=lambda w: text_form(w, f"queue-{w.queue.pk}"), ids=("whose",)
    ),
    "tickets:retire_text": Path(MEMBER, lambda w: {"pk": w.text.pk}, POSTED, POSTED),
    "tickets:restore_text": Path(MEMBER, lambda w: {"pk": w.text.pk}, POSTED, POSTED),
    "tickets:queues": Path("category.manage", technician=403),
    "tickets:sorts": Path("category.manage", lambda w: {"kind": "categories"}, 403),
    "tickets:new_sort": Path(
        "category.manage",
        lambda w: {"kind": "queues"},
        403,
        form=lambda w: {"name": "New words", "position": 3, "members": w.colleague.pk},
        ids=("members",),
    ),
    "tickets:edit_sort": Path(
        "category.manage",
        lambda w: {"kind": "categories", "pk": w.category.pk},
        403,
        form=category_form,
        ids=("parent", "default_queue", "default_assignee"),
    ),
    "tickets:retire_sort": Path("category.manage", lambda w: {"kind": "types", "pk": w.type.pk}, 403),
    "tickets:restore_sort": Path("category.manage", lambda w: {"kind": "types", "pk": w.type.pk}, POSTED, POSTED),
    "tickets:checklist_templates": Path("checklist.manage", technician=403),
    "tickets:new_checklist_template": Path("checklist.manage", technician=403, form=template_form),
    "tickets:checklist_template": Path(
        "checklist.manage", lambda w: {"pk": w.template.pk}, technician=403, form=template_form
    ),
    "tickets:retire_checklist": Path("checklist.manage", lambda w: {"pk": w.template.pk}, POSTED, POSTED),
    "tickets:restore_checklist": Path("checklist.manage", lambda w: {"pk": w.template.pk}, POSTED, POSTED),
    "tickets:checklists": Path("ticket.view", number),
    "tickets:add_checklist": Path(
        "checklist.tick",
        number,
        POSTED,
        POSTED,
        form=lambda w: {"template": w.template.pk, "key": "00000000-0000-4000-8000-000000000001"},
        ids=("template",),
    ),
    "tickets:add_checklist_item": Path(
        "checklist.tick",
        number,
        POSTED,
        POSTED,
        form=lambda w: {"text": "New words", "key": "00000000-0000-4000-8000-000000000002"},
    ),
    "tickets:settle_checklist_item": Path(
        "checklist.tick",
        lambda w: {**number(w), "key": w.check.key, "act": "not-applicable"},
        POSTED,
        POSTED,
    ),
    "tickets:remove_checklist": Path(
        "checklist.tick", lambda w: {**number(w), "key": w.checklist.key}, POSTED, POSTED, form=lambda w: {"x": "y"}
    ),
    "tickets:page": Path("ticket.view", number),
    "tickets:link": Path(
        "ticket.edit", number, form=lambda w: {"kind": "related", "other": w.sibling.number}, ids=("other",)
    ),
    "tickets:find_tickets": Path("ticket.view", number),
    "tickets:unlink": Path("ticket.edit", lambda w: {**number(w), "pk": w.link.pk}, POSTED, POSTED),
    "tickets:merge": Path("ticket.merge", number, form=merge_form, ids=("other",)),
    "tickets:split": Path(
        "ticket.split", number, form=lambda w: {"title": "New words", f"item:note:{w.note.key}": "on"}
    ),
    "tickets:delete": Path("ticket.delete", number, technician=403, form=lambda w: {"reason": "Twice."}),
    "tickets:deleted": Path("tenant.manage", technician=403),
    "tickets:restore": Path("tenant.manage", number, POSTED, POSTED),
    "tickets:people": Path("ticket.view", number),
    "tickets:watch": Path(
        "ticket.view",
        lambda w: {**number(w), "act": "add"},
        POSTED,
        POSTED,
        form=lambda w: {"member": w.max.pk},
        ids=("member",),
    ),
    "tickets:news": Path("ticket.view", number),
    "tickets:properties": Path(
        "ticket.edit", number, form=ticket_form, ids=("company", "contact", "location", "queue", "category", "type")
    ),
    "tickets:assign": Path(
        "ticket.assign", number, POSTED, POSTED, form=lambda w: {"assignee": w.max.pk}, ids=("assignee",)
    ),
    "tickets:drafts": Path("ticket.view"),
    "tickets:save_draft": Path("ticket.view", lambda w: {**number(w), "place": "note"}, POSTED, POSTED),
    "tickets:save_new_draft": Path("ticket.create", lambda w: {"place": NEW_PLACE}, POSTED, POSTED),
    "tickets:discard_new_draft": Path("ticket.create", lambda w: {"place": NEW_PLACE}, POSTED, POSTED),
    "tickets:presence": Path("ticket.view", number, POSTED, POSTED),
    "tickets:discard_draft": Path("ticket.view", lambda w: {**number(w), "place": "note"}, POSTED, POSTED),
    "tickets:add": Path(
        "note.write", lambda w: {**number(w), "kind": "note"}, POSTED, POSTED, form=note_form, ids=("reader",)
    ),
    "tickets:edit_item": Path(
        "note.edit", lambda w: {**number(w), "kind": "note", "key": w.note.key}, 403, form=note_form, ids=("reader",)
    ),
    "tickets:remove_item": Path(
        "note.edit",
        lambda w: {**number(w), "kind": "note", "key": w.note.key},
        technician=403,
        form=lambda w: {"version": w.note.version},
    ),
    "tickets:week": Path("time.log"),
    "tickets:time_entries": Path("time.log"),
    "tickets:start_stopwatch": Path("time.log", number, POSTED, POSTED, form=lambda w: {"next": ""}),
    "tickets:pause_stopwatch": Path("time.log", lambda w: {"pk": w.stopwatch.pk}, POSTED, POSTED),
    "tickets:resume_stopwatch": Path("time.log", lambda w: {"pk": w.stopwatch.pk}, POSTED, POSTED),
    "tickets:stop_stopwatch": Path("time.log", lambda w: {"pk": w.stopwatch.pk}, POSTED, POSTED),
    "tickets:discard_stopwatch": Path(
        "time.log", lambda w: {"pk": w.stopwatch.pk}, 404, form=lambda w: {"version": w.stopwatch.version}
    ),
    "tickets:call": Path("note.write", number, form=call_form, ids=("reader",)),
    "tickets:lifecycle": Path("ticket.view"),
    "tickets:words": Path("tenant.settings", technician=403),
    "tickets:work_types": Path("tenant.settings", technician=403),
    "tickets:new_work_type": Path(
        "tenant.settings", technician=403, form=lambda w: {"name": "New words", "default": "billable"}
    ),
    "tickets:edit_work_type": Path(
        "tenant.settings",
        lambda w: {"pk": w.work_type.pk},
        403,
        form=lambda w: {"name": "New words", "default": "hidden"},
    ),
    "tickets:retire_work_type": Path("tenant.settings", lambda w: {"pk": w.work_type.pk}, POSTED, POSTED),
    "tickets:file": Path("ticket.view", lambda w: {**number(w), "key": w.file.key}),
    "tickets:preview_file": Path("ticket.view", lambda w: {**number(w), "key": w.file.key}),
    "tickets:file_pages": Path("ticket.view", lambda w: {**number(w), "key": w.file.key}, 404, 404),
    "tickets:paper": Path("ticket.view", number),
    "tickets:paper_pdf": Path("ticket.view", number),
    "tickets:move": Path("ticket.edit", lambda w: {**number(w), "move": "accept"}, form=lambda w: {"x": "y"}),
}
