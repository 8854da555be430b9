"""Every address × administrator, technician, partner, stranger and nobody (hostile tests A1, A2, A13).

A new address fails here until it has its line in PATHS (tests/access_table.py):

    "app:name": Path("capability", lambda w: {"number": w.ticket.number}, technician=403)

`needs` is the right its view takes; `args` makes the address from the rows of one company. Unless the line says
otherwise, administrators and technicians read it (200), members without the right get 403, everybody else 404, and who
is not signed in is sent to sign in. What only takes POST answers GET with 405. `form` is what an administrator can send
there; `ids` are its fields that name another row: each is tried with the other company's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from psa.tenancy import scope
from psa.tenancy import services as tenants
from psa.tenancy.models import Membership, Role, Tenant
from psa.web.access import CUSTOMER, EVERYBODY, MEMBER, OPERATOR, SIGNED_IN
from tests import held
from tests.access_outside import OUTSIDE
from tests.access_stage import World, a_desk, with_a_partner
from tests.access_table import CHANGED, NO_IDS, PATHS, VARIANTS, Path
from tests.conftest import sign_in, try_rows
from tickets.models import QueueMember
from tickets.services import MOVES_FOR_ALL


# The cast -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def nord(max: Membership, baltic: Tenant) -> World:
    """Nordlicht, whose addresses are tried. Baltic is its partner and has one offer of it."""
    return with_a_partner(a_desk(max, "CanaryNord", 6), baltic)


@pytest.fixture
def atlas_desk(sam: Membership) -> World:
    """Atlas, a stranger with a desk of its own."""
    return a_desk(sam, "CanaryAtlas", 1)


@pytest.fixture
def technician(ada: Membership, nord: World) -> Client:
    """Ada, who works Nordlicht's queue."""
    with scope.tenant(nord.tenant):
        QueueMember.objects.create(queue=nord.queue, member=ada)
    return sign_in(ada)


@pytest.fixture
def nobody(nordlicht: Tenant) -> Client:
    """A member of Nordlicht whose role may do nothing at all."""
    member = tenants.add_member(nordlicht, "nil@nordlicht.example", "Nil", "contact")
    with scope.tenant(nordlicht):
        Role.objects.filter(code="contact").update(capabilities={})
    return sign_in(member)


def lines() -> list[tuple[str, str, Path]]:
    """Every line of the table, the variants too: what it is called here, its address's name, and the line."""
    named = [(name, name, path) for name, path in PATHS.items()]
    return [*named, *((f"{name} ({title})", name, path) for title, (name, path) in VARIANTS.items())]


def walk(check: Callable[[str, Path], None], among: list[Any] | None = None) -> None:
    """Try every line on the same stage, each undone before the next, and name all that fail."""
    wrong = []
    for title, *line in lines() if among is None else among:
        try:
            with transaction.atomic():
                check(*line)
                transaction.set_rollback(True)
        except Exception as error:
            wrong.append(f"{title}: {error!r}")
    assert not wrong, "\n".join(wrong)


def address(name: str, path: Path, rows: World, slug: str = "nordlicht") -> str:
    return reverse(name, kwargs={"tenant": slug, **path.args(rows)})


def body(response: HttpResponseBase) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return content.decode("utf-8", "replace") + str(response.headers)


def everything() -> dict[str, Any]:
    """All rows a refused request must have left alone."""
    return {model.__name__: held.rows(model) for model in CHANGED}


# A13 ------------------------------------------------------------------------------------------------------------------
def named(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            inner = f"{prefix}{one.namespace}:" if one.namespace else prefix
            yield from named(one.url_patterns, inner)
        else:
            yield f"{prefix}{one.name or one.pattern}", one


def test_a1_every_address_has_its_line() -> None:
    found = {name for name, _ in named()}
    assert found == PATHS.keys() | OUTSIDE.keys(), "Give every address a line in PATHS, and take away what is gone."


def test_no_address_hides_another(nord: World) -> None:
    """The first pattern that fits answers: a move of a handover is not to stand where a move of the ticket does."""
    for title, name, path in lines():
        found = resolve(address(name, path, nord))
        assert found.view_name == name, f"{title} is answered by {found.view_name}"
    for move in MOVES_FOR_ALL:
        found = resolve(reverse("tickets:move", args=["nordlicht", 1, move.name]))
        assert found.view_name == "tickets:move", f"The move {move.name} is answered by {found.view_name}"


def test_a13_what_a_view_says_it_needs_is_what_the_table_says() -> None:
    """Where the right depends on the kind of row the view asks for more than it says; the walk below shows it."""
    for name, pattern in named():
        said = getattr(pattern.callback, "needs", None)
        if name in PATHS and said not in {None, "ticket.view"}:
            assert said == PATHS[name].needs, name
        assert name in PATHS or said in {None, CUSTOMER, EVERYBODY, SIGNED_IN, OPERATOR}, name


def test_a13_a_member_without_the_right_is_told_so(nobody: Client, nord: World) -> None:
    def told(name: str, path: Path) -> None:
        for method in ("get", "post"):
            answer = getattr(nobody, method)(address(name, path, nord))
            if answer.status_code == 405 or path.needs == MEMBER:
                continue
            assert answer.status_code == 403, method
            assert nord.canary not in body(answer)

    walk(told)


# A1 -------------------------------------------------------------------------------------------------------------------
def test_a1_members_read_what_the_table_says(technician: Client, nord: World) -> None:
    administrator = sign_in(nord.max)

    def read(name: str, path: Path) -> None:
        url = address(name, path, nord)
        assert administrator.get(url).status_code == path.administrator
        assert technician.get(url).status_code == path.technician

    walk(read)


def test_a1_partner_and_stranger_find_nothing_there(nord: World, gunta: Membership, sam: Membership) -> None:
    people = [sign_in(gunta), sign_in(sam)]
    with scope.tenant(nord.tenant):
        before = everything()

    def nothing(name: str, path: Path) -> None:
        url = address(name, path, nord)
        for person in people:
            for method in ("get", "post"):
                answer = getattr(person, method)(url, path.form(nord) if path.form and method == "post" else {})
                assert answer.status_code == 404
                assert nord.canary not in body(answer)
        with scope.tenant(nord.tenant):
            assert everything() == before

    walk(nothing)


def test_a1_a_technician_and_a_portal_company_find_nothing_there_either(
    nord: World, atlas: Tenant, baltic: Tenant
) -> None:
    """The ids of Nordlicht for a technician of another company, and for the people of a company that has the portal
    only; at Nordlicht's addresses and, with the same numbers and keys, at their own."""
    with scope.platform("test: a portal company"):
        portal = tenants.create_tenant("Ozols", "ozols", language="lv", time_zone="Europe/Riga", country="LV")
        Tenant.objects.filter(pk=portal.pk).update(is_portal=True)
        portal.refresh_from_db()
        people = [
            (atlas, tenants.add_member(atlas, "tech@atlas.example", "Tech", "technician")),
            (portal, tenants.add_member(portal, "boss@ozols.example", "Boss", "administrator")),
        ]
    browsers = [(tenant, sign_in(member)) for tenant, member in people]
    with scope.tenant(nord.tenant):
        before = everything()

    def nothing(name: str, path: Path) -> None:
        for tenant, browser in browsers:
            for slug, method in (("nordlicht", "get"), ("nordlicht", "post"), (tenant.slug, "get")):
                url = address(name, path, nord, slug)
                answer = getattr(browser, method)(url, path.form(nord) if path.form and method == "post" else {})
                if slug == "nordlicht":
                    assert answer.status_code == 404, method
                assert nord.canary not in body(answer), (slug, method)
        with scope.tenant(nord.tenant):
            assert everything() == before

    walk(nothing)


def test_a1_nobody_is_sent_to_sign_in(client: Client, nord: World) -> None:
    """By the way where something is asked for; by a page that shows again what was sent where something was."""

    def sent_away(name: str, path: Path) -> None:
        url = address(name, path, nord)
        asked, sent = client.get(url), client.post(url, path.form(nord) if path.form else {})
        assert (asked.status_code, asked.url.partition("?")[0]) == (302, reverse("account_login"))
        assert sent.status_code == 401 and f'href="{reverse("account_login")}' in body(sent)
        assert nord.canary not in body(sent)

    walk(sent_away)


def test_a1_the_other_companys_ids_lead_nowhere_at_ones_own_address(nord: World, atlas_desk: World) -> None:
    """Sam at /atlas/…, with Nordlicht's numbers, keys and ids."""
    browser = sign_in(atlas_desk.max)
    with scope.tenant(nord.tenant):
        before = everything()

    def nowhere(name: str, path: Path) -> None:
        url = address(name, path, nord, "atlas")
        for method in ("get", "post"):
            answer = getattr(browser, method)(url, path.form(nord) if path.form and method == "post" else {})
            if names_rows(path, nord, atlas_desk) and answer.status_code != 405:
                assert answer.status_code == 404
            assert nord.canary not in body(answer)
        with scope.tenant(nord.tenant):
            assert everything() == before

    walk(nowhere)


def names_rows(path: Path, nord: World, atlas_desk: World) -> bool:
    try:
        return path.args(nord) != path.args(atlas_desk)
    except AttributeError:
        return True


def test_a1_addresses_outside_any_company(nord: World) -> None:
    def outside(name: str) -> None:
        args, stranger, member = OUTSIDE[name]
        url = reverse(name, kwargs=args)
        asked, known = Client().get(url), sign_in(nord.max).get(url)
        assert (asked.status_code, known.status_code) == (stranger, member)
        assert nord.canary not in body(asked) and nord.canary not in body(known)

    try_rows([(name,) for name in OUTSIDE], outside)


# A2 -------------------------------------------------------------------------------------------------------------------
def foreign(atlas_desk: World, name: str) -> Any:
    """The other company's row for a field of this name."""
    if name == "reader":
        return f"partner:{uuid4()}:{atlas_desk.canary}"
    if name == "partner":
        return uuid4()
    if name == "subject":
        return f"contact-{atlas_desk.contact.pk}"
    if name == "items":
        return atlas_desk.file.key
    if name == "other":
        return f"{atlas_desk.canary} ticket"
    if name == "whose":
        return f"queue-{atlas_desk.queue.pk}"
    if name in {"assignee", "member", "members", "default_assignee", "forward_to", "tickets", "people", "owner"}:
        return atlas_desk.max.pk
    if name == "a0-to":
        return f"member:{atlas_desk.max.pk}"
    return atlas_desk.rows[
        {
            "parent": "category",
            "default_queue": "queue",
            "forward_queue": "queue",
            "audience": "queue",
            "pick": "ticket",
            "c0-value": "queue",
            "a1-template": "template",
            "served_own": "company",
            "replaces": "position",
            "served_company": "company",
            "material-0-place": "place",
        }.get(name, name)
    ].pk


def test_a2_the_other_companys_row_cannot_be_named(nord: World, atlas_desk: World) -> None:
    browser = sign_in(nord.max)
    with scope.tenant(nord.tenant):
        before = everything()

    def refused(name: str, path: Path, one: str) -> None:
        assert path.form is not None
        named = foreign(atlas_desk, one)
        answer = browser.post(address(name, path, nord), {**path.form(nord), one: named})
        assert atlas_desk.canary not in body(answer).replace(str(named), "")
        with scope.tenant(nord.tenant):
            assert everything() == before

    walk(refused, [(f"{title} {one}", name, path, one) for title, name, path in lines() for one in path.ids])


def test_a2_the_form_itself_is_one_that_passes(nord: World) -> None:
    """Else the refusals above would prove nothing."""
    browser = sign_in(nord.max)
    with scope.tenant(nord.tenant):
        before = everything()

    def passes(name: str, path: Path) -> None:
        assert path.form is not None
        assert browser.post(address(name, path, nord), path.form(nord)).status_code == 302
        with scope.tenant(nord.tenant):
            assert everything() != before

    walk(passes, [line for line in lines() if line[2].form])


class Choices(HTMLParser):
    """The names of all lists to choose from that are posted."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.posts = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.posts = found.get("method") == "post"
        if self.posts and (tag == "select" or found.get("type") in {"radio"}):
            self.names.add(found.get("name") or "")


def test_a2_every_list_to_choose_from_is_tried(nord: World) -> None:
    browser = sign_in(nord.max)

    def tried(name: str, path: Path) -> None:
        known = {field for _, other, line in lines() if other == name for field in line.ids}
        if path.administrator == 200:
            seen = Choices(body(browser.get(address(name, path, nord)))).names
            elsewhere = {"reader", "assignee"} if name in {"tickets:page", "tickets:news"} else set()
            elsewhere |= {
                "directory:page": {"subject"},
                "imports:list": {"subject"},
                "billing:licence": {"contract", "position"},
                "billing:delivery_note": {"place"},
                "billing:goods_request": {"place"},
                "tickets:quarantined": {"company"},
                "members:roles": {"copy_of"},
            }.get(name, set())
            seen, known = ({re.sub(r"^(?:[mrca]|material-)\d+-", "", one) for one in some} for some in (seen, known))
            assert seen - known - NO_IDS - elsewhere == set(), "Add the field to `ids` of its line, or to NO_IDS."

    walk(tried)
