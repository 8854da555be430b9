"""The demo: four companies, their people, three hundred tickets and what they hand each other, made in some seconds.

Everything is one transaction: a demo stands whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from demo import (
    automation,
    checklists,
    clock,
    contracts_of_billing,
    craftsman,
    customers,
    estimates,
    forwards,
    goods_of_billing,
    guide,
    habits,
    handovers,
    imports,
    invoices_of_billing,
    letters,
    money_of_billing,
    networks,
    orders_of_billing,
    partners,
    partners_of_billing,
    people,
    promises,
    relations,
    reviews,
    sellers_of_billing,
    times,
    visits_of_billing,
    wording,
)
from demo.companies import FIRMS
from demo.desk import Desk, plan_tickets
from demo.history import History
from psa.tenancy import doors, scope, services
from psa.tenancy.models import User
from workflows.models import ServicePolicy

FOUNDED = timedelta(days=130)


class NotHere(Exception):
    """A demo is built once, and never where real work is done."""


def is_built() -> bool:
    """Whether the database holds the demo."""
    return doors.tenant_named(FIRMS[0].slug) is not None


def build(progress: Callable[[str], None]) -> None:
    """Fill an empty, migrated database; `progress` is told, one sentence a step, what is being done. Raises NotHere."""
    if settings.PRODUCTION:
        raise NotHere("This is a production installation.")
    if is_built():
        raise NotHere("The demo stands already.")
    with clock.past() as moment, transaction.atomic():
        history = History(moment)
        moment.set(history.now - FOUNDED)
        progress("Founding four companies …")
        partners.publish_agreement()
        desks = {firm.slug: Desk(firm, history) for firm in FIRMS}
        for desk in desks.values():
            found(desk)
        progress("Writing three months of tickets …")
        for desk in desks.values():
            plan_tickets(desk)
        promises.plan(history, desks)
        partners.plan(history, desks)
        handovers.plan(history, desks)
        networks.plan(history, desks)
        checklists.plan(history, desks)
        guide.plan(history, desks)
        craftsman.plan(history, desks)
        partners_of_billing.plan(history, desks)
        times.plan(history, desks)
        forwards.plan(history, desks)
        relations.plan(history, desks)
        habits.plan(history, desks)
        reviews.plan(history, desks)
        imports.plan(history, desks)
        automation.plan(history, desks)
        letters.plan(history, desks)
        estimates.plan(history, desks)
        sellers_of_billing.plan(history, desks)
        orders_of_billing.plan(history, desks)
        contracts_of_billing.plan(history, desks)
        customers.plan(history, desks)
        visits_of_billing.plan(history, desks)
        goods_of_billing.plan(history, desks)
        money_of_billing.plan(history, desks)
        invoices_of_billing.plan(history, desks)
        craftsman.employ_operator(_hashed())
        done = history.live(lambda count: progress(f"… {count} things happened"))
        craftsman.set_password(_hashed())
    progress(f"The demo stands: {done} things happened in {len(desks)} companies.")


def found(desk: Desk) -> None:
    """A company, its people and its desk. The password is hashed once: it is everybody's."""
    firm, history = desk.firm, desk.history
    tenant = services.create_tenant(
        firm.name,
        firm.slug,
        language=firm.language,
        time_zone=firm.time_zone,
        currency=firm.currency,
        country=firm.country,
    )
    history.tenants[firm.slug] = tenant
    for person in people.of(firm.slug):
        levels = {"outsourcing_level": person.level} if person.level else {}
        made = services.add_member(
            tenant, person.email, person.name, person.role, phone=person.phone, language=firm.language, **levels
        )
        history.members[firm.slug, person.name] = made
    with scope.platform("the demo's password"):
        ours = [person.email for person in people.of(firm.slug)]
        User.objects.filter(email__in=ours).update(password=_hashed())
    with scope.tenant(tenant):
        # What the agreements of most customers say; demo/estimates.py has one that is asked before.
        ServicePolicy.objects.create(asks_estimate=False)
        desk.set_up()
        wording.furnish(desk)


_kept: list[str] = []


def _hashed() -> str:
    if not _kept:
        _kept.append(make_password(people.PASSWORD))
    return _kept[0]
