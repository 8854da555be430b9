"""What a new company's administrator sets up about the company and its people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from psa.journal.models import Entry
from psa.tenancy.models import Membership, Tenant
from psa.web import setup


def still_open(request: Any) -> list[setup.Shown] | None:
    """The steps for the first page, until the last one is done."""
    found = setup.steps(request)
    return found if any(not one.done for one in found) else None


def register() -> None:
    """Name the steps."""
    setup.register(
        "settings",
        _("Company settings"),
        _("Language, time zone, currency and the sender of mails."),
        "settings:company",
        lambda actor: Entry.objects.filter(subject_type="tenant", kind="tenant.changed"),
        order=10,
    )
    setup.register(
        "logo",
        _("Logo"),
        _("In the header and on everything that is printed."),
        "settings:company",
        lambda actor: Tenant.objects.filter(pk=actor.tenant_id).exclude(logo=""),
        order=20,
    )
    setup.register(
        "people",
        _("Colleagues"),
        _("Whoever works here, with the role that fits."),
        "members:people",
        lambda actor: Membership.objects.filter(is_active=True).exclude(pk=actor.membership_id),
        capability="member.manage",
        order=30,
    )
