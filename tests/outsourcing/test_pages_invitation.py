"""The page behind an invitation's link: looking decides nothing, and one answer counts, of somebody who may give it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from outsourcing.models import Invitation, Partnership
from outsourcing.services import partners
from psa.directory.models import Company
from psa.tenancy import doors, services
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import drain


@pytest.fixture
def link(max: Membership, desk_of_nordlicht: Company, monkeypatch: pytest.MonkeyPatch) -> str:
    """Nordlicht's invitation to Atlas; its secret stands in the mail alone."""
    secrets, issue = [], doors.issue
    monkeypatch.setattr(partners.doors, "issue", lambda *args: secrets.append(issue(*args)) or secrets[-1])
    with acting(max) as by:
        atlas = Company.objects.create(name="Atlas", kind="partner")
        partners.invite(atlas, "sam@atlas.example", "Sam", by=by)
    return f"/invitations/{secrets[0]}/"


def status(max: Membership) -> str:
    with acting(max):
        return Invitation.objects.get().status


def test_whoever_holds_the_link_sees_who_invites_and_is_led_to_sign_in(link: str, max: Membership) -> None:
    page = Client().get(link).content.decode()
    assert "Nordlicht IT" in page and "Max Petersen" in page and "sam@atlas.example" in page
    assert f"/accounts/login/?next={link.replace('/', '%2F')}" in page
    assert Client().get(f"{link}accept/").status_code == 405
    assert Client().get(f"{link}decline/").status_code == 405
    assert Client().post(f"{link}accept/", {"desk": "atlas"}).status_code == 302
    assert status(max) == "sent"


def test_accepting_makes_partners_of_both_and_the_link_is_used_up(link: str, max: Membership, sam: Membership) -> None:
    client = sign_in(sam)
    answer = client.post(f"{link}accept/", {"desk": "atlas"})
    assert (answer.status_code, answer["Location"]) == (302, "/atlas/outsourcing/")
    drain()
    assert status(max) == "accepted"
    assert client.get(link).status_code == 410
    assert client.post(f"{link}accept/", {"desk": "atlas"}).status_code == 410
    assert client.post(f"{link}decline/").status_code == 410
    with acting(max):
        assert Partnership.objects.get().service_name == "Atlas Support"
    assert "Atlas Support" in client.get("/atlas/outsourcing/partners/").content.decode()


def test_declining_needs_the_link_alone(link: str, max: Membership) -> None:
    assert Client().post(f"{link}decline/").status_code == 200
    assert status(max) == "declined"
    assert Client().get(link).status_code == 410


def test_b3_nobody_accepts_for_a_company_that_is_not_theirs(link: str, max: Membership, sam: Membership) -> None:
    assert sign_in(sam).post(f"{link}accept/", {"desk": "baltic"}).status_code == 409
    assert status(max) == "sent"


def test_accepting_takes_the_right_to_manage_partners(link: str, max: Membership, sam: Membership, atlas: Any) -> None:
    reader = services.add_member(atlas, "ron@atlas.example", "Ron", "read-only")
    assert sign_in(reader).post(f"{link}accept/", {"desk": "atlas"}).status_code == 409
    assert status(max) == "sent"


def test_nobody_partners_with_themselves(link: str, max: Membership) -> None:
    assert sign_in(max).post(f"{link}accept/", {"desk": "nordlicht"}).status_code == 409
    assert status(max) == "sent"


def test_b3_withdrawn_expired_or_made_up_links_open_nothing(link: str, max: Membership, sam: Membership) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        assert Client().get(link).status_code == 410
    with acting(max) as by:
        partners.withdraw(Invitation.objects.get(), by=by)
    assert sign_in(sam).post(f"{link}accept/", {"desk": "atlas"}).status_code == 410
    assert Client().get("/invitations/made-up/").status_code == 410
    with acting(max):
        assert not Partnership.objects.exists()


def test_pausing_resuming_and_ending_from_the_page(
    max: Membership, gunta: Membership, partnership: Partnership
) -> None:
    client, at = sign_in(max), f"/nordlicht/outsourcing/partners/{partnership.key}"

    def now() -> str:
        with acting(max):
            return Partnership.objects.get().status

    client.post(f"{at}/pause/")
    assert now() == "paused"
    assert sign_in(gunta).post(f"/baltic/outsourcing/partners/{partnership.key}/resume/").status_code == 409
    client.post(f"{at}/resume/")
    assert now() == "active"
    assert client.get(f"{at}/end/").status_code == 200
    assert now() == "active"
    client.post(f"{at}/end/")
    assert now() == "ended"
