"""Who works with whom in the demo: the agreement, the invitations and what became of them, and what each side keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from demo.cases import text
from demo.desk import Desk
from demo.history import History
from outsourcing.models import Invitation, PartnershipSide
from outsourcing.services import agreement, partners
from psa.tenancy import doors

LANGUAGES = ("en", "de", "lv")
LEADS = ("nordlicht", "atlas")
# lead, service partner, how many days ago, the tags and the note the lead keeps.
PAIRS = (
    ("nordlicht", "baltic", 120, ["Baltikum", "Netzwerk", "Lager"], "Schnell und ordentlich. Ansprechpartner: Andris."),
    ("nordlicht", "atlas", 95, ["London", "Arbeitsplatz"], "Gut erreichbar, am Wochenende teurer."),
    ("atlas", "baltic", 90, ["Riga", "on site"], "Prefers two days' notice."),
    ("atlas", "nordlicht", 60, ["Hamburg", "network"], "Ask for Jonas first."),
)
# lead, whom it invited, how many days ago; nobody answered the second, the third still may.
INVITATIONS = (
    ("nordlicht", "Rheintal Systemhaus", 64, "declined"),
    ("nordlicht", "Fjord Teknik", 40, ""),
    ("nordlicht", "Helix Networks", 3, ""),
)


def publish_agreement() -> None:
    """The operator's text, version 1, in three languages."""
    texts = {language: text(f"agreement.{language}.txt").partition("\n\n") for language in LANGUAGES}
    agreement.publish({language: (title, body) for language, (title, _, body) in texts.items()})


def plan(history: History, desks: dict[str, Desk]) -> None:
    """Agreements, invitations and partnerships, before the first ticket is handed over."""
    for lead in LEADS:
        history.at(history.now - timedelta(days=121), lead, partial(_agree, desks[lead]))
    for lead, service, days, tags, note in PAIRS:
        letter = Letter(desks[lead], desks[service].firm.name, desks[service], tags, note)
        began = history.now - timedelta(days=days)
        history.at(began, lead, letter.send, partners=True)
        history.at(began + timedelta(hours=20), service, letter.accept, partners=True)
        history.at(began + timedelta(hours=22), lead, letter.keep_note)
    for lead, company, days, answer in INVITATIONS:
        letter = Letter(desks[lead], company)
        began = history.now - timedelta(days=days)
        history.at(began, lead, letter.send, partners=True)
        if answer == "declined":
            history.at(began + timedelta(days=2), lead, letter.decline, partners=True)


def _agree(desk: Desk) -> None:
    found = agreement.present(desk.firm.language)
    assert found is not None
    agreement.accept(found, by=desk.history.manager(desk.slug))


@dataclass(slots=True)
class Letter:
    """An invitation and its answer."""

    desk: Desk
    company: str
    service: Desk | None = None
    tags: list[str] | None = None
    note: str = ""
    invitation: Invitation | None = None
    raw: str = ""

    def send(self) -> None:
        desk = self.desk
        company = desk.customer(self.company)
        contact = desk.people[company.name][0]
        by = desk.history.manager(desk.slug)
        self.invitation = partners.invite(company, contact.email, contact.name, by=by, contact=contact)
        if self.service:
            self.raw = self._link()

    def decline(self) -> None:
        partners.decline(self._link())

    def accept(self) -> None:
        desk = self.service
        assert desk is not None
        by = desk.history.manager(desk.slug)
        made = partners.accept(self.raw, by=by)
        side = PartnershipSide.objects.get(service_of=made)
        side.queue, side.category, side.work_type = (
            desk.queues[desk.firm.partner_queue],
            desk.categories["network"],
            desk.work_types[1],
        )
        side.save()

    def keep_note(self) -> None:
        side = PartnershipSide.objects.get(company=self.desk.customer(self.company))
        side.note, side.tags = self.note, self.tags
        side.save()

    def _link(self) -> str:
        """The link stands in the mail only, for whoever opens it; the same door gives out a new one."""
        assert self.invitation is not None
        return doors.issue(partners.PURPOSE, self.invitation.pk, self.invitation.expires_at)
