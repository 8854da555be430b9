"""People, roles, the matrix and why: every change is one entry, acts on the next request, and somebody remains."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from psa.journal.models import Entry
from psa.members import matrix
from psa.members import services as members
from psa.members.services import Change, Permission
from psa.tenancy import capabilities, services
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Denied, Refused
from psa.tenancy.models import Membership, Role
from tests.conftest import acting, sign_in

NORD = "/nordlicht/"


@pytest.fixture
def rita(nordlicht: Any) -> Membership:
    """Read-only."""
    return services.add_member(nordlicht, "rita@nordlicht.example", "Rita Voss", "read-only")


def fresh(member: Membership) -> Membership:
    return Membership.objects.select_related("role", "tenant").get(pk=member.pk)


def role(code: str) -> Role:
    return Role.objects.get(code=code)


def everything() -> Any:
    """All that says what somebody may do, and the journal."""
    rows = [list(model._default_manager.order_by("pk").values()) for model in (Role, Membership)]
    return rows, Entry.objects.count()


# Presets --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "level", "limit"),
    [
        ("dispatcher", "partners", None),
        ("technician", "outsource", Decimal(500)),
        ("sales", "none", Decimal(500)),
        ("billing", "none", Decimal(500)),
        ("read-only", "none", Decimal(500)),
        ("administrator", "all", None),
    ],
)
def test_a_new_member_begins_with_the_preset_of_the_role(nordlicht, code, level, limit):
    made = services.add_member(nordlicht, "new@nordlicht.example", "New", code)
    with acting(made):
        assert (fresh(made).level, fresh(made).limit, made.follows_role_limit) == (level, limit, True)


def test_the_limit_is_the_roles_the_levels_or_ones_own(ada, max):
    with acting(max) as by:
        members.preset(role("technician"), "outsource", Decimal(800), by=by)
        assert fresh(ada).limit == Decimal(800)
        for wanted, limit in (
            (Permission("partners", True), None),
            (Permission("partners", False, Decimal(2000)), Decimal(2000)),
            (Permission("outsource", False, Decimal(0)), Decimal(0)),
            (Permission("outsource", False, None), None),
            (Permission("outsource", True), Decimal(800)),
        ):
            members.permit([Change(ada, Permission.of(fresh(ada)), wanted)], by=by)
            assert fresh(ada).limit == limit
            assert Actor.of(fresh(ada)).amount_limit == limit


# The Security tab -----------------------------------------------------------------------------------------------------
def test_a_role_change_asks_about_the_level(ada, max):
    browser, tab = sign_in(max), f"{NORD}people/{ada.pk}/security/"
    with acting(max):
        dispatcher = role("dispatcher")
        before = everything()
    asked = browser.post(tab, {"role": dispatcher.pk})
    assert asked.status_code == 422
    text = asked.content.decode()
    assert 'value="preset"' in text and 'value="keep"' in text and 'type="radio"' in text
    with acting(max):
        assert everything() == before
    assert browser.post(tab, {"role": dispatcher.pk, "on_change": "keep"}).status_code == 302
    with acting(max):
        assert (fresh(ada).role.code, fresh(ada).level) == ("dispatcher", "outsource")
        technician = role("technician")
    assert browser.post(tab, {"role": technician.pk}).status_code == 302, "the level is the new role's already"
    assert browser.post(tab, {"role": dispatcher.pk, "on_change": "preset"}).status_code == 302
    with acting(max):
        assert (fresh(ada).level, fresh(ada).limit) == ("partners", None)
        kinds = list(Entry.objects.filter(subject_id=ada.pk).values_list("kind", flat=True))
        assert kinds == ["member.role_changed"] * 3
        last = Entry.objects.latest("pk")
        assert (last.data["old"]["code"], last.data["new"]["code"]) == ("technician", "dispatcher")
        assert [one["level"] for one in last.data["level"]] == ["outsource", "partners"]


def test_level_and_limit_are_set_on_the_tab(ada, max):
    typed = {"level": "outsource", "limit_is": "own", "amount": "1200.50", "seen": "outsource|1|"}
    post = {f"m{ada.pk}-{name}": value for name, value in typed.items()}
    assert sign_in(max).post(f"{NORD}people/{ada.pk}/permit/", post).status_code == 302
    with acting(max):
        assert fresh(ada).limit == Decimal("1200.50")
        entry = Entry.objects.latest("pk")
        assert (entry.kind, entry.subject_id, entry.by_id) == ("member.level_changed", ada.pk, max.pk)
        assert entry.data == {
            "old": {"level": "outsource", "follows_role": True, "limit": None},
            "new": {"level": "outsource", "follows_role": False, "limit": "1200.50"},
        }


@pytest.mark.parametrize("amount", ["-1", "", "abc", "1e99", "99999999999999"])
def test_a_limit_is_an_amount(ada, max, amount):
    typed = {"level": "outsource", "limit_is": "own", "amount": amount, "seen": "outsource|1|"}
    with acting(max):
        before = everything()
    post = {f"m{ada.pk}-{name}": value for name, value in typed.items()}
    assert sign_in(max).post(f"{NORD}people/{ada.pk}/permit/", post).status_code == 422
    with acting(max):
        assert everything() == before


# Somebody remains -----------------------------------------------------------------------------------------------------
def test_the_last_administrator_remains(max, ada):
    with acting(max) as by:
        before = everything()
        for keep in (True, False):
            with pytest.raises(Refused, match="somebody_must"):
                members.change_role(max, role("technician"), by=by, takes_preset=keep)
        assert everything() == before
    tab = f"{NORD}people/{max.pk}/security/"
    with acting(max):
        technician = role("technician")
    assert sign_in(max).post(tab, {"role": technician.pk, "on_change": "keep"}).status_code == 422
    with acting(max):
        assert everything() == before


def test_an_all_holder_alone_could_not_manage_members(max, ada):
    with acting(max) as by:
        members.permit([Change(ada, Permission.of(fresh(ada)), Permission("all", True))], by=by)
        with pytest.raises(Refused, match="somebody_must_manage"):
            members.change_role(max, role("technician"), by=by, takes_preset=False)


def test_administrators_hold_everything_and_nothing_of_it_is_lowered(max, ada):
    with acting(max) as by:
        before = everything()
        with pytest.raises(Refused, match="administrators_hold_everything"):
            members.permit([Change(max, Permission.of(fresh(max)), Permission("outsource", True))], by=by)
        with pytest.raises(Refused, match="administrators_hold_everything"):
            members.preset(role("administrator"), "none", Decimal(0), by=by)
        seen = members.fingerprint(matrix.every_role())
        with pytest.raises(Refused, match="administrators_hold_everything"):
            members.set_reaches({(role("administrator").pk, "tenant.manage"): ""}, seen, by=by)
        assert everything() == before
        Role.objects.filter(code="administrator").update(capabilities={})
        assert Actor.of(fresh(max)).can("tenant.manage") == "all"


def test_the_last_who_manages_members_keeps_the_right(max, ada, nordlicht):
    """A role of one's own that manages members, and the only administrator gone."""
    with acting(max) as by:
        members.permit([Change(ada, Permission.of(fresh(ada)), Permission("all", True))], by=by)
        office = members.add_role("Office", role("administrator"), by=by)
        members.change_role(max, office, by=by, takes_preset=False)
    with acting(max) as by:
        seen = members.fingerprint(matrix.every_role())
        with pytest.raises(Refused, match="somebody_must"):
            members.set_reaches({(office.pk, "tenant.manage"): ""}, seen, by=by)
        assert Actor.of(fresh(max)).can("tenant.manage") == "all"


# The matrix -----------------------------------------------------------------------------------------------------------
def test_a_changed_cell_acts_on_the_next_request_and_is_one_entry(max, rita):
    """The actor is read with every request: no signing in again."""
    reader, browser = sign_in(rita), sign_in(max)
    assert reader.get(f"{NORD}companies/new/").status_code == 403
    with acting(max):
        seen, pk = members.fingerprint(matrix.every_role()), role("read-only").pk
        count = Entry.objects.count()
    answer = browser.post(f"{NORD}roles/", {"seen": seen, "company.manage": [f"{pk}:all"]})
    assert answer.status_code == 302
    assert reader.get(f"{NORD}companies/new/").status_code == 200
    with acting(max):
        assert Entry.objects.count() == count + 1
        entry = Entry.objects.latest("pk")
        assert (entry.kind, entry.by_id, entry.subject_id) == ("role.right_changed", max.pk, pk)
        assert (entry.data["capability"], entry.data["old"], entry.data["new"]) == ("company.manage", "", "all")
        seen = members.fingerprint(matrix.every_role())
    browser.post(f"{NORD}roles/", {"seen": seen, "company.manage": [f"{pk}:"]})
    assert reader.get(f"{NORD}companies/new/").status_code == 403


def test_a_stale_matrix_saves_nothing_and_keeps_what_was_typed(max):
    with acting(max) as by:
        stale, pk = members.fingerprint(matrix.every_role()), role("sales").pk
        members.set_reaches({(pk, "ticket.view"): "all"}, stale, by=by)
        before = everything()
    answer = sign_in(max).post(f"{NORD}roles/", {"seen": stale, "ticket.delete": [f"{pk}:all"]})
    assert answer.status_code == 409
    assert f'value="{pk}:all" selected' in answer.content.decode()
    with acting(max):
        assert everything() == before


def test_only_reaches_a_right_has_are_taken(max):
    with acting(max) as by:
        pk, before = role("sales").pk, everything()
        seen = members.fingerprint(matrix.every_role())
        for capability, reach in (("tenant.manage", "own"), ("ticket.view", "portal"), ("no.such", "all")):
            with pytest.raises(ValueError, match="cannot reach"):
                members.set_reaches({(pk, capability): reach}, seen, by=by)
    answer = sign_in(max).post(f"{NORD}roles/", {"seen": seen, "tenant.manage": [f"{pk}:own", "x", "999999:all"]})
    assert answer.status_code == 302
    with acting(max):
        assert everything() == before


def test_every_cell_of_the_page_is_the_table_of_the_code(max):
    with acting(max):
        context = matrix.context()
        for row in context["rows"]:
            for one, cell in zip(context["roles"], row["cells"], strict=True):
                reach = capabilities.DEFAULTS[one.code].get(row["capability"], "")
                assert cell.words == (str(capabilities.REACHES[reach]) if reach else "–")
                assert bool(cell.options) is (one.code not in {"administrator", "contact"})


# Roles of one's own ---------------------------------------------------------------------------------------------------
def test_a_role_of_ones_own_is_copied_renamed_given_and_deleted_when_unused(max, ada):
    browser = sign_in(max)
    with acting(max):
        model = role("technician")
    assert browser.post(f"{NORD}roles/add/", {"name": "Night shift", "copy_of": model.pk}).status_code == 302
    with acting(max):
        made = Role.objects.latest("pk")
        assert (made.name, made.capabilities, made.outsourcing_level) == (
            "Night shift", model.capabilities, "outsource",
        )  # fmt: skip
        assert made.code == "night-shift"
    assert browser.post(f"{NORD}roles/{made.pk}/rename/", {"name": "Nights"}).status_code == 302
    tab = f"{NORD}people/{ada.pk}/security/"
    assert browser.post(tab, {"role": made.pk}).status_code == 302, "the same preset: nothing to ask"
    refused = browser.post(f"{NORD}roles/{made.pk}/delete/")
    assert refused.status_code == 409 and "Nights" in refused.content.decode()
    with acting(max):
        assert fresh(ada).role.name == "Nights"
    browser.post(tab, {"role": model.pk})
    assert browser.post(f"{NORD}roles/{made.pk}/delete/").status_code == 302
    with acting(max):
        assert not Role.objects.filter(pk=made.pk).exists()
        kinds = list(Entry.objects.filter(subject_type="role").order_by("pk").values_list("kind", flat=True))
        assert kinds == ["role.added", "role.renamed", "role.deleted"]


def test_a_role_called_administrator_is_none(max, ada):
    """Whether somebody is an administrator hangs on the code, and nobody can have that code."""
    with acting(max) as by:
        for name in ("Administrator", "ADMINISTRATOR"):
            with pytest.raises(Refused, match="role_is_called_so"):
                members.add_role(name, role("read-only"), by=by)
        made = members.add_role("administrator ", role("read-only"), by=by)
        assert made.code != "administrator" and not made.is_administrator


def test_built_in_roles_are_reset_not_renamed_or_deleted(max):
    browser = sign_in(max)
    with acting(max) as by:
        sales = role("sales")
        seen = members.fingerprint(matrix.every_role())
        members.set_reaches({(sales.pk, "ticket.view"): "all", (sales.pk, "price.view"): ""}, seen, by=by)
        with pytest.raises(Refused, match="role_is_built_in"):
            members.rename_role(sales, "Vertrieb", by=by)
        with pytest.raises(Refused, match="role_is_built_in"):
            members.delete_role(sales, by=by)
    assert browser.post(f"{NORD}roles/{sales.pk}/reset/").status_code == 302
    with acting(max):
        assert role("sales").capabilities == capabilities.DEFAULTS["sales"]
        entry = Entry.objects.latest("pk")
        assert entry.kind == "role.reset"
        assert entry.data["changes"] == {"ticket.view": ["all", "mine"], "price.view": ["", "all"]}


def test_the_portals_role_is_held_and_copied_by_nobody(max, ada):
    with acting(max) as by:
        with pytest.raises(Refused, match="role_is_not_for_members"):
            members.change_role(ada, role("contact"), by=by, takes_preset=False)
        with pytest.raises(Refused, match="role_is_not_for_members"):
            members.add_role("Copy", role("contact"), by=by)


@pytest.mark.parametrize("verb", ["permit", "preset", "change_role", "set_reaches", "reset", "add_role", "delete_role"])
def test_without_the_right_nothing_changes(ada, max, verb):
    with acting(max):
        before = everything()
    with acting(ada) as by:
        sales = role("sales")
        calls = {
            "permit": lambda: members.permit([Change(ada, Permission.of(fresh(ada)), Permission("all", True))], by=by),
            "preset": lambda: members.preset(sales, "all", None, by=by),
            "change_role": lambda: members.change_role(ada, role("administrator"), by=by, takes_preset=True),
            "set_reaches": lambda: members.set_reaches({(sales.pk, "ticket.view"): "all"}, "", by=by),
            "reset": lambda: members.reset(sales, by=by),
            "add_role": lambda: members.add_role("Mine", sales, by=by),
            "delete_role": lambda: members.delete_role(sales, by=by),
        }
        with pytest.raises(Denied):
            calls[verb]()
        assert everything() == before


# Why ------------------------------------------------------------------------------------------------------------------
def why(browser: Any, member: Membership, capability: str, ticket: Any = "") -> str:
    answer = browser.get(f"{NORD}people/{member.pk}/why/", {"capability": capability, "ticket": ticket})
    assert answer.status_code == 200
    return answer.content.decode()


def test_why_names_role_level_limit_reach_and_who_grants_it(max, ada, rita, ticket, settings):
    settings.LANGUAGE_CODE = "en"
    with acting(max):
        Membership.objects.filter(pk=max.pk).update(language="en")
    browser = sign_in(max)
    browser.cookies["django_language"] = "en"
    said = why(browser, rita, "ticket.edit")
    assert "Rita Voss may not" in said or "Read-only" in said or "tone-amber" in said
    assert "tone-amber" in said and "Max Petersen" in said
    assert "tone-green" in why(browser, ada, "ticket.edit")
    assert "tone-amber" in why(browser, ada, "ticket.edit", ticket.number), "it is in no queue of hers"
    assert "tone-green" in why(browser, max, "ticket.edit", ticket.number)
    assert "500" in why(browser, ada, "outsource.send")
    assert "tone-amber" in why(browser, ada, "outsource.partners")
    assert "tone-green" in why(browser, max, "outsource.all")


def test_why_of_another_companys_ticket_or_member_says_nothing(max, sam, ada, ticket):
    assert sign_in(sam).get(f"/atlas/people/{ada.pk}/why/").status_code == 404
    unknown = sign_in(max).get(f"{NORD}people/{ada.pk}/why/", {"capability": "ticket.edit", "ticket": 999})
    assert unknown.status_code == 422


# History --------------------------------------------------------------------------------------------------------------
def test_the_history_says_old_new_and_who(max, ada):
    with acting(max) as by:
        members.permit([Change(ada, Permission.of(fresh(ada)), Permission("partners", False, Decimal(2000)))], by=by)
        members.preset(role("technician"), "outsource", Decimal(700), by=by)
    page = sign_in(max).get(f"{NORD}audit/").content.decode()
    for word in ("Ada Brandt", "Max Petersen", "2.000", "700"):
        assert word in page or word.replace(".", ",") in page, word
    only = sign_in(max).get(f"{NORD}audit/?member={ada.pk}").content.decode()
    assert "2.000" in only or "2,000" in only
    assert "700,00" not in only and "700.00" not in only


@pytest.mark.parametrize("page", ["people/", "roles/", "outsourcing/permissions/"])
def test_the_pages_cost_the_same_for_many(max, nordlicht, page):
    def statements() -> int:
        browser = sign_in(max)
        browser.get(NORD + page)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(NORD + page).status_code == 200
        return len(seen)

    services.add_member(nordlicht, "a@nordlicht.example", "A", "technician")
    from_few = statements()
    for number in range(8):
        made = services.add_member(nordlicht, f"n{number}@nordlicht.example", f"N{number}", "technician")
        with acting(max) as by:
            members.permit([Change(made, Permission.of(fresh(made)), Permission("partners", True))], by=by)
            members.add_role(f"Role {number}", role("sales"), by=by)
    assert statements() == from_few
