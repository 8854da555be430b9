"""Two hundred people press Save at once: no error, and nothing is lost (issue criterion 7)."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
import requests

from tests import stack
from tests.e2e.seed import PASSWORD

pytestmark = pytest.mark.stack

POSTS, AT_ONCE = 200, 50
COUNT = (
    "from psa.tenancy import doors, scope; from tickets.models import Note\n"
    "with scope.tenant(doors.tenant_named('nordlicht')): print('notes', Note.objects.count())"
)


def form_value(page: str, name: str) -> str:
    """The first value of a form's field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="{name}"', page)
    assert found, f"no field {name}"
    return unescape(found.group(1) or found.group(2) or "")


def test_two_hundred_posts_at_once(tmp_path):
    with stack.running(tmp_path) as portal:
        portal.run("manage.py", "shell", "-v", "0", "-c", "from tests.e2e.seed import seed; seed()")
        person = requests.Session()
        login = f"{portal.url}/accounts/login/"
        token = form_value(person.get(login).text, "csrfmiddlewaretoken")
        person.post(login, {"login": "max@nordlicht.example", "password": PASSWORD, "csrfmiddlewaretoken": token})
        ticket = f"{portal.url}/nordlicht/tickets/1/"
        page = person.get(ticket).text
        fields = {name: form_value(page, name) for name in ("csrfmiddlewaretoken", "reader")}

        def post(number: int) -> tuple[int, float]:
            begun = time.monotonic()
            with requests.Session() as one:
                one.cookies.update(person.cookies)
                answer = one.post(
                    f"{ticket}notes/add/",
                    {**fields, "text": f"Post {number}", "kind_of": "note"},
                    allow_redirects=False,
                    timeout=60,
                )
            return answer.status_code, time.monotonic() - begun

        begun = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as people:
            answers = list(people.map(post, range(POSTS)))
        took = time.monotonic() - begun
        codes = {code for code, _ in answers}
        slowest = max(seconds for _, seconds in answers)
        print(f"{POSTS} posts by {AT_ONCE} at once: {took:.1f} s, slowest {slowest:.2f} s, answers {codes}")
        assert codes == {302}
        assert f"notes {POSTS}" in portal.run("manage.py", "shell", "-v", "0", "-c", COUNT)
