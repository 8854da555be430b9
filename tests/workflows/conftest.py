"""Rules of Nordlicht, written as an administrator writes them, and the worker's turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine

from psa.directory.models import Company, Contact
from psa.journal import journal
from psa.journal.models import Job
from psa.mail import wording
from psa.mail.models import MailTemplate
from psa.tenancy import scope
from psa.tenancy.models import Membership, Tenant
from psa.tenancy.services import add_member
from tests.conftest import acting
from tests.workflows.reviews import MONDAY, Stage
from tests.workflows.stage import approver
from tickets import services
from tickets.models import Queue, QueueMember, Ticket
from workflows.models import Approver, PortalAccess, Rule, RuleRun, ServicePolicy
from workflows.rules import variables
from workflows.services import rules
from workflows.services.rules import Wanted

NOTE = {"do": "note", "text": "A rule was here."}
HIGH = {"do": "set", "field": "priority", "value": 2}
Write = Callable[..., Rule]


def write(member: Membership, event: str, *steps: dict[str, Any], on: bool = True, **given: Any) -> Rule:
    """A rule of this member's company, switched on."""
    with acting(member) as by:
        wanted = Wanted(given.pop("name", event), event, steps=list(steps) or [NOTE], **given)
        made = rules.save(None, wanted, by=by)
        return rules.switch(made, True, by=by) if on else made


def row(field: str, op: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def if_all(*rows: Any) -> dict[str, Any]:
    return {"match": "all", "rows": list(rows)}


def if_any(*rows: Any) -> dict[str, Any]:
    return {"match": "any", "rows": list(rows)}


def work() -> None:
    """The worker tells until nothing waits; no listener may fail."""
    for _turn in range(20):
        if not journal.work():
            break
    else:
        pytest.fail("The worker never comes to an end.")
    with scope.platform("test: the queue"):
        failed = list(Job.objects.exclude(error="").values_list("listener", "error"))
    assert not failed


def waiting() -> int:
    """How many jobs wait for the worker."""
    with scope.platform("test: the queue"):
        return Job.objects.count()


def runs(member: Membership) -> list[tuple[str, str]]:
    """Name and outcome of every run of this company, oldest first."""
    with acting(member):
        return list(RuleRun.objects.order_by("pk").values_list("rule_name", "outcome"))


def steps_of(member: Membership) -> list[dict[str, Any]]:
    """What the steps of the newest run say."""
    with acting(member):
        found = RuleRun.objects.order_by("-pk").first()
        assert found is not None, "no rule ran"
        return found.steps


def letter(
    member: Membership, subject: str = "About {ticket.number}", text: str = "See {ticket.title}."
) -> MailTemplate:
    """A mail of one's own in English, and the same in German."""
    with acting(member) as by:
        return wording.save(
            "",
            {"en": (subject, text), "de": (f"DE {subject}", f"DE {text}")},
            by=by,
            known=variables.known(),
            name=f"Letter {MailTemplate.objects.count()}",
        )


@pytest.fixture
def dora(nordlicht: Any) -> Membership:
    """A dispatcher at Nordlicht."""
    return add_member(nordlicht, "dora@nordlicht.example", "Dora Dispatch", "dispatcher")


@pytest.fixture
def clock() -> Iterator[Any]:
    """Monday, and the hands of the clock."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def asks(nordlicht: Tenant, clock: Any) -> ServicePolicy:
    """From here on Nordlicht begins nothing above the threshold without an estimate."""
    with scope.tenant(nordlicht):
        ServicePolicy.objects.update(asks_estimate=None)
        return ServicePolicy.objects.get()


@pytest.fixture
def hanna(company: Company) -> Contact:
    """Decides without a limit, once she is an approver."""
    with scope.tenant(company.tenant_id):
        return Contact.objects.create(company=company, name="Hanna Hansen", email="hanna@hansen.example", language="de")


@pytest.fixture
def lars(company: Company) -> Contact:
    """Decides up to 500 €, once he is an approver."""
    with scope.tenant(company.tenant_id):
        return Contact.objects.create(company=company, name="Lars Lund", email="lars@hansen.example", language="en")


@pytest.fixture
def boss(max: Membership, hanna: Contact) -> Approver:
    return approver(max, hanna)


@pytest.fixture
def chief(max: Membership, lars: Contact) -> Approver:
    return approver(max, lars, "500")


@pytest.fixture
def opened(ticket: Ticket, asks: ServicePolicy, max: Membership) -> Ticket:
    """The customer's ticket, accepted by Max."""
    with acting(max) as by:
        return services.accept(ticket, by=by)


@pytest.fixture
def in_queue(ada: Membership, queue: Queue) -> Membership:
    """Ada works the queue."""
    with scope.tenant(ada.tenant_id):
        QueueMember.objects.create(queue=queue, member=ada)
    return ada


@pytest.fixture
def accepter(cleo: Contact) -> Contact:
    """Cleo, who reads mail and may accept solutions."""
    with scope.tenant(cleo.tenant_id):
        cleo.email, cleo.language = "cleo@hansen.example", "en"
        cleo.save()
        PortalAccess.objects.create(contact=cleo)
    return cleo


@pytest.fixture
def stage(accepter: Contact, ticket: Ticket, max: Membership) -> Iterator[Stage]:
    """The ticket in work, on a Monday at ten, with a worker beside it."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        made = Stage(traveller, ticket, max)
        made.bring("accept", "start")
        yield made
