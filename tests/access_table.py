"""The table of tests/test_access.py: a line for each address."""

from __future__ import annotations

from typing import Any

from outsourcing.models import (
    Network,
    OutsourcingRule,
    OutsourcingSettings,
    PartnershipSide,
    Referral,
)
from outsourcing.moves import MOVES
from psa.calendars.models import Calendar
from psa.directory.models import Company, Contact, Contract, Location, Rate, ServiceLevel, WorkType
from psa.journal.models import Entry
from psa.mail import preferences
from psa.mail.models import MailTemplate, MailWording, Preference
from psa.support.models import SupportGrant
from psa.tenancy.capabilities import CAPABILITIES
from psa.tenancy.models import Membership, Role
from psa.web.access import MEMBER
from tests.access_billing import PATHS_OF_BILLING
from tests.access_forms import (
    DAY_FORM,
    LEVEL_IDS,
    bulk_form,
    call_form,
    category_form,
    company_form,
    forward_form,
    level_form,
    merge_form,
    network_form,
    note_form,
    offer_form,
    template_form,
    text_form,
    ticket_form,
    time_form,
)
from tests.access_path import POSTED, Path, number, pk
from tests.access_requests import REQUESTS
from tests.access_rules import PATHS_OF_RULES
from tests.access_stage import World, decision, reviewed
from tests.portal_addresses import customers_contact
from tickets.models import (
    Attachment,
    Category,
    Charge,
    Checklist,
    ChecklistItem,
    ChecklistTemplate,
    CoAssignee,
    Draft,
    Note,
    Queue,
    SavedView,
    Stopwatch,
    StoredFile,
    TemplateItem,
    TextModule,
    TextVariant,
    Ticket,
    TicketLink,
    TimeEntry,
    Watcher,
)
from workflows.models import Approver, Decision, Deputy, Estimate, Rule, RuleSettings, ServicePolicy


def calendar_of(w: World) -> dict[str, Any]:
    return {"pk": w.calendar.pk}


def level_of(w: World) -> dict[str, Any]:
    return {"pk": w.level.pk}


def quarantined(w: World) -> dict[str, Any]:
    return {"pk": w.quarantined.pk}


def came(w: World) -> dict[str, Any]:
    return {**number(w), "pk": w.came.pk}


def settles(form: Any = None, ids: tuple[str, ...] = ()) -> Path:
    return Path("mail.quarantine", quarantined, POSTED, POSTED, form, ids)


def handed_over(w: World) -> dict[str, Any]:
    return {"key": w.handover.key}


def proposed(w: World) -> dict[str, Any]:
    return {**handed_over(w), "proposal": w.proposal.key}


def offered(w: World) -> dict[str, Any]:
    return {"number": w.offered.number}


def referred(w: World) -> dict[str, Any]:
    return {"number": w.referred.number}


NEW_PLACE = "new-0a1b2c3d-0000-4000-8000-00000000abcd"
PATHS: dict[str, Path] = {
    **PATHS_OF_RULES,
    "home": Path(MEMBER),
    "web:palette": Path(MEMBER),
    "web:repair": Path("tenant.manage", lambda w: {"part": "mail"}, POSTED, POSTED),
    "web:counts": Path(MEMBER),
    "support:page": Path(
        "tenant.settings",
        technician=403,
        form=lambda w: {"operator": "", "hours": "1", "reason": "New words"},
    ),
    "support:revoke": Path("tenant.settings", lambda w: {"pk": w.grant.pk}, POSTED, POSTED, form=lambda w: {}),
    "outsourcing:guide": Path(MEMBER, technician=404, administrator=404),
    "outsourcing:people": Path("member.manage", technician=403, administrator=404),
    "outsourcing:person_role": Path("member.manage", lambda w: {"pk": w.max.pk}, POSTED, POSTED),
    "outsourcing:person_deactivate": Path("member.manage", lambda w: {"pk": w.max.pk}, POSTED, POSTED),
    "outsourcing:person_reactivate": Path("member.manage", lambda w: {"pk": w.max.pk}, POSTED, POSTED),
    "outsourcing:person_link": Path("member.manage", lambda w: {"pk": w.max.pk}, POSTED, POSTED),
    "outsourcing:company": Path("tenant.settings", technician=403, administrator=404),
    "outsourcing:work_order": Path(MEMBER, handed_over, technician=404, administrator=404),
    "outsourcing:work_order_pdf": Path(MEMBER, handed_over, technician=404, administrator=404),
    "outsourcing:dashboard": Path("outsource.partners", technician=403),
    "outsourcing:agreement": Path(MEMBER),
    "outsourcing:agreement_withdraw": Path("tenant.manage", lambda w: {}, POSTED, POSTED),
    "outsourcing:partners": Path("outsource.partners", technician=403),
    "outsourcing:add_candidate": Path("outsource.partners", lambda w: {}, POSTED, POSTED),
    "outsourcing:invite": Path("outsource.partners", lambda w: {}, 403, 302),
    "outsourcing:withdraw_invitation": Path("outsource.partners", lambda w: {"pk": w.invitation.pk}, POSTED, POSTED),
    "outsourcing:retry_partner": Path("outsource.partners", lambda w: {"key": w.partnership.key}, POSTED, POSTED),
    "outsourcing:pause_partner": Path("outsource.partners", lambda w: {"key": w.partnership.key}, POSTED, POSTED),
    "outsourcing:resume_partner": Path("outsource.partners", lambda w: {"key": w.partnership.key}, POSTED, POSTED),
    "outsourcing:end_partner": Path("outsource.partners", lambda w: {"key": w.partnership.key}, 403),
    "outsourcing:partner": Path(
        "outsource.partners",
        lambda w: {"key": w.partnership.key},
        technician=403,
        form=lambda w: {"part": "notes", "notify_email": "", "tags": "Riga", "note": "New words"},
    ),
    "outsourcing:edit_invitation": Path(
        "outsource.partners",
        technician=403,
        form=lambda w: {"subject": "New words", "body": "{accept_url} {decline_url}", "do": "save"},
    ),
    "outsourcing:invitation_preview": Path("outsource.partners", lambda w: {}, POSTED, POSTED),
    "outsourcing:networks": Path(
        "outsource.partners", technician=403, form=lambda w: network_form(w, "Another one"), ids=("company",)
    ),
    "outsourcing:edit_network": Path(
        "outsource.partners",
        lambda w: {"pk": w.network.pk},
        technician=403,
        form=lambda w: network_form(w, "New words"),
        ids=("company",),
    ),
    "outsourcing:company_rule": Path(
        "company.manage",
        pk,
        technician=403,
        form=lambda w: {"subject": f"contact-{w.contact.pk}", "permission": "never"},
        ids=("subject",),
    ),
    "outsourcing:refer": Path(
        "outsource.send",
        number,
        form=lambda w: {"network": w.network.pk, "cost": "", "note": "New words", "do": "send"},
        ids=("network",),
    ),
    "outsourcing:referral_complete": Path("outsource.send", referred, POSTED, POSTED),
    "outsourcing:referral_cancel": Path("outsource.send", referred, form=lambda w: {"reason": "New words"}),
    "outsourcing:report_outsourced": Path("outsource.all", technician=403),
    "outsourcing:report_received": Path("outsource.all", technician=403),
    "outsourcing:scorecards": Path("outsource.all", technician=403),
    "outsourcing:scorecard": Path("outsource.all", lambda w: {"key": w.partnership.key}, 403),
    "outsourcing:handover": Path(MEMBER, handed_over),
    "outsourcing:accept": Path("outsource.partners", handed_over, 403, 409),
    "outsourcing:decline": Path("outsource.partners", handed_over, 403, 409),
    "outsourcing:retry": Path("outsource.partners", handed_over, POSTED, POSTED),
    "outsourcing:skip": Path("outsource.partners", handed_over, 403),
    "outsourcing:statement": Path("outsource.view_terms", handed_over),
    "outsourcing:invoice": Path("outsource.partners", handed_over, 403),
    "outsourcing:invoice_paid": Path("outsource.partners", handed_over, POSTED, POSTED),
    "outsourcing:billed": Path("outsource.partners", handed_over, POSTED, POSTED),
    "outsourcing:ourselves": Path("outsource.send", offered, POSTED, POSTED),
    "outsourcing:keep": Path("ticket.view", lambda w: {**handed_over(w), "item": w.note.key}, POSTED, POSTED),
    "outsourcing:propose": Path("outsource.send", handed_over),
    "outsourcing:extend": Path("outsource.send", handed_over),
    "outsourcing:propose_part": Path("outsource.send", handed_over, 409, 409),
    "outsourcing:accept_proposal": Path("outsource.send", proposed, POSTED, POSTED),
    "outsourcing:refuse_proposal": Path("outsource.send", proposed),
    "outsourcing:withdraw_proposal": Path("outsource.send", proposed, POSTED, POSTED),
    "outsourcing:ask": Path("outsource.send", handed_over),
    "outsourcing:answer": Path("outsource.send", lambda w: {**handed_over(w), "question": w.question.key}),
    "outsourcing:take_over": Path(
        "ticket.edit", lambda w: {**offered(w), "entry": w.note.pk, "field": "title"}, POSTED, POSTED
    ),
    "outsourcing:permissions": Path("outsource.all", technician=403),
    "outsourcing:presets": Path("outsource.all", lambda w: {}, POSTED, POSTED),
    "outsourcing:second_person": Path("outsource.all", lambda w: {}, POSTED, POSTED),
    "members:people": Path("member.manage", technician=403),
    "members:member": Path("member.manage", lambda w: {"pk": w.colleague.pk}, technician=403),
    "members:security": Path(
        "member.manage",
        lambda w: {"pk": w.colleague.pk},
        technician=403,
        form=lambda w: {"role": w.role.pk, "on_change": "keep"},
        ids=("role",),
    ),
    "members:permit": Path("outsource.all", lambda w: {"pk": w.colleague.pk}, POSTED, POSTED),
    "members:why": Path("member.manage", lambda w: {"pk": w.colleague.pk}, technician=403),
    "members:roles": Path("role.manage", technician=403),
    "members:add_role": Path(
        "role.manage",
        lambda w: {},
        POSTED,
        POSTED,
        form=lambda w: {"name": "New words", "copy_of": w.role.pk},
        ids=("copy_of",),
    ),
    "members:rename_role": Path(
        "role.manage", lambda w: {"pk": w.own_role.pk}, technician=403, form=lambda w: {"name": "New words"}
    ),
    "members:reset_role": Path("role.manage", lambda w: {"pk": w.own_role.pk}, POSTED, POSTED),
    "members:delete_role": Path("role.manage", lambda w: {"pk": w.own_role.pk}, POSTED, POSTED),
    "members:audit": Path("audit.view", technician=403),
    "members:leave": Path(
        "member.manage",
        lambda w: {"pk": w.colleague.pk},
        technician=403,
        form=lambda w: {"tickets": w.max.pk},
        ids=("tickets",),
    ),
    "accounts:rules": Path("tenant.settings", technician=403),
    "accounts:sign_ins": Path("audit.view", technician=403),
    "accounts:invite": Path(
        "member.manage",
        technician=403,
        form=lambda w: {"name": "Nora", "email": "nora@example.com", "role": w.role.pk, "language": "de"},
        ids=("role",),
    ),
    "accounts:invite_again": Path("member.manage", lambda w: {"pk": w.colleague.pk}, POSTED, POSTED),
    "accounts:let_in_again": Path("member.manage", lambda w: {"pk": w.colleague.pk}, POSTED, POSTED),
    "accounts:unlink": Path("member.manage", lambda w: {"pk": w.colleague.pk}, POSTED, POSTED),
    "outsourcing:release": Path("outsource.send", lambda w: {"pk": w.release.pk}),
    "outsourcing:give_release": Path("outsource.send", lambda w: {"pk": w.release.pk}, POSTED, POSTED),
    "outsourcing:refuse_release": Path("outsource.send", lambda w: {"pk": w.release.pk}),
    "outsourcing:withdraw_release": Path("outsource.send", lambda w: {"pk": w.release.pk}, POSTED, POSTED),
    "outsourcing:ledger": Path("outsource.partners", technician=403),
    "outsourcing:stuck": Path("outsource.partners", technician=403),
    "outsourcing:publish": Path("outsource.send", lambda w: {**number(w), "item": w.note.key}, 409, 409),
    "outsourcing:pass_on": Path("note.write", lambda w: {**number(w), "item": w.note.key}, 409, 409),
    "outsourcing:offer": Path("outsource.send", number, form=offer_form, ids=("partner", "items")),
    "outsourcing:offer_preview": Path("outsource.send", number, POSTED, POSTED),
    "outsourcing:end_and_close": Path("outsource.send", offered),
    **{f"outsourcing:{name}": Path("ticket.edit", offered) for name in MOVES},
    "outsourcing:return": Path("outsource.partners", offered, technician=403),
    **{f"calendars:{name}": Path("calendar.manage", technician=403) for name in ("list", "new")},
    **{f"calendars:{name}": Path("calendar.manage", calendar_of, technician=403) for name in ("page", "edit")},
    **{
        f"calendars:{name}": Path("calendar.manage", calendar_of, POSTED, POSTED, form=lambda w: DAY_FORM)
        for name in ("drop_day", "put_day", "make_default")
    },
    "calendars:delete": Path("calendar.manage", calendar_of, POSTED, POSTED),
    "tickets:service_levels": Path("sla.manage", technician=403),
    "tickets:new_service_level": Path("sla.manage", technician=403, form=level_form, ids=LEVEL_IDS),
    "tickets:edit_service_level": Path("sla.manage", level_of, technician=403, form=level_form, ids=LEVEL_IDS),
    "tickets:delete_service_level": Path("sla.manage", level_of, POSTED, POSTED),
    "directory:list": Path("company.view"),
    "directory:new": Path("company.manage", technician=403, form=company_form, ids=("calendar",)),
    "directory:page": Path("company.view", pk),
    "directory:edit": Path("company.manage", pk, technician=403, form=company_form, ids=("calendar",)),
    "directory:new_part": Path(
        "company.manage",
        lambda w: {**pk(w), "part": "contacts"},
        technician=403,
        form=lambda w: {"name": "New words", "location": w.location.pk, "is_active": "on"},
        ids=("location",),
    ),
    "directory:edit_part": Path(
        "company.manage",
        lambda w: {**pk(w), "part": "contacts", "part_pk": w.contact.pk},
        technician=403,
        form=lambda w: {"name": "New words", "location": w.location.pk, "is_active": "on"},
        ids=("location",),
    ),
    "directory:erase_contact": Path("company.manage", lambda w: {**pk(w), "part_pk": w.contact.pk}, technician=403),
    "workflows:contact_access": Path(
        "contact.manage",
        customers_contact,
        technician=403,
        form=lambda w: {"sees": "own", "accepts": "on", "is_administrator": "on", "invites": "on"},
        ids=("served_own", "served_company"),
    ),
    "workflows:contact_access_take": Path("contact.manage", customers_contact, POSTED, POSTED),
    "workflows:contact_access_invite": Path("contact.manage", customers_contact, POSTED, POSTED),
    "workflows:contact_access_end": Path("contact.manage", customers_contact, POSTED, POSTED),
    "batches:list": Path(MEMBER),
    "batches:page": Path(MEMBER, lambda w: {"pk": w.batch.pk}, technician=404),
    "batches:sheet": Path(MEMBER, lambda w: {"pk": w.batch.pk}, technician=404, administrator=404),
    "imports:list": Path("import.run", technician=403),
    "imports:page": Path("import.run", lambda w: {"pk": w.import_file.pk}, technician=403),
    "imports:run": Path("import.run", lambda w: {"pk": w.import_file.pk}, POSTED, POSTED),
    "batches:cancel": Path(MEMBER, lambda w: {"pk": w.batch.pk}, POSTED, POSTED),
    "mail:outbox": Path("tenant.manage", technician=403),
    "mail:page": Path("tenant.manage", lambda w: {"pk": w.delivery.pk}, technician=403),
    "mail:html": Path("tenant.manage", lambda w: {"pk": w.delivery.pk}, technician=403),
    "mail:specimens": Path(MEMBER, technician=404, administrator=404),
    "mail:specimen": Path(
        MEMBER, lambda w: {"code": "offer_sent", "language": "de"}, technician=404, administrator=404
    ),
    "mail:send_again": Path("tenant.manage", lambda w: {"pk": w.delivery.pk}, POSTED, POSTED),
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
    "settings:company": Path("tenant.settings", technician=403),
    "settings:logo": Path(MEMBER, technician=404, administrator=404),
    "settings:set_logo": Path("tenant.settings", lambda w: {}, POSTED, POSTED),
    "settings:drop_logo": Path("tenant.settings", lambda w: {}, POSTED, POSTED),
    "settings:setup": Path("tenant.settings", technician=403),
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
    "notifications:preferences": Path(MEMBER, form=lambda w: {"watched": "digest"}),
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
    "workflows:deployments": Path("ticket.edit"),
    "workflows:record": Path("ticket.override", reviewed, 403, form=decision, ids=("contact",)),
    "workflows:pause": Path("ticket.edit", reviewed),
    "workflows:resume": Path("ticket.edit", reviewed, POSTED, POSTED, form=lambda w: {}),
    "workflows:switch": Path("ticket.override", reviewed, POSTED, POSTED, form=lambda w: {}),
    "workflows:settle": Path("billing.post", reviewed, technician=403),
    "workflows:to_billing": Path("ticket.edit", reviewed, POSTED, POSTED),
    "workflows:ask_again": Path("ticket.edit", lambda w: {"number": w.over.number}, form=lambda w: {"text": "New"}),
    "workflows:settle_task": Path("ticket.override", lambda w: {"pk": w.task.pk}, POSTED, POSTED, form=lambda w: {}),
    "tickets:move": Path("ticket.edit", lambda w: {**number(w), "move": "accept"}, form=lambda w: {"x": "y"}),
}
PATHS |= REQUESTS | PATHS_OF_BILLING
# The same address with another kind of row behind it.
VARIANTS: dict[str, tuple[str, Path]] = {
    "a queue": (
        "tickets:bulk",
        Path(
            "ticket.bulk",
            technician=POSTED,
            administrator=POSTED,
            form=lambda w: bulk_form(w, queue=w.queue.pk),
            ids=("queue",),
        ),
    ),
    "a category": (
        "tickets:bulk",
        Path(
            "ticket.bulk",
            technician=POSTED,
            administrator=POSTED,
            form=lambda w: bulk_form(w, category=w.category.pk),
            ids=("category",),
        ),
    ),
    "time": (
        "tickets:add",
        Path(
            "time.log", lambda w: {**number(w), "kind": "timeentry"}, POSTED, POSTED, time_form, ("reader", "work_type")
        ),
    ),
    "a time entry": (
        "tickets:edit_item",
        Path(
            "time.edit",
            lambda w: {**number(w), "kind": "timeentry", "key": w.time.key},
            403,
            200,
            time_form,
            ("work_type", "contract"),
        ),  # fmt: skip
    ),
    "a location": (
        "directory:edit_part",
        Path("company.manage", lambda w: {**pk(w), "part": "locations", "part_pk": w.location.pk}, 403),
    ),
    "a contract": (
        "directory:edit_part",
        Path("contract.manage", lambda w: {**pk(w), "part": "contracts", "part_pk": w.contract.pk}, 404),
    ),
    "a rate": (
        "directory:edit_part",
        Path(
            "contract.manage",
            lambda w: {**pk(w), "part": "rates", "part_pk": w.rate.pk},
            technician=404,
            form=lambda w: {"contract": w.contract.pk, "work_type": w.work_type.pk, "amount": "95"},
            ids=("contract", "work_type"),
        ),
    ),
}
# Lists to choose from that name no row of a company.
NO_IDS = {
    "line0-vat_kind", "vat_kind", "unit_code",
    "priority", "source", "kind_of", "kind", "language", "country", "currency", "sort", "part", "rate_type", "detail",
    "step_minutes", "action", "permission", "level", "limit_is", "on_change", "default_priority", "time_zone",
    "number_format", "week_starts", "region", "what", "billing", "direction", "default", "move", "forward_how",
    "evidence", "row0-evidence", "template", "second_factor", "column-0", "hours", "operator", "idle_minutes",
    "proof", "decision", "sees", "resolution", "mode", "asks_estimate", "expiry_cancels", "gives_up", "auto_accepts",
    "stops_in_invoice",
    "event", "match", "field", "new_condition", "new_group", "new_step", "op", "g1-match", "g2-match", "g3-match",
    *CAPABILITIES, *preferences.KINDS,
}  # fmt: skip
CHANGED = (Ticket, Note, TimeEntry, Charge, Attachment, StoredFile, Company, Contact, Location, Contract, Rate, Entry)
CHANGED += (
    Draft, SupportGrant, Watcher, CoAssignee, SavedView, Membership, Preference, TicketLink, Checklist, ChecklistItem,
    ChecklistTemplate, TemplateItem, Queue, Category, TextModule, TextVariant, Stopwatch, WorkType, Network, Referral,
    OutsourcingRule, OutsourcingSettings, PartnershipSide, Role, Calendar, ServiceLevel, Rule, RuleSettings,
    MailTemplate, MailWording, Approver, Deputy, Estimate, Decision, ServicePolicy,
)  # fmt: skip
