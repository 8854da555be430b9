"""The portal's administrator gives people another role (outsourcing spec §10, "manages its people")."""

from __future__ import annotations

from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.models import Membership
from tests.conftest import sign_in
from tests.outsourcing.portal.conftest import Portal
from tickets.models import QueueMember

PEOPLE = "/ozols-montaza/partner-portal/people/"


def role_of(portal: Portal, member: Membership) -> str:
    with scope.tenant(portal.tenant):
        return Membership.objects.select_related("role").get(pk=member.pk).role.code


def test_another_role_acts_on_the_next_request(ozols: Portal, max: Membership) -> None:
    liga = tenants.add_member(ozols.tenant, "liga@ozols.example", "Līga", "technician")
    browser = sign_in(liga)
    assert browser.get(PEOPLE).status_code == 403
    assert browser.post(f"{PEOPLE}{liga.pk}/role/", {"role": "administrator", "seen": "technician"}).status_code == 403
    assert role_of(ozols, liga) == "technician", "nobody raises themselves"
    page = ozols.client.get(PEOPLE).content.decode()
    assert f"{PEOPLE}{liga.pk}/role/" in page and f"{PEOPLE}{ozols.ivo.pk}/role/" not in page
    raised = ozols.client.post(f"{PEOPLE}{liga.pk}/role/", {"role": "administrator", "seen": "technician"})
    assert raised.status_code == 302 and browser.get(PEOPLE).status_code == 200
    back = ozols.client.post(f"{PEOPLE}{liga.pk}/role/", {"role": "technician", "seen": "administrator"})
    assert back.status_code == 302 and browser.get(PEOPLE).status_code == 403
    with scope.tenant(ozols.tenant):
        changes = list(Entry.objects.filter(kind="member.role_changed").order_by("pk").values_list("data", flat=True))
        assert [(one["old"]["code"], one["new"]["code"]) for one in changes] == [
            ("technician", "administrator"),
            ("administrator", "technician"),
        ]
        assert QueueMember.objects.filter(member=liga).count() == 1, "technicians work the one queue"


def test_what_is_no_role_of_a_portal_or_was_changed_meanwhile_changes_nothing(
    ozols: Portal,
    max: Membership,
) -> None:
    liga = tenants.add_member(ozols.tenant, "liga@ozols.example", "Līga", "technician")
    for pk, role, seen, status in (
        (liga.pk, "billing", "technician", 404),
        (liga.pk, "", "technician", 404),
        (liga.pk, "administrator", "dispatcher", 409),
        (max.pk, "technician", "administrator", 404),
        (ozols.ivo.pk, "technician", "administrator", 409),
    ):
        answer = ozols.client.post(f"{PEOPLE}{pk}/role/", {"role": role, "seen": seen})
        assert answer.status_code == status, (pk, role, seen)
    assert (role_of(ozols, liga), role_of(ozols, ozols.ivo)) == ("technician", "administrator")
    assert (
        sign_in(max).post(f"/nordlicht/partner-portal/people/{max.pk}/role/", {"role": "technician"}).status_code == 404
    )
