"""What can be allowed, and what each role may do until somebody changes it (desk spec, "Roles and permissions").

A reach is all, queues (my queues), mine (assigned, created, watched), own (what I wrote) or "" (none). The customer
contact's column says what the portal allows. docs/permissions.md shows this table, and a test compares the two.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ROLES = ("administrator", "dispatcher", "technician", "sales", "billing", "read-only", "contact")
# Holds everything always; nothing of it is lowered. And the customer's side of the portal: no member holds it.
ADMINISTRATOR, CONTACT = "administrator", "contact"
ROLE_NAMES = {
    "administrator": _("Administrator"),
    "dispatcher": _("Dispatcher"),
    "technician": _("Technician"),
    "sales": _("Sales"),
    "billing": _("Billing"),
    "read-only": _("Read-only"),
    "contact": _("Customer contact"),
}

_TABLE = """
ticket.view               all all       queues mine all all portal
ticket.create             all all       all    all  -   -   portal
ticket.edit               all all       queues mine -   -   -
ticket.assign             all all       queues mine -   -   -
ticket.override           all all       -      -    -   -   -
ticket.merge              all all       queues -    -   -   -
ticket.delete             all -         -      -    -   -   -
ticket.bulk               all all       queues -    -   -   -
note.write                all all       queues mine all -   portal
note.edit                 all own       own    own  own -   -
note.publish_to_customer  all all       queues mine -   -   -
checklist.tick            all all       mine   -    -   -   -
checklist.manage          all all       -      -    -   -   -
time.log                  all own       own    own  own -   -
time.edit                 all all       own    own  all -   -
time.approve              all -         -      -    all -   -
charge.add                all all       queues mine all -   -
price.view                all all       -      all  all -   -
estimate.send             all all       queues all  -   -   -
estimate.decide           -   on_behalf -      -    -   -   approver
solution.accept           -   on_behalf -      -    -   -   right
company.view              all all       all    all  all all -
company.manage            all all       -      all  all -   people
order.manage              all -         -      all  -   -   -
order.view                all all       all    all  all all -
delivery.prepare          all -         -      all  all -   -
delivery.sign             all all       mine   -    -   -   -
material.log              all all       own    -    -   -   -
appointment.manage        all all       own    mine -   -   -
contract.manage           all -         -      -    all -   -
contract.view             all all       -      all  all -   portal
rule.manage               all -         -      -    -   -   -
mail.quarantine           all all       -      -    -   -   -
report.view               all all       own    all  all all -
export.csv                all all       queues mine all -   -
tenant.manage             all -         -      -    -   -   -
"""

# Capabilities the table names together; they are granted together until a tenant splits them.
ALIASES = {
    "ticket.forward": "ticket.assign",
    "ticket.split": "ticket.merge",
    "attachment.add": "note.write",
    "attachment.edit": "note.edit",
    "textmodule.manage": "checklist.manage",
    "category.manage": "checklist.manage",
    "billing.post": "time.approve",
    "contact.manage": "company.manage",
    "licence.handoff_answer": "order.manage",
    "licence.handoff_create": "order.view",
    "goods.book": "delivery.prepare",
    "invoice.manage": "contract.manage",
    "invoice.view": "contract.view",
    "template.manage": "rule.manage",
    "calendar.manage": "rule.manage",
    "sla.manage": "rule.manage",
    "member.manage": "tenant.manage",
    "role.manage": "tenant.manage",
    "tenant.settings": "tenant.manage",
    "import.run": "tenant.manage",
    "audit.view": "tenant.manage",
    "token.manage": "tenant.manage",
}

DEFAULTS: dict[str, dict[str, str]] = {role: {} for role in ROLES}
for _line in _TABLE.split("\n"):
    if _cells := _line.split():
        for _role, _reach in zip(ROLES, _cells[1:], strict=True):
            if _reach != "-":
                DEFAULTS[_role][_cells[0]] = _reach

CAPABILITIES = tuple(line.split()[0] for line in _TABLE.split("\n") if line.strip())

REACHES = {
    "all": pgettext_lazy("reach", "all"),
    "queues": pgettext_lazy("reach", "my queues"),
    "mine": pgettext_lazy("reach", "mine"),
    "own": pgettext_lazy("reach", "own"),
    "on_behalf": pgettext_lazy("reach", "on behalf"),
    "portal": pgettext_lazy("reach", "portal"),
    "approver": pgettext_lazy("reach", "approver"),
    "right": pgettext_lazy("reach", "with the right"),
    "people": pgettext_lazy("reach", "own people"),
    "": pgettext_lazy("reach", "none"),
}


def reaches(capability: str) -> tuple[str, ...]:
    """How far a right can be made to reach, "" included: what its row in the table uses, and "mine" beside "queues".

    "all" of a right nobody holds as a matter of course (deciding for a customer) is not among them."""
    used = {DEFAULTS[role].get(capability, "") for role in ROLES if role != CONTACT}
    if "queues" in used:
        used.add("mine")
    return tuple(reach for reach in REACHES if reach in used | {""})


NAMES = {
    "ticket.view": _("see tickets"),
    "ticket.create": _("create tickets"),
    "ticket.edit": _("edit tickets"),
    "ticket.assign": _("assign and forward tickets"),
    "ticket.override": _("override a threshold or cut-off"),
    "ticket.merge": _("merge and split tickets"),
    "ticket.delete": _("delete tickets"),
    "ticket.bulk": _("change many tickets at once"),
    "note.write": _("write notes and add files"),
    "note.edit": _("edit notes and files"),
    "note.publish_to_customer": _("publish to the customer"),
    "checklist.tick": _("tick checklists"),
    "checklist.manage": _("manage checklists, text modules and categories"),
    "time.log": _("log time"),
    "time.edit": _("edit time entries"),
    "time.approve": _("approve and post"),
    "charge.add": _("add charges"),
    "price.view": _("see rates and amounts"),
    "estimate.send": _("send estimates"),
    "estimate.decide": _("decide on estimates"),
    "solution.accept": _("accept solutions"),
    "company.view": _("see companies and contacts"),
    "company.manage": _("manage companies and contacts"),
    "order.manage": _("manage orders"),
    "order.view": _("see orders"),
    "delivery.prepare": _("prepare delivery notes and book goods"),
    "delivery.sign": _("sign delivery notes"),
    "material.log": _("log material"),
    "appointment.manage": _("manage appointments"),
    "contract.manage": _("manage contracts and invoices"),
    "contract.view": _("see contracts and invoices"),
    "rule.manage": _("manage rules, templates, calendars and service levels"),
    "mail.quarantine": _("work the mail quarantine"),
    "report.view": _("see reports"),
    "export.csv": _("export lists"),
    "tenant.manage": _("manage members, roles and settings"),
    "outsource.view_terms": _("see the terms of a handover"),
    "outsource.send": _("outsource tickets"),
    "outsource.partners": _("manage partners"),
    "outsource.all": _("see margins and configure outsourcing permissions"),
}


def name(capability: str) -> Any:
    """What a right is called; one granted together with others bears their name."""
    return NAMES[ALIASES.get(capability, capability)]


# What each outsourcing level allows (outsourcing spec §2); administrators always hold everything.
LEVELS = {
    "none": frozenset[str](),
    "outsource": frozenset({"outsource.view_terms", "outsource.send"}),
    "partners": frozenset({"outsource.view_terms", "outsource.send", "outsource.partners"}),
    "all": frozenset({"outsource.view_terms", "outsource.send", "outsource.partners", "outsource.all"}),
}
