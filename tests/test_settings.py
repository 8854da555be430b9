"""Settings, .env.example, the locks and docker-compose.yml say the same."""

import ast
import json
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
# One page that begins a session and a form, behind as many of Django's middlewares as the settings name, no database.
PROBE = """
import json
from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, override_settings
from django.urls import path
def page(request):
    request.session["began"] = get_token(request)
    return HttpResponse("here")
urlpatterns = [path("here/", page), path("healthz", page)]
class Urls:
    pass
Urls.urlpatterns = urlpatterns
with override_settings(
    ROOT_URLCONF=Urls,
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MIDDLEWARE=[one for one in settings.MIDDLEWARE if one.startswith(("django.middleware", "django.contrib.sessions"))],
):
    client, https = Client(headers={"host": "tandem.example.com"}), {"x-forwarded-proto": "https"}
    plain, health, safe = client.get("/here/"), client.get("/healthz"), client.get("/here/", headers=https)
flags = lambda one: [one["secure"], one["httponly"], one["samesite"]]
print(json.dumps({
    "plain": [plain.status_code, plain.headers.get("Location"), len(plain.cookies)],
    "health": health.status_code,
    "safe": [safe.status_code, safe.headers.get("Strict-Transport-Security")],
    "headers": [safe.headers.get(name) for name in ("X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options")],
    "cookies": {name: flags(one) for name, one in safe.cookies.items()},
}))
"""


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


def test_production_keeps_its_cookies_to_https_and_sends_everybody_there() -> None:
    """Hostile tests B6 and B12: asked of the middlewares and not of the settings' names."""
    done = start(["shell", "-v", "0", "-c", PROBE], **PRODUCTION)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["plain"] == [301, "https://tandem.example.com/here/", 0], "no cookie over plain http"
    assert said["health"] == 200, "who asks from inside is answered"
    assert said["safe"] == [200, "max-age=31536000; includeSubDomains; preload"]
    assert said["headers"] == ["nosniff", "same-origin", "DENY"]
    # The scripts read the token of a form; nobody's script reads a session.
    assert said["cookies"] == {"tandem_session": [True, True, "Lax"], "tandem_csrf": [True, "", "Lax"]}


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
