"""What the dashboard costs with 1,000 and with 20,000 handovers, measured side by side in one run (performance spec).

    python -m tests.bench.dashboards [few [many]]

Two companies with fifty partners each, one with few handovers and one with many, half of them sent and half received,
at the same open work; on the database the environment names, in a test database of its own. It prints a table with
the milliseconds of both, their ratio, and the statements of a page; it is a benchmark, never a timed test.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "psa.settings")
import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402
from django.utils import timezone  # noqa: E402

from outsourcing.dashboards.folders import OUTSOURCED_WORK, RECEIVED_WORK  # noqa: E402
from outsourcing.models import (  # noqa: E402
    Acceptance,
    Agreement,
    Handover,
    LeadSide,
    Partnership,
    PartnershipSide,
    ServiceSide,
    Side,
    Statement,
    Terms,
)
from psa.directory.models import Company  # noqa: E402
from psa.lanes.models import Lane  # noqa: E402
from psa.tenancy import scope, services  # noqa: E402
from psa.tenancy.models import Membership, Tenant  # noqa: E402
from tests.conftest import become_app_role, sign_in  # noqa: E402
from tickets.models import Audience, Queue, Source, Ticket, TimeEntry  # noqa: E402

PARTNERS = 50
ROUNDS, TIMES = 3, 5
# How many of each there are whatever the history: the open work, and what ended lately or is not billed.
OPEN = {"unsent": 10, "assigned": 20, "accepted": 10, "in_progress": 60, "waiting_approval": 20}
LATELY = 60
OVER = ("complete", "complete", "complete", "returned", "declined", "expired")
ENDED = {"complete", "returned"}


def main() -> None:
    """Seed, measure, print."""
    few, many = [int(word) for word in sys.argv[1:3]] or [1000, 20000]
    setup_test_environment(debug=False)
    connection.settings_dict["OPTIONS"].pop("pool", None)
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        become_app_role()
        began = time.monotonic()
        clients = [seed(f"firm{number}", number) for number in (few, many)]
        analyse()
        print(f"{connection.vendor}, seeded in {time.monotonic() - began:.0f} s")
        report(clients, few, many)
    finally:
        connection.settings_dict["OPTIONS"].pop("assume_role", None)
        connection.close()
        connection.creation.destroy_test_db(name, verbosity=0)


def analyse() -> None:
    """Let the planner know the tables, as autovacuum would have."""
    connection.settings_dict["OPTIONS"].pop("assume_role", None)
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    connection.close()
    become_app_role()


# Seeding --------------------------------------------------------------------------------------------------------------
def seed(slug: str, number: int) -> tuple[Client, str]:
    """A company with this many handovers; its administrator's browser and its address."""
    firm = services.create_tenant(slug, slug)
    member = services.add_member(firm, f"max@{slug}.example", "Max", "administrator")
    partners = [services.create_tenant(f"{slug} partner {n}", f"{slug}-p{n}") for n in range(PARTNERS)]
    agreement, _ = Agreement.objects.get_or_create(version=1, language="en", title="Agreement", text="Be fair.")
    with scope.tenant(firm):
        Acceptance.objects.create(version=1, language="en", sha256=agreement.sha256, by=member, by_name="Max")
        desk = (Queue.objects.create(name="Desk", is_default=True), Company.objects.create(name="Customer"))
    sent = [partnership(firm, partner, firm) for partner in partners]
    received = [partnership(partner, firm, firm) for partner in partners]
    rows(firm, member, desk, sent, number // 2, Side.LEAD, 0)
    rows(firm, member, desk, received, number // 2, Side.SERVICE, number)
    return sign_in(member), slug


def partnership(lead: Tenant, service: Tenant, firm: Tenant) -> Partnership:
    with scope.tenant(firm):
        made = Partnership.objects.create(lead=lead, service=service, lead_name=lead.name, service_name=service.name)
        PartnershipSide.objects.create(**{"lead_of" if firm == lead else "service_of": made})
    return made


def plan(number: int) -> Iterator[tuple[str, timedelta]]:
    """The status of each handover and how long ago it was sent: the open work first, then an ever longer past."""
    for status, many in OPEN.items():
        for at in range(many):
            yield status, timedelta(hours=at)
    over = number - sum(OPEN.values())
    for at in range(over):
        yield OVER[at % len(OVER)], timedelta(days=10 if at < LATELY else 100, minutes=at * 15)


def rows(
    firm: Tenant,
    member: Membership,
    desk: tuple[Queue, Company],
    pairs: list[Partnership],
    number: int,
    side: Side,
    first: int,
) -> None:
    """The handovers of one side: contract rows in the lead's scope, the firm's own rows in its own."""
    now, planned = timezone.now(), list(plan(number))
    handovers = [_handover(pairs[at % PARTNERS], first + at + 1, *one, now) for at, one in enumerate(planned)]
    by_lead: dict[int, list[Handover]] = {}
    for one in handovers:
        by_lead.setdefault(one.lead_id, []).append(one)
    for lead, mine in by_lead.items():
        with scope.tenant(lead):
            Handover.objects.bulk_create(mine, 1000)
            Terms.objects.bulk_create([_terms(one) for one in mine if one.terms_version], 1000)
            Lane.objects.bulk_create([lane for one in mine for lane in _lanes(one)], 1000)
            Statement.objects.bulk_create([paper for one in mine for paper in _statements(one)], 1000)
    with scope.tenant(firm):
        source = Source.INSOURCED if side == Side.SERVICE else "phone"
        taken = [one for one in handovers if side == Side.LEAD or one.service_number]
        own = [_ticket(one, desk, member, source, side) for one in taken]
        Ticket.objects.bulk_create(own, 1000)
        entries = [_entry(one, ticket, side) for one, ticket in zip(taken, own, strict=True) if one.accepted_at]
        TimeEntry.objects.bulk_create(entries, 1000)
        pairs_of = list(zip(taken, own, strict=True))
        if side == Side.LEAD:
            made = [
                LeadSide(handover=one, ticket=ticket, sent_by=member, is_active=one.is_active)
                for one, ticket in pairs_of
            ]
            LeadSide.objects.bulk_create(made, 1000)
        else:
            lately = [one for one in taken if one.status in ENDED][:LATELY]
            open_ones = {one.pk for one in lately}
            billed = [
                ServiceSide(
                    handover=one,
                    ticket=ticket,
                    billed_at=now if one.status in ENDED and one.pk not in open_ones else None,
                )
                for one, ticket in pairs_of
            ]
            ServiceSide.objects.bulk_create(billed, 1000)


def _handover(pair: Partnership, number: int, status: str, ago: timedelta, now: Any) -> Handover:
    sent, taken = now - ago, status not in {"unsent", "assigned", "declined", "expired"}
    return Handover(
        partnership=pair,
        lead_id=pair.lead_id,
        service_id=pair.service_id,
        lead_name=pair.lead_name,
        service_name=pair.service_name,
        status=status,
        lead_number=number,
        service_number=number if taken else None,
        title=f"Replace the switch {number}",
        terms_version=0 if status == "unsent" else 1,
        sent_at=None if status == "unsent" else sent,
        sent_by_name="Max",
        answer_by=None if status == "unsent" else sent + timedelta(hours=24),
        accepted_at=sent + timedelta(hours=1) if taken else None,
        complete_by=sent + timedelta(days=5),
        submitted_at=sent + timedelta(days=2) if status in {"waiting_approval", "complete"} else None,
        ended_at=sent + timedelta(days=3) if status in {*ENDED, "declined", "expired"} else None,
        minutes=90 if status in ENDED else None,
        minutes_authorised=300 if status in ENDED else None,
    )


def _terms(one: Handover) -> Terms:
    return Terms(
        handover=one,
        lead_id=one.lead_id,
        service_id=one.service_id,
        version=1,
        sha256="0" * 64,
        rate_type="hourly",
        currency="EUR",
        cost_rate=Decimal(60),
        authorised_minutes=300,
        answer_by=one.answer_by,
        title=one.title,
        priority=3,
        customer={"site": "Riga"},
    )


def _lanes(one: Handover) -> list[Lane]:
    pairs = ((one.lead_id, one.service_id), (one.service_id, one.lead_id))
    return [Lane(channel=one.channel, source_id=here, target_id=there) for here, there in pairs]


def _statements(one: Handover) -> list[Statement]:
    if one.status not in ENDED:
        return []
    same = {"lead_id": one.lead_id, "service_id": one.service_id, "sha256": "0" * 64, "document": {}, "currency": "EUR"}
    money = {"minutes": 90, "labour": Decimal(90), "charges": Decimal(0), "total": Decimal(90)}
    return [Statement(handover=one, side=side, **same, **money) for side in (Side.LEAD, Side.SERVICE)]


def _ticket(one: Handover, desk: tuple[Queue, Company], member: Membership, source: str, side: Side) -> Ticket:
    number = one.lead_number if side == Side.LEAD else one.service_number
    is_open = one.is_active
    return Ticket(
        number=number,
        title=one.title,
        queue=desk[0],
        company=desk[1],
        source=source,
        assignee=member if one.pk % 4 == 0 else None,
        created_by=member,
        is_open=is_open,
        status="in_progress" if is_open else "closed",
        closed_at=None if is_open else timezone.now(),
        resolution="" if is_open else "done",
        next_deadline=one.complete_by,
    )


def _entry(one: Handover, ticket: Ticket, side: Side) -> TimeEntry:
    return TimeEntry(
        key=uuid.uuid4(),
        ticket=ticket,
        audience=Audience.PARTNER,
        handover=one.key,
        author_name="Gunta",
        received_at=timezone.now() if side == Side.LEAD else None,
        worked_on=date.today() - timedelta(days=(one.pk or 0) % 700),
        minutes=90,
    )


# Measuring ------------------------------------------------------------------------------------------------------------
def pages() -> list[tuple[str, str]]:
    """What is measured: every folder, then what sums over the past."""
    found = [
        (f"{folder.side} · {folder.code}", f"?folder={folder.code}") for folder in (*OUTSOURCED_WORK, *RECEIVED_WORK)
    ]
    return [
        *found,
        ("lead · running, hours flag", "?folder=running&hours=1"),
        ("lead · ended, invoice expected", "?folder=ended&invoice=expected"),
        ("report, outsourced", "reports/outsourced/"),
        ("report, received", "reports/received/"),
        ("scorecards", "scorecards/"),
    ]


def report(clients: list[tuple[Client, str]], few: int, many: int) -> None:
    """The table: medians of interleaved rounds."""
    print(f"\n| page | {few:,} ms | {many:,} ms | ratio | statements |\n|---|---|---|---|---|")
    for title, path in pages():
        statements = [count(client, slug, path) for client, slug in clients]
        taken: list[list[float]] = [[], []]
        for _round in range(ROUNDS):
            for at, (client, slug) in enumerate(clients):
                taken[at] += [clock(client, slug, path) for _time in range(TIMES)]
        low, high = (statistics.median(one) for one in taken)
        print(
            f"| {title} | {low:.1f} | {high:.1f} | {high / low:.2f} | {' / '.join(map(str, statements))} |", flush=True
        )


def clock(client: Client, slug: str, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(f"/{slug}/outsourcing/{path}")
    assert answer.status_code == 200, (path, answer.status_code)
    return (time.perf_counter() - began) * 1000


def count(client: Client, slug: str, path: str) -> int:
    clock(client, slug, path)
    with CaptureQueriesContext(connection) as found:
        clock(client, slug, path)
    return len([query for query in found.captured_queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])


if __name__ == "__main__":
    main()
