"""The floor: what Django itself takes for the same few indexed queries and a plain page, with no middleware of ours.

    /floor/<page>/?firm=<tenant>&number=<ticket>

Session and person are read as any page reads them; the tenant is put in scope, so that the same policies are asked.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.template import engines

from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy.models import Membership
from tickets.models import Note, NumberRange, Ticket, TicketWords
from tickets.services import searching

PAGE = 25
ROWS = """<!doctype html><title>Floor</title><p>{{ count }}</p><table>{% for one in rows %}<tr><td>{{ one.number }}
<td><a href="{{ one.number }}/">{{ one.title }}</a><td>{{ one.company.name }}<td>{{ one.status }}<td>{{ one.priority }}
<td>{{ one.assignee.name }}<td>{{ one.queue.name }}<td>{{ one.next_deadline|date:"Y-m-d H:i" }}{% endfor %}</table>"""
ONE = """<!doctype html><title>Floor</title><h1>{{ ticket.number }} {{ ticket.title }}</h1><p>{{ ticket.company.name }}
{{ ticket.contact.name }} {{ ticket.queue.name }} {{ ticket.assignee.name }}{% for one in notes %}<article>
<b>{{ one.author_name }}</b> {{ one.made_at|date:"Y-m-d H:i" }}<p>{{ one.text|linebreaks }}</article>{% endfor %}"""
NAMED = ("company", "queue", "assignee", "contact")


def floor(request: HttpRequest) -> HttpResponse:
    """One page of the floor, by the last word of its address."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    session = store(request.COOKIES[settings.SESSION_COOKIE_NAME])
    with scope.platform("bench: who asks"):
        get_user_model().objects.get(pk=session["_auth_user_id"])
    with scope.tenant(int(request.GET["firm"])):
        return PAGES[request.path.split("/")[2]](request)


def _listed(rows: Any) -> HttpResponse:
    count = rows.order_by()[:100].count()
    shown = rows.select_related(*NAMED)[:PAGE]
    return HttpResponse(_template(ROWS).render({"rows": shown, "count": count}))


def _list(request: HttpRequest) -> HttpResponse:
    return _listed(Ticket.objects.filter(is_open=True).order_by("next_deadline", "id"))


def _search(request: HttpRequest) -> HttpResponse:
    return _listed(searching.find(Ticket.objects.all(), request.GET["q"]).order_by("-last_activity", "-id"))


def _page(request: HttpRequest) -> HttpResponse:
    ticket = Ticket.objects.select_related(*NAMED).get(number=int(request.GET["number"]))
    notes = Note.objects.filter(ticket=ticket).order_by("-pk")[:PAGE]
    return HttpResponse(_template(ONE).render({"ticket": ticket, "notes": notes}))


def _create(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        like = Ticket.objects.get(number=int(request.GET["number"]))
        NumberRange.objects.filter(kind="ticket").update(last=F("last") + 1)
        number = NumberRange.objects.values_list("last", flat=True).get(kind="ticket")
        made = Ticket.objects.create(number=number, title="Floor", company_id=like.company_id, queue_id=like.queue_id)
        TicketWords.objects.create(ticket=made, text="floor")
        _enter(made, "ticket.created")
    return HttpResponse(status=302, headers={"Location": "/"})


def _note(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update(of=("self",), no_key=True).get(number=int(request.GET["number"]))
        author = Membership.objects.get(pk=int(request.GET["member"]))
        note = Note.objects.create(ticket=ticket, author=author, author_name=author.name, audience="internal", text="x")
        TicketWords.objects.create(ticket=ticket, item=note.key or uuid.uuid4(), text="floor")
        _enter(ticket, "note.added", id=note.pk)
        Ticket.objects.filter(pk=ticket.pk).update(version=F("version") + 1)
    return HttpResponse(status=302, headers={"Location": "/"})


def _enter(ticket: Ticket, kind: str, **data: Any) -> None:
    told = {"by_kind": "person", "by_name": "Floor", "channel": "web", "data": data}
    Entry.objects.create(subject_type="ticket", subject_id=ticket.pk, kind=kind, **told)


_kept: dict[str, Any] = {}


def _template(text: str) -> Any:
    if text not in _kept:
        _kept[text] = engines["django"].from_string(text)
    return _kept[text]


PAGES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "list": _list,
    "search": _search,
    "page": _page,
    "create": _create,
    "note": _note,
}
