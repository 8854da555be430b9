"""Every table has a class, and every class keeps what it promises, by ORM and by raw SQL (criterion 3; A11, A12).

The rows are made from the models themselves, so a new model is covered from its first migration on. What only
PostgreSQL can refuse is asked of PostgreSQL; what the managers promise is asked of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, models, transaction

from psa.tenancy import scope
from psa.tenancy.models import ScopedQuerySet, Tenant
from psa.tenancy.rows import PLATFORM, class_of
from psa.tenancy.same_tenant import SameTenant
from tests.conftest import needs_postgres
from tests.factories import make, target_of

OURS = [model for model in apps.get_models() if hasattr(model, "row_class") and class_of(model).is_scoped]
OWNED = [model for model in OURS if class_of(model).parties and model is not Tenant]
PEOPLES = [model for model in OURS if not class_of(model).parties]
REFERENCES = [
    pytest.param(model, constraint, id=f"{model._meta.label}.{constraint.field}")
    for model in OWNED
    for constraint in model._meta.constraints
    if isinstance(constraint, SameTenant)
]
WRONG_SETTINGS = ["", "0", "-1", "1.0", "999999999999999999999999", "'; --", "platform ", "Platform", "1 OR true", "１"]


def label(model: Any) -> str:
    return model._meta.label


each_owned = pytest.mark.parametrize("model", OWNED, ids=label)


@pytest.fixture(autouse=True)
def three_tenants(nordlicht, baltic, atlas, tmp_path, settings):
    """A row's owner is Nordlicht, the other party Baltic, the stranger Atlas."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def row(request, nordlicht, baltic) -> Any:
    """One row of the model under test, owned by Nordlicht (and shared with Baltic)."""
    with scope.tenant(nordlicht):
        return make(request.getfixturevalue("model"), counterpart=baltic.pk)


def owner(row: models.Model) -> int:
    """A party that sees the row."""
    return getattr(row, class_of(type(row)).parties[0] + "_id")


def plain(model: type[models.Model]) -> models.QuerySet:
    """The same table without any lock of ours: what raw code, or a mistake in the managers, would do."""
    return models.QuerySet(model)


def raw_count(model: type[models.Model]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(model._meta.db_table)}")
        return cursor.fetchone()[0]


def check_references() -> None:
    """Have the database look at deferred references now."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    else:
        connection.check_constraints()


@contextmanager
def refused(*errors: type[Exception]) -> Iterator[None]:
    """It raises, and nothing of it remains."""
    with pytest.raises(errors), transaction.atomic():
        yield
        check_references()


# Every table ------------------------------------------------------------------------------------------------------


def test_every_table_of_the_database_has_a_class():
    models_by_table = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    tables = set(connection.introspection.table_names()) - {"django_migrations"}
    assert not tables - models_by_table.keys(), "tables without a model"
    unclassified = {table for table in tables if class_of(models_by_table[table]) is None}
    assert not unclassified, "declare row_class, or name the library's table in rows.FOREIGN_TABLES"


def test_every_model_of_ours_says_its_class_itself():
    ours = {"psa", "tickets", "outsourcing", "workflows", "billing", "demo"}
    silent = [
        model._meta.label
        for model in apps.get_models()
        if model.__module__.partition(".")[0] in ours and not hasattr(model, "row_class")
    ]
    assert not silent


@needs_postgres
def test_the_applications_role_has_no_powers_of_its_own():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (settings.APP_ROLE, False, False)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT has_schema_privilege(current_user, 'public', 'CREATE')")
        assert cursor.fetchone() == (False,)


@needs_postgres
def test_every_table_has_the_rights_and_the_policies_of_its_class():
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        row_class = class_of(model)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relrowsecurity, relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid),"
                " array(SELECT p FROM unnest(%s::text[]) p WHERE has_table_privilege(current_user, c.oid, p))"
                " FROM pg_class c WHERE oid = %s::regclass",
                [
                    ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"],
                    connection.ops.quote_name(model._meta.db_table),
                ],
            )
            secured, forced, policies, rights = cursor.fetchone()
        may = {"SELECT", "INSERT"} if row_class.append_only else {"SELECT", "INSERT", "UPDATE", "DELETE"}
        wanted = (True, not row_class.owner_reads, 4)
        if set(rights) != may or (row_class.is_scoped and (secured, forced, policies) != wanted):
            wrong.append((model._meta.label, secured, forced, policies, rights))
    assert not wrong


@needs_postgres
@pytest.mark.parametrize("table", [model._meta.db_table for model in apps.get_models(include_auto_created=True)])
def test_truncate_is_denied(table):
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {connection.ops.quote_name(table)} CASCADE")


# What is seen -----------------------------------------------------------------------------------------------------


@each_owned
def test_a11_without_a_scope_the_managers_raise_and_the_database_shows_nothing(model, row):
    for ask in (model.objects.exists, model.objects.count, model._base_manager.first, model._default_manager.first):
        with pytest.raises(scope.NoScope):
            ask()
    with pytest.raises(scope.NoScope):
        row.refresh_from_db()
    if connection.vendor == "postgresql":
        assert raw_count(model) == plain(model).count() == 0


@each_owned
def test_its_owner_sees_a_row_and_a_stranger_does_not(model, row, atlas):
    with scope.tenant(owner(row)):
        assert model.objects.filter(pk=row.pk).exists()
    with scope.tenant(atlas):
        assert not model.objects.filter(pk=row.pk).exists()
        with pytest.raises(model.DoesNotExist):
            row.refresh_from_db()
        if connection.vendor == "postgresql":
            assert not plain(model).filter(pk=row.pk).exists()


@needs_postgres
@each_owned
def test_a12_a_wrong_setting_shows_nothing(model, row):
    for wrong in WRONG_SETTINGS:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")  # the scope is told first, then overwritten
            cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [wrong])
            assert raw_count(model) == 0, wrong
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.execute("RESET app.tenant_id")
        assert raw_count(model) == 0


@each_owned
def test_the_platform_sees_queues_identities_and_its_bills_only(model, row):
    seen = class_of(model).platform
    assert seen == (class_of(model).name in {"queue", "identity", "bill"})
    with scope.platform("test: look"):
        if seen:
            assert model.objects.filter(pk=row.pk).exists()
        else:
            with pytest.raises(scope.NoScope):
                model.objects.exists()
        if connection.vendor == "postgresql":
            assert bool(raw_count(model)) == seen


@pytest.mark.parametrize("model", [m for m in OWNED if len(class_of(m).parties) == 2], ids=label)
def test_each_party_of_a_shared_row_sees_what_was_declared(model, row):
    row_class = class_of(model)
    hidden = dict(row_class.unless)
    for party in row_class.parties:
        with scope.tenant(owner(row)):
            is_hidden = party in hidden and model.objects.filter(hidden[party], pk=row.pk).exists()
        with scope.tenant(getattr(row, f"{party}_id")):
            assert model.objects.filter(pk=row.pk).exists() == (not is_hidden)
            if connection.vendor == "postgresql":
                assert plain(model).filter(pk=row.pk).exists() == (not is_hidden)


@pytest.mark.parametrize("model", PEOPLES, ids=label)
def test_people_are_seen_through_doors_only(model, nordlicht):
    with scope.platform("test: a person"):
        make(model)
    for scoped in (scope.tenant(nordlicht), None):
        with scoped or transaction.atomic():
            with pytest.raises(scope.NoScope):
                model.objects.exists()
            if connection.vendor == "postgresql":
                assert raw_count(model) == 0


def test_a_tenant_sees_itself_only(nordlicht, baltic):
    with scope.tenant(nordlicht):
        assert list(Tenant.objects.all()) == [nordlicht]
        assert Tenant.objects.filter(pk=baltic.pk).update(name="stolen") == 0
        with pytest.raises((scope.WrongScope, DatabaseError)), transaction.atomic():
            Tenant.objects.create(name="new", slug="new")


# What is written --------------------------------------------------------------------------------------------------


@each_owned
def test_a_stranger_cannot_add_a_row_for_somebody_else(model, nordlicht, baltic, atlas):
    with scope.tenant(nordlicht):
        forged = make(model, counterpart=baltic.pk, save=False)
        before = model.objects.count()
    with scope.tenant(atlas):
        for add in (lambda: forged.save(force_insert=True), lambda: model.objects.bulk_create([forged])):
            with refused(scope.WrongScope):
                add()
        if connection.vendor == "postgresql":
            with refused(DatabaseError):
                plain(model).bulk_create([forged])
    with scope.tenant(nordlicht):
        assert model.objects.count() == before


@pytest.mark.parametrize("model", [m for m in OWNED if class_of(m).inserted_by], ids=label)
def test_who_may_not_add_it_cannot_though_it_is_a_party(model, nordlicht, baltic):
    with scope.tenant(nordlicht):
        forged = make(model, counterpart=baltic.pk, save=False)
    others = set(class_of(model).parties) - set(class_of(model).inserted_by)
    for party in others:
        with scope.tenant(getattr(forged, f"{party}_id")):
            with refused(scope.WrongScope):
                forged.save(force_insert=True)
            if connection.vendor == "postgresql":
                with refused(DatabaseError):
                    plain(model).bulk_create([forged])


@each_owned
def test_a_stranger_changes_and_removes_nothing(model, row, atlas):
    row_class = class_of(model)
    column = next(f for f in model._meta.concrete_fields if not f.primary_key and f.name not in row_class.parties)
    with scope.tenant(owner(row)):
        before = model.objects.filter(pk=row.pk).values().get()
    with scope.tenant(atlas):
        if not row_class.append_only:
            assert model.objects.filter(pk=row.pk).delete()[0] == 0
            assert row.delete()[0] == 0
        with refused(scope.WrongScope, DatabaseError):
            row.save()
        if connection.vendor == "postgresql" and not row_class.append_only:
            rows = plain(model).filter(pk=row.pk)
            assert rows.update(**{column.name: getattr(row, column.name)}) == 0
            assert rows._raw_delete(using="default") == 0
    with scope.tenant(owner(row)):
        assert model.objects.filter(pk=row.pk).values().get() == before


@each_owned
def test_a_row_cannot_be_given_away(model, row, atlas):
    row_class = class_of(model)
    stolen = {f"{party}_id": atlas.pk for party in row_class.parties if getattr(row, f"{party}_id") == owner(row)}
    with scope.tenant(owner(row)):
        with refused(scope.WrongScope, DatabaseError):
            model.objects.filter(pk=row.pk).update(**stolen)
        taken = model.objects.get(pk=row.pk)
        for name, pk in stolen.items():
            setattr(taken, name, pk)
        with refused(scope.WrongScope, DatabaseError):
            taken.save()
        if connection.vendor == "postgresql":
            with refused(DatabaseError):
                plain(model).filter(pk=row.pk).update(**stolen)
        assert model.objects.filter(pk=row.pk).exists()


@each_owned
def test_an_insert_that_updates_instead_is_not_offered(model, row):
    column = next(f.name for f in model._meta.concrete_fields if not f.primary_key)
    with scope.tenant(owner(row)), refused(AttributeError, scope.WrongScope):
        model.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=[column])


@pytest.mark.parametrize("model", [m for m in OWNED if class_of(m).append_only], ids=label)
def test_what_is_only_added_to_is_neither_changed_nor_removed(model, row):
    with scope.tenant(owner(row)):
        for change in (row.save, row.delete, model.objects.all().delete, lambda: model.objects.update(id=row.pk)):
            with refused(DatabaseError):
                change()
        if connection.vendor == "postgresql":
            table, erasable = connection.ops.quote_name(model._meta.db_table), class_of(model).erasable
            changed = [f for f in model._meta.concrete_fields if f.name not in erasable]
            for statement in (
                *(f'UPDATE {table} SET "{f.column}" = "{f.column}"' for f in changed),
                f"DELETE FROM {table}",
                *(() if erasable else (f"SELECT 1 FROM {table} FOR UPDATE",)),
            ):
                with refused(DatabaseError), connection.cursor() as cursor:
                    cursor.execute(statement)
        assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", OWNED, ids=label)
def test_a_person_is_taken_out_of_the_declared_columns_only(model, row, atlas):
    """Erasing a person is the one change of what is only ever added to, in the row's own scope."""
    erasable = class_of(model).erasable
    with scope.tenant(owner(row)):
        before = model.objects.filter(pk=row.pk).values().get()
        for field in model._meta.concrete_fields:
            if field.name not in erasable:
                with refused(ProgrammingError):
                    model.objects.filter(pk=row.pk).erase(**{field.name: getattr(row, field.attname)})
    same = {name: before[name] for name in erasable}
    for tenant, found in ((atlas.pk, 0), (owner(row), 1)) if erasable else ():
        with scope.tenant(tenant):
            assert model.objects.filter(pk=row.pk).erase(**same) == found


# What is referred to ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "constraint"), REFERENCES)
def test_a_reference_to_a_strangers_row_is_refused_by_the_database(model, constraint, nordlicht, baltic, atlas):
    """On both databases: the key is composite, and row-level security would not have stopped it."""
    with scope.tenant(nordlicht):
        own = make(model, counterpart=baltic.pk, save=False)
        ours = {name: getattr(own, f"{name}_id") for name in class_of(model).parties}
    swap = {nordlicht.pk: atlas.pk, baltic.pk: atlas.pk if len(ours) == 1 else baltic.pk}
    with scope.tenant(atlas):
        theirs = {name: swap[pk] for name, pk in ours.items()}
        foreign = target_of(model, constraint.field, theirs)
    setattr(own, model._meta.get_field(constraint.field).attname, foreign.pk)
    row_class = class_of(model)
    with scope.tenant(ours[(row_class.inserted_by or row_class.parties)[0]]), refused(IntegrityError):
        own.save(force_insert=True)


@pytest.mark.parametrize(("model", "constraint"), REFERENCES)
def test_a_reference_to_a_row_that_is_not_there_is_refused(model, constraint, nordlicht, baltic):
    with scope.tenant(nordlicht):
        own = make(model, counterpart=baltic.pk, save=False)
    setattr(own, model._meta.get_field(constraint.field).attname, 987654321)
    row_class = class_of(model)
    inserter = getattr(own, (row_class.inserted_by or row_class.parties)[0] + "_id")
    with scope.tenant(inserter), refused(IntegrityError):
        own.save(force_insert=True)


def test_every_reference_between_scoped_rows_is_a_composite_key():
    """The check says so at every start; here the database is asked whether the keys are really there."""
    wanted = {constraint.name for _, constraint in (param.values for param in REFERENCES)}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'f' AND condeferrable AND convalidated")
            found = {name for (name,) in cursor.fetchall()}
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")
            schema = "\n".join(sql for (sql,) in cursor.fetchall())
        found = {name for name in wanted if f'CONSTRAINT "{name}" FOREIGN KEY' in schema}
    assert not wanted - found


def test_a_unique_key_tells_nothing_about_other_tenants():
    """A key without the owner is an oracle, unless it cannot be guessed or belongs to a row of the contract."""
    allowed = {
        ("tenancy.Token", ("hash",)),  # 256 bits nobody guesses
        ("lanes.Event", ("lane", "seq")),  # numbers of a lane both parties see
        ("mail.Mailbox", ("address",)),  # named by the operator's command alone
        ("outsourcing.Terms", ("handover", "version")),  # both parties see them
        ("outsourcing.Handover", ("key",)),  # a UUID
        ("outsourcing.Partnership", ("key",)),
        ("outsourcing.Proposal", ("handover", "side", "kind")),  # of a handover both parties see
        ("outsourcing.Proposal", ("key",)),
        ("outsourcing.Question", ("key",)),
        ("outsourcing.Statement", ("handover", "side", "number")),  # of a handover both parties see
    }
    found = set()
    for model in OWNED:
        owners = set(class_of(model).parties)
        keys = [tuple(c.fields) for c in model._meta.constraints if isinstance(c, models.UniqueConstraint)]
        keys += [(f.name,) for f in model._meta.concrete_fields if f.unique and not f.primary_key]
        found |= {(model._meta.label, key) for key in keys if not owners & set(key)}
    assert not found - allowed


def test_nobody_but_a_platform_table_is_unscoped():
    unscoped = [m._meta.label for m in apps.get_models() if hasattr(m, "row_class") and class_of(m) == PLATFORM]
    assert set(unscoped) <= {"outsourcing.Agreement"}, "a table everybody reads: say here that it holds nobody's data"


def test_the_managers_guard_what_they_write():
    for model in OURS:
        assert isinstance(model.objects.all(), ScopedQuerySet), model
