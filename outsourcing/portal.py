"""The small plan: which pages a portal company has, what each of them is for, and its lines in the navigation (§10).

The table is the allow-list the middleware asks (psa.tenancy.plans). An address that is not in it does not exist for a
portal company, a new one included; tests/outsourcing/portal/test_pages.py asks for each new address where it belongs.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from outsourcing.services import fees, portals
from psa.journal import journal
from psa.tenancy import plans
from psa.web import nav

# What stands above a page as its help. A page without a text of its own is a form, a part of a page or a POST.
_WORK = _(
    "This is your ticket for the work. Write notes, add files, log time and charges: “Send to …” shares them with your"
    " lead partner, “internal” keeps them here. When everything is done, choose “Insourcing complete”."
)
_OFFER = _(
    "Everything the lead partner tells about the work, and what has happened so far. An offer is accepted or declined"
    " here before its time is over; print the work order for whoever goes there."
)
HELP: dict[str, Any] = {
    "outsourcing:dashboard": _(
        "Offers wait under “Waiting acceptance” until the time to answer is over. What you accepted is “In progress”;"
        " what you submitted waits for the lead partner's approval."
    ),
    "outsourcing:handover": _OFFER,
    "outsourcing:accept": _(
        "Accepting makes a ticket of your own out of the offer. Check the title and the dates, choose who works on it,"
        " and save. Leaving the page leaves the offer open."
    ),
    "outsourcing:decline": _("Say why. The lead partner reads the reason at once and looks for somebody else."),
    "outsourcing:skip": _("One item could not be delivered. Give it up only if trying again does not help."),
    "outsourcing:submit": _(
        "The lead partner approves or rejects the work. Until then what you did is locked; you can ask, recall or"
        " return."
    ),
    "outsourcing:recall": _("You take the submission back and go on working."),
    "outsourcing:return": _("You give the work back unfinished. What you logged until now is settled."),
    "outsourcing:propose": _(
        "You propose other terms. Until the lead partner agrees the present ones count; silence changes nothing."
    ),
    "outsourcing:ask": _("The lead partner gets your question by mail, and both of you see it until it is answered."),
    "outsourcing:statement": _(
        "What is payable for this work, computed by both companies from rows of their own; the same for both."
    ),
    "outsourcing:report_received": _("What you received, by lead partner and ticket: terms, hours, charges, and sums."),
    "billing:portal_invoices": _(
        "Your invoices to your lead partners. What is settled and not invoiced yet stands on top."
    ),
    "billing:portal_invoice": _(
        "The invoice is made of the settlement both companies have. Look at the draft and issue it; it then gets the"
        " next of your numbers and never changes. What was wrong is taken back by a credit note."
    ),
    "billing:portal_buyer": _("Name and address of your lead partner as they stand on your invoices."),
    "billing:portal_seller": _("What stands on your invoices of your own company, and how they are numbered."),
    "support:page": _(
        "If the support shall look at something with you, let them in for a time. They change nothing, and you see here"
        " what they looked at."
    ),
    "tickets:saved_views": _(
        "Your own names for lists you look at often. Rename them, or delete what you do not need."
    ),
    "outsourcing:work_order": _(
        "A page for paper: what is to be done, where and until when, without prices. Print it, or take it along as PDF."
    ),
    "outsourcing:people": _(
        "Everybody who works here. A new person gets a mail with a link to set a password. Whoever is deactivated finds"
        " nothing here from the next click on."
    ),
    "outsourcing:company": _(
        "Language and time zone decide how mails and dates are written for your company; each person can choose a"
        " language of their own."
    ),
    "outsourcing:guide": _("The whole way from the offer to the end on one page, to read or to print."),
    "tickets:drafts": _("What you typed on a ticket and did not send. Open it to go on, or discard it."),
    "notifications:preferences": _(
        "What you hear of by mail: at once, once a day in one mail, or not. Offers and answers that are waited for"
        " always come at once."
    ),
    "tickets:list": _("The tickets you accepted. Choose one to work on it; the tabs show yours or all of them."),
    "tickets:view": _("The tickets you accepted. Choose one to work on it; the tabs show yours or all of them."),
    "tickets:search": _("Tickets with these words in their number, title or notes; the lead partner's number counts."),
    "tickets:page": _WORK,
    "tickets:checklists": _(
        "What has to be done, one item at a time. Each tick of your lead partner's items goes back to them at once;"
        " while a required item is open the work cannot be submitted."
    ),
    "tickets:edit_item": _("You change what you wrote. What your lead partner reads changes there too."),
    "tickets:remove_item": _("It goes here and at your lead partner; who removed it, and when, stays to be seen."),
}
# Without a help line: parts of pages, downloads and what only takes a POST.
SILENT = (
    "home",
    "support:revoke",
    "web:counts",
    "outsourcing:work_order_pdf",
    "outsourcing:retry",
    "outsourcing:keep",
    "outsourcing:accept_proposal",
    "outsourcing:refuse_proposal",
    "outsourcing:propose_part",
    "outsourcing:answer",
    "outsourcing:withdraw_proposal",
    "outsourcing:take_over",
    "outsourcing:billed",
    "outsourcing:person_role",
    "outsourcing:person_deactivate",
    "outsourcing:person_reactivate",
    "outsourcing:person_link",
    "billing:portal_credit",
    "billing:portal_discard",
    "billing:portal_draw",
    "billing:portal_issue",
    "billing:portal_paper",
    "billing:post_settlement",
    "tickets:counts",
    "tickets:settle_checklist_item",
    "tickets:add_checklist_item",
    "tickets:remove_checklist",
    "tickets:news",
    "tickets:assign",
    "tickets:add",
    "tickets:save_draft",
    "tickets:discard_draft",
    "tickets:presence",
    "tickets:file",
    "tickets:preview_file",
    "tickets:file_pages",
    "tickets:move",
    "tickets:save_view",
    "tickets:rename_view",
    "tickets:delete_view",
)


def is_portal(request: Any) -> bool:
    """Whether the navigation is a portal company's."""
    return bool(request.tenant.is_portal)


def register() -> None:
    """Open the pages, put the small plan's own into the navigation, and listen for what comes of a partnership."""
    plans.open_to_portals([*HELP, *SILENT])
    nav.register(
        _("Received work"),
        "inbox",
        "outsourcing:dashboard",
        capability="outsource.partners",
        order=5,
        count="outsourcing",
        needs=is_portal,
        thumb=True,
    )
    nav.group("portal", _("Our company"), order=40)
    for label, icon, name, needs, order in (
        (_("People"), "users", "outsourcing:people", "member.manage", 110),
        (_("Company"), "building-2", "outsourcing:company", "tenant.settings", 120),
        (_("Support access"), "life-buoy", "support:page", "tenant.settings", 125),
        (_("Guide"), "book-open", "outsourcing:guide", "", 130),
    ):
        nav.register(label, icon, name, capability=needs, group="portal", order=order, needs=is_portal)
    nav.strip("outsourcing/_help.html")  # noqa: B005  (no string's strip)
    journal.subscribe("partnership.accepted", portals.enter_lead)
    journal.subscribe("handover.sent", fees.on_sent)
    journal.subscribe("handover.accepted", fees.on_accepted)
