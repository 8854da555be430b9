"""When a customer's person is erased: what they decided stays, with its fingerprint; who they were does not."""

from __future__ import annotations

from collections.abc import Sequence

from psa.directory import erasing
from psa.directory.models import Contact
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused
from workflows.models import Decision, Estimate, EstimateStatus


def connect() -> None:
    """Answer the address book. Called once, when the app starts."""
    erasing.guard(no_estimate_waits)
    erasing.follow(on_erased)


def no_estimate_waits(contact: Contact) -> None:
    """What an estimate says does not change while it is decided on. Raises Refused("contact_has_estimate")."""
    if Estimate.objects.filter(ticket__contact=contact, status=EstimateStatus.SENT).exists():
        raise Refused("contact_has_estimate")


def on_erased(contact: Contact, words: Sequence[str], by: Actor) -> None:
    """Out of the estimates of their requests, out of what they decided, and out of the approvers."""
    for row in Estimate.objects.filter(ticket__contact=contact):
        Estimate.objects.filter(pk=row.pk).erase(text=erasing.without(row.text, words))
    for said in Decision.objects.filter(contact=contact):
        kept = {"name": erasing.ERASED, "address": "", "text": erasing.without(said.text, words)}
        Decision.objects.filter(pk=said.pk).erase(**kept)
