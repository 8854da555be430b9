"""The demo's checklists: what each company does again and again, a list half done, and one a partner works through."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from demo.desk import Desk
from demo.history import History
from outsourcing.models import HandoverStatus, LeadSide
from psa.tenancy.actor import Actor
from tickets import services
from tickets.models import Checklist, ChecklistItem, ChecklistTemplate, Status, Ticket
from tickets.services import checklists
from tickets.services.checklist_templates import ItemDraft, save

# Per list its name in de, lv, en; per item the same texts, the evidence with its unit, and whether it is the partner's.
LISTS = (
    (
        ("PC-Installation", "Datora uzstādīšana", "PC installation"),
        (
            ("Seriennummer notieren", "Pierakstīt sērijas numuru", "Note the serial number", "serial", "", True),
            ("Betriebssystem aktualisieren", "Atjaunināt operētājsistēmu", "Update the system", "none", "", True),
            ("Virenschutz prüfen", "Pārbaudīt pretvīrusu aizsardzību", "Check the virus protection", "none", "", True),
            ("Foto vom Arbeitsplatz", "Darbavietas fotoattēls", "Photo of the workplace", "photo", "", True),
            ("Übergabe mit dem Kunden", "Nodošana klientam", "Hand over to the customer", "note", "", False),
        ),
    ),
    (
        ("Datensicherung prüfen", "Dublējumu pārbaude", "Backup check"),
        (
            ("Letzter Lauf ohne Fehler", "Pēdējā izpilde bez kļūdām", "Last run without errors", "none", "", False),
            ("Freier Speicher", "Brīvā vieta", "Free space", "value", "GB", False),
            ("Eine Datei zurückgespielt", "Atjaunota viena datne", "One file restored", "note", "", False),
        ),
    ),
    (
        ("Neuer Mitarbeiter", "Jauns darbinieks", "New colleague"),
        (
            ("Konto angelegt", "Izveidots konts", "Account created", "none", "", False),
            ("Gruppen zugewiesen", "Piešķirtas grupas", "Groups assigned", "none", "", False),
            ("Erste Anmeldung begleitet", "Palīdzēts pirmajā reizē", "First sign-in assisted", "none", "", False),
        ),
    ),
)
SPOKEN = {"nordlicht": "de", "baltic": "lv"}
ACTIVE = (Status.OPEN, Status.IN_PROGRESS, Status.REOPENED_DEFECT)


def plan(history: History, desks: dict[str, Desk]) -> None:
    """Templates a while ago; yesterday one list half done, today one with a partner."""
    for slug, language in SPOKEN.items():
        history.at(history.now - timedelta(days=75), slug, partial(_templates, desks[slug], language))
        history.at(history.now - timedelta(hours=4), slug, partial(_half_done, desks[slug]))
    lead = desks["nordlicht"]
    history.at(history.now - timedelta(hours=3), lead.slug, partial(_with_a_partner, lead), partners=True)
    history.at(history.now - timedelta(hours=2), "baltic", partial(_partner_ticks, desks["baltic"]), partners=True)


def _templates(desk: Desk, language: str) -> None:
    by = desk.history.manager(desk.slug)
    for names, items in LISTS:
        drafts = [_draft(item[:3], language, *item[3:]) for item in items]
        save(None, _texts(names)[language], _texts(names), drafts, by=by)


def _draft(texts: tuple[str, ...], language: str, evidence: str, unit: str, for_partner: bool) -> ItemDraft:
    said = _texts(texts)
    return ItemDraft(said[language], said, evidence != "photo", evidence, unit, False, for_partner)


def _texts(texts: tuple[str, ...]) -> dict[str, str]:
    return dict(zip(("de", "lv", "en"), texts, strict=True))


def _half_done(desk: Desk) -> None:
    by = desk.history.manager(desk.slug)
    linked = LeadSide.objects.values("ticket")
    ticket = Ticket.objects.filter(status__in=ACTIVE).exclude(pk__in=linked).order_by("pk").last()
    template = ChecklistTemplate.objects.order_by("pk")[1]
    if ticket is None:
        return
    made = checklists.add(ticket, template, by=by)
    first, second, _third = ChecklistItem.objects.filter(checklist=made).order_by("position")
    checklists.tick(first, by=by)
    checklists.tick(second, by=by, proof="412,5")


def _with_a_partner(desk: Desk) -> None:
    running = (HandoverStatus.ACCEPTED, HandoverStatus.IN_PROGRESS)
    sides = LeadSide.objects.filter(handover__status__in=running, handover__service_name__startswith="Baltic")
    side = sides.select_related("ticket").order_by("pk").first()
    if side is not None:
        checklists.add(side.ticket, ChecklistTemplate.objects.order_by("pk")[0], by=desk.history.manager(desk.slug))


def _partner_ticks(desk: Desk) -> None:
    made = Checklist.objects.exclude(partner="").select_related("ticket").first()
    if made is None:
        return
    by: Actor = desk.history.manager(desk.slug)
    ticket = made.ticket
    if ticket.status == Status.NEW:
        services.accept(ticket, by=by)
    elif ticket.status not in ACTIVE:
        return
    first, second, *_rest = ChecklistItem.objects.filter(checklist=made).order_by("position")
    checklists.tick(first, by=by, proof="5CG4132XKD")
    checklists.tick(second, by=by)
