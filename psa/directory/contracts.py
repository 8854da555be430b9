"""Which of a customer's contracts counts on a day."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from psa.directory.models import Contract


def in_force(company_id: int, on: date) -> Contract | None:
    """The company's contract on that day, the latest begun if there are several; None without one."""
    valid = Q(ends_on=None) | Q(ends_on__gte=on)
    return Contract.objects.filter(valid, company=company_id, starts_on__lte=on).order_by("-starts_on", "-pk").first()
