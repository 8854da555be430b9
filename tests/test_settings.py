"""Settings, .env.example, the locks and docker-compose.yml say the same."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PRODUCTION = {
    "TANDEM_PRODUCTION": "1",
    "SECRET_KEY": "u7Jq0c5Xb2Vn8Lr4Tz6Wm1Ya3Ke9Dp-Hs_GfQxRoBiEvCtNyZlMw",
    "SITE_URL": "https://tandem.example.com",
}


def read_by_settings() -> set[str]:
    """Names of the environment variables that psa/settings.py asks for."""
    names = set()
    for node in ast.walk(ast.parse((ROOT / "psa/settings.py").read_text())):
        match node:
            case ast.Call(
                func=ast.Name(id="flag" | "words") | ast.Attribute(value=ast.Attribute(attr="environ"), attr="get"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                names.add(name)
            case ast.Subscript(value=ast.Attribute(attr="environ"), slice=ast.Constant(value=str(name))):
                names.add(name)
            case ast.Compare(left=ast.Constant(value=str(name)), comparators=[ast.Attribute(attr="environ")]):
                names.add(name)
    return names


def named_in(path: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (ROOT / path).read_text(), re.MULTILINE))


def start(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of manage.py in a process of its own, with this environment and nothing of ours."""
    kept = {name: value for name, value in os.environ.items() if name not in read_by_settings() | {"SITE_URL"}}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={**kept, "PSA_NO_BOOTSTRAP": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_names_every_variable_and_no_other() -> None:
    composed = named_in("docker-compose.yml", r"\$\{(\w+):\?\}")
    assert named_in(".env.example", r"^#?([A-Z][A-Z0-9_]+)=") == read_by_settings() | composed


def test_nothing_but_the_settings_reads_the_environment() -> None:
    allowed = {
        "psa/settings.py",
        "psa/bootstrap.py",
        "psa/celery.py",
        "psa/wsgi.py",
        "psa/web/management/commands/test.py",
        "demo/bench/measure.py",  # the environment of the servers it starts
    }
    sources = [
        path
        for app in ("psa", "tickets", "outsourcing", "workflows", "billing", "demo")
        for path in (ROOT / app).rglob("*.py")
    ]
    reading = {path.relative_to(ROOT).as_posix() for path in sources if "os.environ" in path.read_text()}
    assert reading <= allowed


def test_the_development_lock_contains_the_other() -> None:
    pin = r"^([a-z0-9-]+==[^ ;\\]+)"
    assert named_in("requirements.txt", pin) <= named_in("requirements-dev.txt", pin)


def test_every_pin_has_a_hash_and_no_lock_has_an_address() -> None:
    for lock in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / lock).read_text()
        assert "://" not in text
        assert not re.search(r"==[^\\\n]+\n(?!    --hash)", text)


def test_every_long_running_service_has_a_health_check_and_waits_for_the_migration() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert set(services) == {"web", "worker", "beat", "migrate", "db", "redis"}
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"migrate"}
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert "MIGRATE_DATABASE_URL" not in services[name]["environment"]


def test_a_production_check_is_clean() -> None:
    done = start(["check", "--deploy", "--fail-level", "WARNING"], **PRODUCTION)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": settings.DEMO_KEY}, "needs a SECRET_KEY of its own"),
        ({"DEBUG": "1"}, "DEBUG must be off"),
        ({"DATABASE_URL": "mysql://localhost/tandem"}, "must begin with postgresql://"),
    ],
)
def test_production_refuses(change: dict[str, str], sentence: str) -> None:
    done = start(["check"], **{**PRODUCTION, **change})
    assert done.returncode != 0
    assert sentence in done.stderr
