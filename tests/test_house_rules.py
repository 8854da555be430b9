"""The rules of the house that a program can check: it reads the code as a tree and names the line that breaks one."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ("psa", "tickets", "outsourcing", "workflows", "billing", "demo")

# Where a scope is entered, and why it is an edge.
EDGES = {
    "psa/tenancy/doors.py": "sign-in, a tenant's address, tokens",
    "psa/tenancy/middleware.py": "a request",
    "psa/tenancy/prepared.py": "a query is compiled for any tenant; it is asked in the scope it is called in",
    "psa/tenancy/tasks.py": "a tenant's job",
    "psa/tenancy/services.py": "setting up a tenant, before there is one to be in",
    "psa/batches/batches.py": "throwing away what ended a week ago, tenant by tenant",
    "psa/leases.py": "a claimed row runs in its tenant",
    "psa/operators/trouble.py": "kind and size of an event that hangs, where its sender reads it",
    "psa/mail/inbound/addresses.py": "an address names the tenant whose mail it is",
    "psa/lanes/delivery.py": "an event arrives in its receiver's scope",
}
# Directories whose every module is an edge: commands begin outside.
EDGE_DIRECTORIES = ("/management/commands/", "demo/")
# Services nobody acts in, and why.
WITHOUT_AN_ACTOR = {
    "psa/tenancy/services.py create_tenant": "there is nobody in a tenant before it stands",
    "psa/tenancy/services.py add_member": "an operator's command, or a service that has its own actor, calls it",
    "outsourcing/services/agreement.py publish": "the operator's command; the text is nobody's row",
    "outsourcing/services/portals.py set_up": "whoever holds the link of an invitation sets a company up",
    "outsourcing/services/partners.py decline": "whoever holds the link of an invitation may say no",
    "tickets/services/searching.py index": "an index of what is there already, no fact",
    "tickets/services/searching.py index_item": "the same",
    "tickets/services/searching.py find": "it reads",
}
# What a view may read of a row it has fetched by visible_to: the rows below it.
BELOW = {"batch", "ticket", "company", "handover", "partnership", "subject_id", "member_id"}
# The desk's own furniture: every member reads its names.
READ_BY_ALL = {"Queue.objects", "Category.objects", "WorkType.objects"}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "manager", "managers"}
NETWORK = {"send_messages", "send_mail", "urlopen", "transmit", "send_task", "apply_async"}
LONGEST = 500
# A file of tests is read a case at a time.
LONGEST_OF_TESTS = 650


@cache
def files() -> list[str]:
    """Every Python file of the project that is or will be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return [name for name in listed if (ROOT / name).exists()]


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(), name)


def code(*, migrations: bool = False) -> Iterator[tuple[str, ast.Module]]:
    """The project's own modules, without tests and, unless asked for, migrations."""
    for name in files():
        if name.startswith(PROJECT) and (migrations or "/migrations/" not in name):
            yield name, tree(name)


def calls(root: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    """Every call below a node: the node, what it is called on, and its name."""
    for node in ast.walk(root):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute):
                yield node, ast.unparse(function.value), function.attr
            elif isinstance(function, ast.Name):
                yield node, "", function.id


def functions(root: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(root) if isinstance(node, ast.FunctionDef))


def decorators(function: ast.FunctionDef) -> list[str]:
    return [ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in function.decorator_list]


def is_view(name: str) -> bool:
    return name.endswith("/views.py") or "/views/" in name


def is_service(name: str) -> bool:
    return name.endswith("/services.py") or "/services/" in name


def test_a_scope_is_entered_at_the_edges_only():
    found = [
        f"{name}:{call.lineno} scope.{called}"
        for name, module in code(migrations=True)
        if name not in EDGES and not any(part in name for part in EDGE_DIRECTORIES)
        for call, on, called in calls(module)
        if (on == "scope" and called in {"tenant", "platform"}) or (on == "" and called == "for_each_tenant")
    ]
    assert not found, "enter the scope at an edge, or say in EDGES why this is one"


def test_every_edge_still_is_one():
    for name in EDGES:
        assert any(on == "scope" and called in {"tenant", "platform"} for _, on, called in calls(tree(name))), name


def test_nothing_takes_the_scope_apart():
    """`from scope import tenant` would hide an edge from the rule above."""
    found = [
        f"{name}:{node.lineno}"
        for name, module in code()
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom)
        and node.module == "psa.tenancy.scope"
        and {alias.name for alias in node.names} & {"tenant", "platform", "_scope"}
    ]
    assert not found


def test_a_service_says_who_acts():
    """Whatever a service module offers and writes takes `by` by name, and never by default (house style 3)."""
    found = []
    for name, module in code():
        if not is_service(name):
            continue
        for function in module.body:
            if isinstance(function, ast.FunctionDef) and "transaction.atomic" in decorators(function):
                arguments = function.args
                named = dict(zip((arg.arg for arg in arguments.kwonlyargs), arguments.kw_defaults, strict=True))
                if not function.name.startswith("_") and named.get("by", "missing") is not None:
                    found.append(f"{name} {function.name}")
    assert not set(found) - WITHOUT_AN_ACTOR.keys()


def test_a_view_starts_from_what_is_visible():
    """No bare `.objects` in a view: `visible_to(actor)`, or the rows below a row found that way (house style 9)."""
    found = []
    for name, module in code():
        if is_view(name):
            started = {on for call, on, called in calls(module) if called == "visible_to" or _stays_below(call, called)}
            found += [
                f"{name}:{node.lineno} {ast.unparse(node)}"
                for node in ast.walk(module)
                if isinstance(node, ast.Attribute) and node.attr == "objects"
                if ast.unparse(node) not in started | READ_BY_ALL
            ]
    assert not found


def _stays_below(call: ast.Call, called: str) -> bool:
    return called == "filter" and bool(BELOW & {keyword.arg for keyword in call.keywords})


def test_there_are_no_signals():
    """But post_migrate, which makes the policies."""
    found = []
    for name, module in code():
        for node in ast.walk(module):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.endswith("signals"):
                found += [
                    f"{name}:{node.lineno} {alias.name}" for alias in node.names if alias.name not in {"post_migrate"}
                ]
            elif isinstance(node, ast.Name) and node.id == "receiver":
                found.append(f"{name}:{node.lineno} receiver")
    celery_only = [one for one in found if not one.startswith(("psa/celery.py", "psa/embedded.py"))]
    assert not celery_only


def test_no_module_is_named_for_nothing():
    parts = {name: {part.removesuffix(".py") for part in Path(name).parts} & FORBIDDEN_NAMES for name in files()}
    assert not {name: wrong for name, wrong in parts.items() if wrong}


def test_a_task_is_one_line():
    found = []
    for name, module in code():
        for function in functions(module):
            if any(one.split(".")[-1] in {"shared_task", "task"} for one in decorators(function)):
                body = [node for node in function.body if not _is_docstring(node)]
                if len(body) != 1 or not isinstance(body[0], ast.Expr | ast.Return):
                    found.append(f"{name}:{function.lineno} {function.name}")
    assert not found


def test_tasks_stand_in_tasks():
    found = [
        f"{name}:{function.lineno}"
        for name, module in code()
        if not name.endswith("/tasks.py") and name != "psa/celery.py"
        for function in functions(module)
        if any(one.split(".")[-1] == "shared_task" for one in decorators(function))
    ]
    assert not found


def test_imports_stand_at_the_top():
    """A function-level import is a cycle not yet fixed. Before models are loaded (apps.ready) there is no other way."""
    allowed = {"manage.py", "psa/bootstrap.py"}
    found = [
        f"{name}:{node.lineno}"
        for name, module in code()
        if name not in allowed and not name.endswith("apps.py")
        for function in functions(module)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not found


def test_a_lock_names_its_row_and_lets_references_in():
    """`of=("self",)`: not the joined rows. `no_key=True`: a plain lock stops every insert that points at the row."""
    found = []
    for name, module in code():
        for call, _, called in calls(module):
            if called == "select_for_update":
                options = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
                if options.get("of") != "('self',)" or options.get("no_key") != "True":
                    found.append(f"{name}:{call.lineno}")
    assert not found


def test_nothing_talks_to_the_network_in_a_transaction():
    """House style 6. Looks into `with transaction.atomic():` blocks and into functions decorated with it."""
    found = []
    for name, module in code():
        for node in ast.walk(module):
            inside = (
                isinstance(node, ast.With)
                and any("transaction.atomic" in ast.unparse(item.context_expr) for item in node.items)
            ) or (isinstance(node, ast.FunctionDef) and "transaction.atomic" in decorators(node))
            if inside:
                found += [
                    f"{name}:{call.lineno} {called}"
                    for call, on, called in calls(node)
                    if called in NETWORK or called == "delay" or on.split(".")[0] in {"requests", "httpx", "smtplib"}
                ]
    assert not found


def test_no_job_waits_inside_the_broker():
    """No ETA, no countdown: what is due later stands in the database."""
    found = [
        f"{name}:{call.lineno}"
        for name, module in code()
        for call, _, called in calls(module)
        if called in {"apply_async", "send_task", "retry", "s", "signature"}
        and {"eta", "countdown"} & {keyword.arg for keyword in call.keywords}
    ]
    assert not found


def test_states_are_of_our_own_field():
    """django-fsm-2's own fields and its refresh stay outside: psa/fsm.py is the only door."""
    found = [
        f"{name}:{node.lineno}"
        for name, module in code()
        if name != "psa/fsm.py"
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django_fsm")
    ]
    assert not found


def test_raw_sql_stays_where_the_policies_are_made():
    """A raw statement is bound by row-level security on PostgreSQL and by nothing on SQLite; search reads past it."""
    found = [
        f"{name}:{call.lineno} {called}"
        for name, module in code()
        if not name.startswith(
            ("psa/tenancy/", "psa/web/health.py", "psa/checks.py", "tickets/services/searching.py", "demo/bench/")
        )
        for call, _, called in calls(module)
        if called in {"raw", "extra", "RawSQL", "cursor"}
    ]
    assert not found


def test_every_module_says_what_it_is_for():
    silent = [name for name, module in code() if module.body and not ast.get_docstring(module)]
    assert not silent


def test_no_file_is_longer_than_a_stranger_reads():
    lines = {name: len((ROOT / name).read_text().splitlines()) for name in files() if "/migrations/" not in name}
    most = {name: LONGEST_OF_TESTS if name.startswith("tests/") else LONGEST for name in lines}
    assert not {name: count for name, count in lines.items() if count > most[name]}


def test_every_row_of_ours_is_scoped_by_hand_nowhere():
    """`filter(tenant=…)` says the managers are not trusted, or that the scope is wrong."""
    found = [
        f"{name}:{call.lineno}"
        for name, module in code()
        if not name.startswith("psa/tenancy/")
        for call, _, called in calls(module)
        if called in {"filter", "get", "exclude"}
        and {"tenant", "tenant_id"} & {keyword.arg for keyword in call.keywords}
    ]
    assert not found


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
