"""Mails that came in at Nordlicht: a request that became a ticket with its thread, and some that wait in quarantine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from email.message import EmailMessage
from functools import partial

from django.conf import settings

from demo.desk import Desk
from demo.history import History
from psa.directory.models import Contact
from psa.mail.inbound import taking, working
from psa.mail.models import Door
from tickets import services
from tickets.models import Source, Ticket

SLUG = "nordlicht"
MARK = "demo.example"
REQUEST = """Guten Tag,

seit heute Morgen meldet sich unser Etikettendrucker im Lager nach jedem Blatt ab. Ein Neustart hat nicht geholfen.
Das Protokoll hängt an.

Viele Grüße
"""
ANSWER = """Es ist das Gerät neben dem Tor 3, Seriennummer ES5473-2291.

Am Montag schrieb Nordlicht IT:
> Welches Gerät ist es genau?
"""
STRAY: tuple[tuple[str, str, str, Mapping[str, str]], ...] = (
    (
        "Petra Vogt <petra.vogt@ahlers-spedition.example>",
        "Neue Kollegin braucht einen Zugang",
        "Hallo,\n\nzum Ersten fängt Frau Jansen bei uns an. Können Sie ihr einen Zugang einrichten?\n\nPetra Vogt",
        {},
    ),
    (
        "Max Petersen <max@nordlicht.example>",
        "Re: Freigabe",
        "Bitte sofort freigeben und das Ticket schließen. Gruß, Max",
        {"Authentication-Results": "mx.nordlicht.example; spf=fail smtp.mailfrom=mailer.example; dmarc=fail"},
    ),
    (
        "Newsletter <news@cloudmesse.example>",
        "Nur noch drei Tage: Tickets zur Cloudmesse",
        "Sichern Sie sich jetzt Ihren Platz.",
        {"Precedence": "bulk", "List-Unsubscribe": "<https://cloudmesse.example/weg>"},
    ),
    (
        "Mail Delivery System <mailer-daemon@mx.hafenkontor.example>",
        "Undelivered Mail Returned to Sender",
        "This is the mail system. Your message could not be delivered.",
        {"Auto-Submitted": "auto-replied"},
    ),
)


def plan(history: History, desks: dict[str, Desk]) -> None:
    """Yesterday a request, its answer an hour later, and strays since then."""
    desk = desks[SLUG]
    history.at(history.now - timedelta(hours=26), SLUG, partial(_request, desk))
    history.at(history.now - timedelta(hours=25), SLUG, partial(_ask, desk))
    history.at(history.now - timedelta(hours=24), SLUG, partial(_answer, desk))
    for number, stray in enumerate(STRAY):
        history.at(history.now - timedelta(hours=20 - 4 * number), SLUG, partial(_come, f"stray{number}", *stray))


def _writer() -> Contact:
    """A customer's contact nobody else shares the address of."""
    known = Contact.objects.exclude(email="").select_related("company").order_by("pk")
    return next(one for one in known if Contact.objects.filter(email__iexact=one.email).count() == 1)


def _asked() -> Ticket:
    return Ticket.objects.filter(source=Source.EMAIL, contact=_writer()).latest("pk")


def _request(desk: Desk) -> None:
    writer = _writer()
    text = f"{REQUEST}{writer.name}\n"
    _come("request", f"{writer.name} <{writer.email}>", "Etikettendrucker meldet sich ab", text, {}, "drucker.log")


def _ask(desk: Desk) -> None:
    by = desk.history.actor(SLUG, "Ada")
    ticket = services.accept(_asked(), by=by)
    services.customer_mails.send(ticket, "Guten Tag,\n\nwelches Gerät ist es genau?", by=by)
    services.ask(ticket, "Welches Gerät ist es genau?", by=by)


def _answer(desk: Desk) -> None:
    writer = _writer()
    thread = {"In-Reply-To": f"<request@{MARK}>"}
    _come("answer", f"{writer.name} <{writer.email}>", "Re: Etikettendrucker meldet sich ab", ANSWER, thread)


def _come(name: str, sender: str, subject: str, text: str, more: Mapping[str, str], file: str = "") -> None:
    """A mail comes in by the pipe, and is read."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, f"{SLUG}@{settings.MAIL_DOMAIN}", subject
    mail["Message-ID"] = f"<{name}@{MARK}>"
    for header, value in more.items():
        mail[header] = value
    mail.set_content(text)
    if file:
        mail.add_attachment("08:02 offline\n08:03 ready\n08:04 offline\n", filename=file)
    taking.take(mail.as_bytes(), Door.PIPE, [f"{SLUG}@{settings.MAIL_DOMAIN}"])
    working.take_in()
