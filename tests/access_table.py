"""The table of tests/test_access.py: a line for each address."""

from __future__ import annotations

from typing import Any

from billing.models import (
    BillingItem,
    BillingProfile,
    BillingSettings,
    Invoice,
    InvoiceLine,
    Licence,
    LicenceCheck,
    Payment,
    VatRate,
)
from outsourcing.models import (
    Network,
    OutsourcingRule,
    OutsourcingSettings,
    PartnershipSide,
    Referral,
)
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
    bulk_form,
    company_form,
    with_material,
)
from tests.access_partners import PARTNERS
from tests.access_path import POSTED, Path, number, pk
from tests.access_requests import REQUESTS
from tests.access_rules import PATHS_OF_RULES
from tests.access_stage import World, decision, reviewed
from tests.access_tickets import TICKETS
from tests.portal_addresses import customers_contact
from tickets.models import (
    Appointment,
    Attachment,
    CalendarFeed,
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


PATHS: dict[str, Path] = {
    **PATHS_OF_RULES,
    **PARTNERS,
    **TICKETS,
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
    **{f"calendars:{name}": Path("calendar.manage", technician=403) for name in ("list", "new")},
    **{f"calendars:{name}": Path("calendar.manage", calendar_of, technician=403) for name in ("page", "edit")},
    **{
        f"calendars:{name}": Path("calendar.manage", calendar_of, POSTED, POSTED, form=lambda w: DAY_FORM)
        for name in ("drop_day", "put_day", "make_default")
    },
    "calendars:delete": Path("calendar.manage", calendar_of, POSTED, POSTED),
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
    "settings:company": Path("tenant.settings", technician=403),
    "settings:logo": Path(MEMBER, technician=404, administrator=404),
    "settings:set_logo": Path("tenant.settings", lambda w: {}, POSTED, POSTED),
    "settings:drop_logo": Path("tenant.settings", lambda w: {}, POSTED, POSTED),
    "settings:setup": Path("tenant.settings", technician=403),
    "notifications:preferences": Path(MEMBER, form=lambda w: {"watched": "digest"}),
    "workflows:deployments": Path("ticket.edit"),
    "workflows:record": Path("ticket.override", reviewed, 403, form=decision, ids=("contact",)),
    "workflows:pause": Path("ticket.edit", reviewed),
    "workflows:resume": Path("ticket.edit", reviewed, POSTED, POSTED, form=lambda w: {}),
    "workflows:switch": Path("ticket.override", reviewed, POSTED, POSTED, form=lambda w: {}),
    "workflows:share": Path("ticket.edit", reviewed, form=lambda w: {"share": "company"}),
    "workflows:to_billing": Path("ticket.edit", reviewed, POSTED, POSTED),
    "workflows:ask_again": Path("ticket.edit", lambda w: {"number": w.over.number}, form=lambda w: {"text": "New"}),
    "workflows:settle_task": Path("ticket.override", lambda w: {"pk": w.task.pk}, POSTED, POSTED, form=lambda w: {}),
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
            "time.log",
            lambda w: {**number(w), "kind": "timeentry"},
            POSTED,
            POSTED,
            with_material,
            ("reader", "work_type", "material-0-place"),
        ),
    ),
    "a time entry": (
        "tickets:edit_item",
        Path(
            "time.edit",
            lambda w: {**number(w), "kind": "timeentry", "key": w.time.key},
            403,
            200,
            with_material,
            ("work_type", "contract", "material-0-place"),
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
            ids=("contract", "work_type", "role"),
        ),
    ),
}
# Lists to choose from that name no row of a company.
NO_IDS = {
    "change",
    "line0-vat_kind", "vat_kind", "unit_code",
    "priority", "source", "kind_of", "kind", "language", "country", "currency", "sort", "part", "rate_type", "detail",
    "step_minutes", "action", "permission", "level", "limit_is", "on_change", "default_priority", "time_zone",
    "number_format", "week_starts", "region", "what", "billing", "direction", "default", "move", "forward_how",
    "evidence", "row0-evidence", "template", "second_factor", "column-0", "hours", "operator", "idle_minutes",
    "proof", "decision", "sees", "resolution", "mode", "asks_estimate", "expiry_cancels", "gives_up", "auto_accepts",
    "stops_in_invoice", "format", "rounding", "then",
    "event", "match", "field", "new_condition", "new_group", "new_step", "op", "g1-match", "g2-match", "g3-match",
    *CAPABILITIES, *preferences.KINDS,
}  # fmt: skip
CHANGED = (Ticket, Note, TimeEntry, Charge, Attachment, StoredFile, Company, Contact, Location, Contract, Rate, Entry)
CHANGED += (
    Draft, SupportGrant, Watcher, CoAssignee, SavedView, Membership, Preference, TicketLink, Checklist, ChecklistItem,
    ChecklistTemplate, TemplateItem, Queue, Category, TextModule, TextVariant, Stopwatch, WorkType, Network, Referral,
    OutsourcingRule, OutsourcingSettings, PartnershipSide, Role, Calendar, ServiceLevel, Rule, RuleSettings,
    MailTemplate, MailWording, Approver, Deputy, Estimate, Decision, ServicePolicy, Appointment, CalendarFeed, Licence,
    LicenceCheck, Invoice, InvoiceLine, Payment,
    BillingItem, BillingProfile, BillingSettings, VatRate,
)  # fmt: skip
