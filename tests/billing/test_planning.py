"""The plan of an order's tickets, computed (it-house spec, "Orders become tickets")."""

from __future__ import annotations

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from billing.planning import INSTALLATION, Line, Service, plan

SERVER, PHONES = Service(1, "Install the server", is_base=True), Service(2, "Install the telephones")
SERVICES = {1: SERVER, 2: PHONES}


def line(service: int | None = None, **more: bool) -> Line:
    return Line(uuid4(), "x", service, **more)


def test_one_service_template_is_one_ticket() -> None:
    lines = [line(1), line(2), line(1)]
    found = plan(lines, SERVICES, "Office")
    assert [(one.service, one.lines) for one in found] == [(1, (lines[0].key, lines[2].key)), (2, (lines[1].key,))]


def test_what_is_installed_without_a_template_is_a_ticket_of_the_orders_name() -> None:
    [one] = plan([line(is_installable=True)], {}, "Office")
    assert (one.code, one.title, one.is_base) == (INSTALLATION, "Office", True)


def test_goods_go_along_with_the_base_installation() -> None:
    goods = line(needs_appointment=True)
    phones, server = plan([goods, line(2), line(1)], SERVICES, "Office")
    assert (phones.is_base, server.is_base) == (False, True)
    assert goods.key in server.lines and server.needs_appointment and not phones.needs_appointment


def test_goods_alone_are_one_ticket_and_nothing_is_none() -> None:
    assert len(plan([line(), line()], {}, "Office")) == 1
    assert plan([], SERVICES, "Office") == []


def test_a_template_nobody_offers_any_more_is_not_planned() -> None:
    [one] = plan([line(9), line()], SERVICES, "Office")
    assert one.service is None and len(one.lines) == 2


LINES = st.lists(
    st.builds(
        Line,
        key=st.uuids(),
        name=st.just("x"),
        service=st.sampled_from([None, 1, 2, 9]),
        is_installable=st.booleans(),
        needs_appointment=st.booleans(),
    ),
    unique_by=lambda one: one.key,
    max_size=12,
)


@given(LINES)
def test_every_line_stands_on_exactly_one_ticket_and_one_is_the_base(lines: list[Line]) -> None:
    found = plan(lines, SERVICES, "Office")
    keys: list[UUID] = [key for one in found for key in one.lines]
    assert sorted(keys) == sorted(line.key for line in lines)
    assert sum(one.is_base for one in found) == (1 if lines else 0)
    assert len({one.code for one in found}) == len(found)
    assert any(one.needs_appointment for one in found) == any(line.needs_appointment for line in lines)
