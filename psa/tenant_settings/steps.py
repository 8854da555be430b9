"""What a new company's administrator sets up about the company and its people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from psa.journal.models import Entry
from psa.tenancy.models import Membership, Tenant
from psa.web import setup


def register() -> None:
    """Name the steps."""
    setup.register(
        "settings",
        _("Company settings"),
        _("Language, time zone, currency and the sender of mails."),
        "settings:company",
        lambda actor: Entry.objects.filter(subject_type="tenant", kind="tenant.changed").exists(),
        order=10,
    )
    setup.register(
        "logo",
        _("Logo"),
        _("In the header and on everything that is printed."),
        "settings:company",
        lambda actor: Tenant.objects.filter(pk=actor.tenant_id).exclude(logo="").exists(),
        order=20,
    )
    setup.register(
        "people",
        _("Colleagues"),
        _("Whoever works here, with the role that fits."),
        "members:people",
        lambda actor: Membership.objects.filter(is_active=True).count() > 1,
        capability="member.manage",
        order=30,
    )
