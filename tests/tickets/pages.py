"""Reading a page as a browser without scripts does, for the tests of the desk's pages."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from psa.tenancy import scope
from psa.tenancy.models import Membership
from tests.conftest import acting, sign_in
from tests.tickets.conftest import internal
from tickets.models import Ticket

DESK = "/nordlicht/tickets/"


class Form(HTMLParser):
    """The fields of the first form with this in its action (or with no action), as a browser would send them."""

    def __init__(self, body: str, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.fields, self.select = action, False, {}, ""
        self.area: str | None = None
        self.first_option: str | None = None
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found: dict[str, Any] = dict(attrs)
        if tag == "form":
            self.inside = (
                not self.fields
                and found.get("method", "").lower() == "post"
                and (self.action in found.get("action", "") if self.action else "action" not in found)
            )
        if not self.inside:
            return
        name = found.get("name", "")
        if tag == "input" and name and found.get("type") not in {"submit", "file"}:
            if found.get("type") not in {"checkbox", "radio"} or "checked" in found:
                self.fields[name] = found.get("value", "")
        elif tag == "select":
            self.select, self.first_option = name, None
        elif tag == "option" and self.select:
            if self.first_option is None or "selected" in found:
                self.first_option = found.get("value", "")
                self.fields[self.select] = self.first_option
        elif tag == "textarea":
            self.area, self.fields[name] = name, ""

    def handle_data(self, data: str) -> None:
        if self.inside and self.area:
            self.fields[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"
        self.select = "" if tag == "select" else self.select
        self.area = None if tag == "textarea" else self.area


def form_of(response: HttpResponse, action: str = "", opening: bool = False) -> dict[str, str]:
    """What the page's form would send if nothing was touched; with its `opening`, it is one form however often sent."""
    fields = Form(response.content.decode(), action).fields
    assert fields, f"no form for {action}"
    fields.pop("csrfmiddlewaretoken")
    if not opening:
        fields.pop("opening", None)
    return fields


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def statements(client: Client, url: str) -> int:
    """How many statements a page takes once it is warm."""
    client.get(url)
    cache.clear()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(url).status_code == 200
    return len([query for query in asked if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))])


def internal_value(ticket: Ticket, member: Membership) -> str:
    with acting(member):
        return internal(ticket).value


def sign_in_english(member: Membership) -> Client:
    with scope.platform("test: language"):
        member.user.language = "en"
        member.user.save()
    return sign_in(member)


def upload() -> Any:
    return SimpleUploadedFile("log.txt", b"line", "text/plain")
