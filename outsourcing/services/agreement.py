"""The outsourcing agreement: read, accepted by an administrator, required before an offer, withdrawn (§1)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Max, Q, QuerySet
from django.utils import timezone

from outsourcing.models import Acceptance, Agreement, Handover
from psa.journal import journal
from psa.tenancy import scope
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused


@transaction.atomic
def publish(texts: Mapping[str, tuple[str, str]]) -> int:
    """The operator's next version: title and text by language, hashed, never changed again. Returns its number."""
    version = (Agreement.objects.aggregate(newest=Max("version"))["newest"] or 0) + 1
    for language, (title, text) in texts.items():
        Agreement.objects.create(version=version, language=language, title=title, text=text)
    return version


def present(language: str) -> Agreement | None:
    """The newest version of the text, in this language if there is one, else in English."""
    found = {text.language: text for text in Agreement.objects.filter(version__in=_newest())}
    return found.get(language) or found.get("en") or next(iter(found.values()), None)


def accepted() -> Acceptance | None:
    """The tenant's acceptance of the newest version, if it stands."""
    return Acceptance.objects.filter(version__in=_newest(), withdrawn_at=None).select_related("by").first()


def ever_accepted() -> Acceptance | None:
    """The newest acceptance of any version that stands, and whether that is the newest version (`is_newest`)."""
    is_newest = ExpressionWrapper(Q(version__in=_newest()), BooleanField())
    return Acceptance.objects.filter(withdrawn_at=None).annotate(is_newest=is_newest).order_by("-version").first()


def last() -> Acceptance | None:
    """The newest acceptance, withdrawn or not: what was agreed stays viewable."""
    return Acceptance.objects.order_by("-pk").first()


def read_by(made: Acceptance) -> Agreement | None:
    """The text that was accepted, in the language it was read in."""
    return Agreement.objects.filter(version=made.version, language=made.language).first()


def require() -> None:
    """Raise Refused("agreement_missing") unless the newest version is accepted."""
    if accepted() is None:
        raise Refused("agreement_missing", way_out="outsourcing:dashboard")


@transaction.atomic
def accept(text: Agreement, *, by: Actor) -> Acceptance:
    """An administrator agrees for the tenant; which text, who and when stay viewable. Twice is once."""
    by.require("tenant.manage")
    if by.is_portal:
        raise Refused("not_in_portal")
    made, is_new = Acceptance.objects.get_or_create(
        version=text.version,
        withdrawn_at=None,
        defaults={"language": text.language, "sha256": text.sha256, "by_id": by.membership_id, "by_name": by.name},
    )
    if is_new:
        journal.record(made, "agreement.accepted", by=by, version=text.version, language=text.language)
    return made


@transaction.atomic
def withdraw(*, by: Actor) -> None:
    """Take the acceptance back; only without an active handover."""
    by.require("tenant.manage")
    if Handover.objects.active().filter(lead_id=scope.tenant_id()).exists():
        raise Refused("agreement_in_use")
    for made in Acceptance.objects.filter(withdrawn_at=None):
        made.withdrawn_at = timezone.now()
        made.save(update_fields=["withdrawn_at"])
        journal.record(made, "agreement.withdrawn", by=by, version=made.version)


def _newest() -> QuerySet[Agreement, int]:
    return Agreement.objects.order_by("-version").values_list("version", flat=True)[:1]
