"""The desk's furniture in the navigation and in the setup checklist."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from psa.directory.models import Company
from psa.web import nav, setup
from tickets.models import Category, QueueMember, TextModule


def register() -> None:
    """Add the lines and the steps."""
    nav.register(_("Text modules"), "quote", "tickets:texts", order=60)
    nav.register(
        _("Queues and categories"),
        "tags",
        "tickets:queues",
        capability="category.manage",
        group="administration",
        order=50,
    )
    for code, label, why, name, kwargs, is_done, order in (
        (
            "queues", _("Queues and who works them"), _("Members see the tickets of their queues."),
            "tickets:sorts", {"kind": "queues"}, lambda actor: QueueMember.objects.all(), 40,
        ),
        (
            "categories", _("Categories"), _("What tickets are about, what they begin with and what they must have."),
            "tickets:sorts", {"kind": "categories"}, lambda actor: Category.objects.all(), 50,
        ),
        (
            "texts", _("Text modules"), _("What is written every day, written once."),
            "tickets:texts", {}, lambda actor: TextModule.objects.filter(member=None), 60,
        ),
        (
            "companies", _("Customers"), _("The companies you work for, and whom you talk to there."),
            "directory:list", {}, lambda actor: Company.objects.all(), 70,
        ),
    ):  # fmt: skip
        setup.register(code, label, why, name, is_done, kwargs=kwargs, order=order, capability="category.manage")
