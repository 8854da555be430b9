"""Changing what a company is called, how it writes and what it looks like. Every change is one journal entry."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.module_loading import import_string

from psa.journal import journal
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from psa.tenancy.models import Tenant

SETTINGS = (
    "name",
    "language",
    "time_zone",
    "currency",
    "number_format",
    "week_starts",
    "mail_name",
)


@transaction.atomic
def settle(values: Mapping[str, Any], seen: Mapping[str, Any], *, by: Actor) -> Tenant:
    """Change what differs from what the form showed. Raises Refused("settings_changed_meanwhile"), Denied."""
    by.require("tenant.settings")
    tenant = _locked()
    wanted = {name: values[name] for name in SETTINGS if name in values and values[name] != seen.get(name)}
    changed = {name: value for name, value in wanted.items() if value != getattr(tenant, name)}
    if any(getattr(tenant, name) != seen.get(name) for name in changed):
        raise Refused("settings_changed_meanwhile")
    return write(tenant, changed, "tenant.changed", by=by)


def write(tenant: Tenant, changed: Mapping[str, Any], fact: str, *, by: Actor) -> Tenant:
    """Save these columns of the locked company, with old and new in the journal; nothing where nothing changed."""
    if changed:
        old = {name: getattr(tenant, name) for name in changed}
        for name, value in changed.items():
            setattr(tenant, name, value)
        tenant.save(update_fields=list(changed))
        journal.record(tenant, fact, by=by, old=old, new=dict(changed))
    return tenant


def show_logo(upload: Any, *, by: Actor) -> Tenant:
    """Take a picture as the company's logo: drawn anew as PNG. Raises Refused (see logos.redrawn), Denied.

    The bytes are written before the transaction; whatever is not the logo in the end is deleted after it.
    """
    by.require("tenant.settings")
    picture = import_string("psa.tenant_settings.logos.redrawn")(upload)  # Pillow is loaded with the first logo
    path = default_storage.save(f"{scope.tenant_id()}/logo/{uuid.uuid4().hex}.png", ContentFile(picture))
    try:
        tenant, before = _hang(path, by)
    except BaseException:
        default_storage.delete(path)
        raise
    _forget(before)
    return tenant


def logo_of(tenant: Tenant) -> bytes:
    """The company's logo as PNG, for paper; nothing without one, or where its file is gone."""
    if not tenant.logo or not default_storage.exists(tenant.logo):
        return b""
    with default_storage.open(tenant.logo) as file:
        return bytes(file.read())


def take_logo_down(*, by: Actor) -> Tenant:
    """No logo any more: pages and paper say the company's name."""
    by.require("tenant.settings")
    tenant, before = _hang("", by)
    _forget(before)
    return tenant


def _hang(path: str, by: Actor) -> tuple[Tenant, str]:
    with transaction.atomic():
        tenant = _locked()
        before = tenant.logo
        if before != path:
            tenant.logo = path
            tenant.save(update_fields=["logo"])
            journal.record(tenant, "tenant.logo_changed", by=by, has_logo=bool(path), had_logo=bool(before))
    return tenant, before


def _forget(path: str) -> None:
    if path:
        default_storage.delete(path)


def _locked() -> Tenant:
    return Tenant.objects.select_for_update(of=("self",), no_key=True).get(pk=scope.tenant_id())
