"""The cast and the stage: Ada and Max at Nordlicht, Gunta at Baltic, Sam at Atlas; on SQLite, or as tandem_app."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections, transaction
from django.test import Client, TransactionTestCase
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as properties

from psa.accounts import idle
from psa.directory.models import Company, Contact
from psa.tenancy import doors, scope, services
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership, Tenant, User
from psa.web.locale import compile_catalogs
from tests import held, migrated
from tickets import services as tickets
from tickets.models import Queue, QueueMember, Ticket
from workflows.models import ServicePolicy

# How long an example takes says how busy the machine is.
properties.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
properties.load_profile("busy")
KEPT_TABLES = {"django_migrations", "django_content_type", "auth_permission"}


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        compile_catalogs()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    # What is stored is looked at, so it is one worker's own: their companies have the same numbers.
    folder = tempfile.mkdtemp(prefix="tandem-test-files-")
    settings.MEDIA_ROOT = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    if settings.REDIS_URL:
        # One worker's clear() is not to empty another's cache in the middle of a test, nor another run's.
        settings.CACHES["default"] |= {"BACKEND": "tests.fakes.OwnRedisCache", "KEY_PREFIX": uuid.uuid4().hex}
    gc.set_threshold(100_000, 50, 100)  # a test run is short and has memory; looking for cycles was a fifth of it


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()


@contextmanager
def owner_of_tables() -> Iterator[None]:
    """Step back from tandem_app to the owner, for what only the owner may do between tests."""
    connection.settings_dict["OPTIONS"].pop("assume_role", None)
    connection.close()
    try:
        yield
    finally:
        connection.close()
        become_app_role()


def become_app_role() -> None:
    """From now on every connection is one that row-level security binds."""
    if connection.vendor == "postgresql":
        for one in connections.all():
            one.settings_dict["OPTIONS"]["assume_role"] = settings.APP_ROLE
            one.close()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """A database of this worker's own: migrated by the owner, used by the application's role."""
    if connection.vendor == "postgresql":
        prefix = settings.DATABASES["default"]["TEST"]["NAME"]
        name = f"{prefix}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
        migrated.copy_database(settings.DATABASE_URL, name, prefix)
    else:
        name = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        migrated.copy_file(settings.VAR_DIR, Path(name))
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    with django_db_blocker.unblock():
        connection.close()
        become_app_role()
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    if connection.vendor == "postgresql":
        migrated.drop_database(settings.DATABASE_URL, name)


def _empty_tables(self: Any) -> None:
    """After a test that committed: every table is empty again, whoever owned the rows."""
    tables = [table for table in connection.introspection.table_names() if table not in KEPT_TABLES]
    quote = connection.ops.quote_name
    if connection.vendor == "postgresql":
        with owner_of_tables(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE " + ", ".join(map(quote, tables)) + " RESTART IDENTITY")
        return
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DELETE FROM {quote(table)}")


TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _forget_what_was_kept() -> None:
    """What one test's company kept for a while is nothing to the next one's, which has the same number."""
    cache.clear()
    held.forget()


def _begins_freely(tenant: Tenant) -> Tenant:
    """Work begins there without an estimate: tests that are about estimates say otherwise."""
    with scope.tenant(tenant):
        ServicePolicy.objects.create(asks_estimate=False)
    return tenant


@pytest.fixture
def nordlicht(db: None) -> Tenant:
    """The lead partner: German, the customer is theirs."""
    return _begins_freely(
        services.create_tenant("Nordlicht IT", "nordlicht", language="de", time_zone="Europe/Berlin", country="DE")
    )


@pytest.fixture
def baltic(db: None) -> Tenant:
    """The service partner: Latvian."""
    return _begins_freely(
        services.create_tenant("Baltic Service", "baltic", language="lv", time_zone="Europe/Riga", country="LV")
    )


@pytest.fixture
def atlas(db: None) -> Tenant:
    """A stranger to both."""
    return _begins_freely(
        services.create_tenant("Atlas Support", "atlas", language="en", time_zone="Europe/London", country="GB")
    )


@pytest.fixture
def ada(nordlicht: Tenant) -> Membership:
    """A technician at Nordlicht who may outsource."""
    return services.add_member(nordlicht, "ada@nordlicht.example", "Ada Brandt", "technician")


@pytest.fixture
def max(nordlicht: Tenant) -> Membership:
    """The administrator at Nordlicht."""
    return services.add_member(nordlicht, "max@nordlicht.example", "Max Petersen", "administrator")


@pytest.fixture
def gunta(baltic: Tenant) -> Membership:
    """The administrator at Baltic."""
    return services.add_member(baltic, "gunta@baltic.example", "Gunta Bērziņa", "administrator")


@pytest.fixture
def sam(atlas: Tenant) -> Membership:
    """The administrator at Atlas, with no business at Nordlicht or Baltic."""
    return services.add_member(atlas, "sam@atlas.example", "Sam Okafor", "administrator")


@pytest.fixture
def olga(db: None) -> Client:
    """An operator's browser: she runs the installation and is a member of no company."""
    client = Client()
    with scope.platform("test"):
        user = User.objects.create_user("olga@tandem.example", "a secret of hers", name="Olga Operator")
        user.is_operator, user.language = True, "en"
        user.save()
        client.force_login(user)
    return client


@pytest.fixture
def inside(nordlicht: Tenant) -> Iterator[Tenant]:
    """Run the test as code of Nordlicht."""
    with scope.tenant(nordlicht):
        yield nordlicht


@contextmanager
def acting(member: Membership) -> Iterator[Actor]:
    """Act as this member, in their tenant's scope, with the rights they hold now."""
    with scope.tenant(member.tenant_id):
        fresh = Membership.objects.select_related("role", "tenant").get(pk=member.pk)
        yield Actor.of(fresh)


def day_of(member: Membership, at: datetime | None = None) -> date:
    """The day it is at this moment, or now, where the member's company is: what its pages and papers call today."""
    return timezone.localdate(at, ZoneInfo(doors.time_zone(member.tenant_id)))


def sign_in(member: Membership) -> Client:
    """A browser in which this person is signed in."""
    client = Client()
    with scope.platform("test: sign in"):
        client.force_login(member.user)
    session = client.session
    idle.begin(session, Tenant._meta.get_field("idle_minutes").default)
    session.save()
    return client


@pytest.fixture
def queue(nordlicht: Tenant) -> Queue:
    """Nordlicht's one queue."""
    with scope.tenant(nordlicht):
        return Queue.objects.create(name="Service desk", is_default=True)


@pytest.fixture
def company(nordlicht: Tenant) -> Company:
    """Nordlicht's customer."""
    with scope.tenant(nordlicht):
        return Company.objects.create(name="Reederei Hansen")


@pytest.fixture
def cleo(company: Company) -> Contact:
    """Who asks for help there."""
    with scope.tenant(company.tenant_id):
        return Contact.objects.create(company=company, name="Cleo Hansen", phone="+49 431 555 01")


@pytest.fixture
def ticket(max: Membership, queue: Queue, company: Company, cleo: Contact) -> Ticket:
    """A new ticket of Nordlicht's customer, written down by Max."""
    with acting(max) as by:
        return tickets.create(by=by, title="VPN drops every morning", company=company, contact=cleo, queue=queue)


@pytest.fixture
def people(nordlicht: Tenant) -> Callable[[str], Membership]:
    """Somebody of each role, made when asked for."""
    made: dict[str, Membership] = {}

    def of(role: str) -> Membership:
        if role not in made:
            made[role] = services.add_member(nordlicht, f"{role}@nordlicht.example", role.title(), role)
        return made[role]

    return of


@pytest.fixture
def in_queue(ada: Membership, queue: Queue) -> Membership:
    """Ada works the queue."""
    with scope.tenant(ada.tenant_id):
        QueueMember.objects.create(queue=queue, member=ada)
    return ada


needs_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="row-level security is PostgreSQL's")


@contextmanager
def undone() -> Iterator[None]:
    """What happens in here never did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def try_rows(rows: Iterable[Any], check: Callable[..., None]) -> None:
    """Call `check(*row)` for every row of a table on the stage that stands, undoing each; fails after the last one,
    with all that was wrong and the rows it was wrong in."""
    wrong: list[BaseException] = []
    for row in rows:
        cache.clear()
        try:
            with undone():
                check(*row)
        except (Exception, pytest.fail.Exception) as error:
            error.add_note(f"In the row {row}")
            wrong.append(error)
    if wrong:
        raise BaseExceptionGroup(f"{len(wrong)} rows are wrong", wrong)
