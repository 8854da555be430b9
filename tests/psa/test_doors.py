"""Who gets in: sign-in, a tenant's address, a token used once (A11, B2, B3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from psa.tenancy import doors, scope, services
from psa.tenancy.models import Membership, Tenant, Token, User
from tests.races import race


def issue(tenant, purpose="invitation", subject_id=7, hours=1) -> str:
    with scope.tenant(tenant):
        return doors.issue(purpose, subject_id, timezone.now() + timedelta(hours=hours))


def suspend(tenant) -> None:
    with scope.platform("test: suspend"):
        Tenant.objects.filter(pk=tenant.pk).update(suspended_at=timezone.now())


# Tokens -----------------------------------------------------------------------------------------------------------


def test_a_token_opens_its_door_once(nordlicht):
    raw = issue(nordlicht)
    assert doors.look("invitation", raw).used_at is None
    opened = doors.use("invitation", raw)
    assert (opened.tenant_id, opened.subject_id) == (nordlicht.pk, 7)
    assert doors.use("invitation", raw) is None
    assert doors.look("invitation", raw).used_at is not None


def test_looking_does_not_use_it(nordlicht):
    raw = issue(nordlicht)
    assert doors.look("invitation", raw) and doors.look("invitation", raw)
    assert doors.use("invitation", raw)


def test_a_token_is_good_for_its_purpose_only(nordlicht):
    raw = issue(nordlicht)
    assert doors.look("reset", raw) is None
    assert doors.use("reset", raw) is None
    assert doors.use("invitation", raw), "the wrong door did not use it up"


def test_a_token_expires(nordlicht):
    raw = issue(nordlicht, hours=1)
    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1), tick=True):
        assert doors.look("invitation", raw) is None
        assert doors.use("invitation", raw) is None


@pytest.mark.parametrize("raw", ["", None, "0", " ", "x" * 10_000, "\x00"])
def test_b2_an_empty_or_invented_token_never_matches(nordlicht, raw):
    issue(nordlicht)
    assert doors.look("invitation", raw) is None
    assert doors.use("invitation", raw) is None


def test_an_empty_hash_cannot_be_stored(nordlicht):
    with scope.tenant(nordlicht), pytest.raises(IntegrityError), transaction.atomic():
        Token.objects.create(purpose="invitation", subject_id=7, hash="", expires_at=timezone.now())


def test_the_secret_itself_is_not_kept(nordlicht):
    raw = issue(nordlicht)
    with scope.tenant(nordlicht):
        assert raw not in str(list(Token.objects.values()))


def test_a_new_token_makes_the_older_one_void(nordlicht):
    first = issue(nordlicht)
    other = issue(nordlicht, subject_id=8)
    second = issue(nordlicht)
    assert doors.use("invitation", first) is None
    assert doors.use("invitation", second)
    assert doors.use("invitation", other)


def test_what_was_rolled_back_did_not_use_it(nordlicht):
    raw = issue(nordlicht)
    with pytest.raises(KeyError), transaction.atomic():
        assert doors.use("invitation", raw)
        raise KeyError
    assert doors.use("invitation", raw)


@pytest.mark.django_db(transaction=True)
def test_of_eight_uses_at_once_one_wins(nordlicht):
    raw = issue(nordlicht)
    answers = race(*[lambda: doors.use("invitation", raw)] * 8)
    assert len([answer for answer in answers if answer is not None]) == 1
    assert not any(isinstance(answer, Exception) for answer in answers)


# A tenant's address -----------------------------------------------------------------------------------------------


def test_a_member_enters_its_tenant_and_no_other(ada, baltic):
    assert doors.member(ada.user, "nordlicht") == ada
    assert doors.member(ada.user, "baltic") is None
    assert doors.member(ada.user, "nowhere") is None
    assert doors.member(ada.user, "") is None


@pytest.mark.parametrize("who_left", ["member", "person", "tenant"])
def test_who_left_does_not_enter(ada, nordlicht, who_left):
    with scope.platform("test: leave"):
        match who_left:
            case "member":
                Membership.objects.filter(pk=ada.pk).update(is_active=False)
            case "person":
                User.objects.filter(pk=ada.user_id).update(is_active=False)
            case "tenant":
                suspend(nordlicht)
    assert doors.member(ada.user, "nordlicht") is None


def test_my_tenants_are_those_i_may_enter(ada, baltic, atlas):
    services.add_member(baltic, "ada@nordlicht.example", "Ada", "technician")
    services.add_member(atlas, " ADA@nordlicht.example ", "Ada", "administrator")
    suspend(atlas)
    assert [desk.slug for desk in doors.desks(ada.user)] == ["baltic", "nordlicht"]


def test_no_door_leaves_a_scope_behind(ada):
    doors.member(ada.user, "nordlicht")
    doors.desks(ada.user)
    doors.tenant_ids()
    doors.look("invitation", "x")
    assert scope.current() is None
    with scope.tenant(ada.tenant_id):
        doors.member(ada.user, "nordlicht")
        assert scope.current() == ada.tenant_id


def test_scopes_nest_and_come_back_after_an_exception(nordlicht, baltic):
    with scope.tenant(nordlicht):
        with pytest.raises(KeyError), scope.tenant(baltic):
            raise KeyError
        with scope.platform("test: nested"):
            assert scope.current() == scope.PLATFORM
        assert scope.current() == nordlicht.pk
    assert scope.current() is None
    with pytest.raises(ValueError, match="Say why"), scope.platform(""):
        pass
