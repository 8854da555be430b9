"""The work order: paper for whoever goes there, without money, for everybody who sees the ticket (spec §5)."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from outsourcing.models import Handover, Partnership
from outsourcing.services import answering, sending
from outsourcing.terms import Draft
from psa.directory.models import Company, Contact, Location
from psa.tenancy import scope, services
from psa.tenancy.models import Membership, Tenant, User
from psa.tenant_settings import services as company
from tests import paper
from tests.conftest import acting, sign_in
from tests.outsourcing.conftest import HOURLY, Pair, drain
from tickets.models import Ticket
from tickets.services import lifecycle

DUE = datetime(2099, 3, 6, 16, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture
def pair(
    max: Membership, gunta: Membership, partnership: Partnership, desk_of_nordlicht: Company, desk_of_baltic: Company
) -> Pair:
    """A visit in Riga: with a place, a contact shared in full, instructions and a date."""
    with acting(max) as by:
        contact = Contact.objects.create(company=desk_of_nordlicht, name="Cleo Hansen", phone="+371 6755 0199")
        place = Location.objects.create(
            company=desk_of_nordlicht, name="Lager Riga", street="Uriekstes iela 3", city="Riga"
        )
        made = lifecycle.create(
            by=by, title="Replace the switch", description="Rack 4.", company=desk_of_nordlicht, contact=contact,
            location=place,
        )  # fmt: skip
        draft = Draft(
            **HOURLY,
            complete_by=DUE,
            instructions="Ring at the gate.",
            is_on_site=True,
            detail="full",  # type: ignore[arg-type]
        )
        handover = sending.send(made, partnership, draft, by=by)
    drain()
    with acting(gunta) as by:
        insourced = answering.accept(
            handover, desk_of_baltic, by=by, title=handover.title, description="Rack 4.", due_at=DUE
        )
    drain()
    return Pair(max, gunta, made, insourced, handover)


def page(client: Client, pair: Pair, desk: str = "baltic") -> Any:
    return client.get(f"/{desk}/handovers/{pair.handover.key}/work-order/")


def on_paper(client: Client, pair: Pair, desk: str = "baltic") -> Any:
    return client.get(f"/{desk}/handovers/{pair.handover.key}/work-order.pdf")


def speaks(member: Membership, language: str) -> Client:
    with scope.platform("test"):
        User.objects.filter(pk=member.user_id).update(language=language)
    with scope.platform("test"):
        return sign_in(Membership.objects.select_related("user").get(pk=member.pk))


def test_it_says_everything_for_the_visit(pair: Pair, gunta: Membership) -> None:
    client = speaks(gunta, "en")
    found, printed = page(client, pair).content.decode(), paper.text(on_paper(client, pair).content)
    for said in (
        str(pair.insourced.number), str(pair.ticket.number), "Replace the switch", "Rack 4.", "Nordlicht IT",
        "Lager Riga", "Cleo Hansen", "+371 6755 0199", "Ring at the gate.", "5:00 h", "Max Petersen",
        "A visit on site is required", "Baltic Service", "Technician, name and signature",
    ):  # fmt: skip
        assert said in found, said
        assert said in printed, said


def test_as_a_file_it_is_a_pdf_named_for_its_number_and_kept_nowhere(pair: Pair, gunta: Membership) -> None:
    client = speaks(gunta, "lv")
    answer = on_paper(client, pair)
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
    assert answer["Content-Disposition"] == f'inline; filename="darba-uzdevums-{pair.insourced.number}.pdf"'
    assert answer["Cache-Control"] == "no-store"
    assert "work-order.pdf" in page(client, pair).content.decode()


def test_what_was_written_wildly_is_printed_all_the_same(pair: Pair, gunta: Membership) -> None:
    with acting(gunta):
        text = f"{'Donaudampfschifffahrt' * 30} 👍🏽 <b>not bold</b> **neither** {'Kabel ziehen. ' * 900}"
        Ticket.objects.filter(pk=pair.insourced.pk).update(description=text, title="x" * 200)
    pages = paper.pages(on_paper(speaks(gunta, "en"), pair).content)
    assert len(pages) > 2 and "<b>not bold</b> **neither**" in " ".join(" ".join(pages).split())


def test_complete_by_stands_in_both_zones(pair: Pair, gunta: Membership) -> None:
    """Our clock first, the lead's in brackets (§5); the ticket's page says the same."""
    client = speaks(gunta, "en")
    found = page(client, pair).content.decode()
    for read in (found, paper.text(on_paper(client, pair).content)):
        assert "17:00" in read and "Europe/Riga" in read
        assert "16:00 Europe/Berlin" in read
    assert "Europe/Berlin" in client.get(f"/baltic/tickets/{pair.insourced.number}/").content.decode()


def test_one_zone_needs_no_brackets(pair: Pair, gunta: Membership, nordlicht: Tenant) -> None:
    with scope.platform("test"):
        Tenant.objects.filter(pk=nordlicht.pk).update(time_zone="Europe/Riga")
    client = speaks(gunta, "en")
    assert "Nordlicht IT:" not in page(client, pair).content.decode()
    assert "Nordlicht IT:" not in paper.text(on_paper(client, pair).content)


def test_n8_there_is_no_money_on_it_even_for_those_who_may_see_the_terms(pair: Pair, gunta: Membership) -> None:
    client = speaks(gunta, "en")
    for found in (page(client, pair).content.decode(), paper.text(on_paper(client, pair).content)):
        for secret in ("60.00", "€60", "95.00", "300.00", "350.00", "€"):
            assert secret not in found, secret


@pytest.mark.parametrize("language", ["de", "lv", "en"])
def test_it_is_in_its_readers_language(pair: Pair, gunta: Membership, language: str) -> None:
    answer = page(speaks(gunta, language), pair)
    assert answer["Content-Language"] == language and f'lang="{language}"' in answer.content.decode()
    printed = on_paper(speaks(gunta, language), pair)
    title = {"de": "Arbeitsauftrag", "lv": "Darba uzdevums", "en": "Work order"}[language]
    assert printed["Content-Language"] == language and f"{title} {pair.insourced.number}" in paper.text(printed.content)


def test_everybody_who_sees_the_ticket_may_print_it_and_nobody_else(
    pair: Pair, baltic: Tenant, sam: Membership, max: Membership
) -> None:
    ruta = services.add_member(baltic, "ruta@baltic.example", "Rūta", "read-only")
    ilze = services.add_member(baltic, "ilze@baltic.example", "Ilze", "technician")
    for read in (page, on_paper):
        assert read(sign_in(ruta), pair).status_code == 200
        assert read(sign_in(ilze), pair).status_code == 404  # of another queue
        assert read(sign_in(sam), pair).status_code == 404
        assert read(sign_in(sam), pair, "atlas").status_code == 404
        assert read(sign_in(max), pair, "nordlicht").status_code == 404  # the lead has the ticket itself
        assert read(Client(), pair).status_code == 302


def test_an_offer_that_was_not_accepted_has_none(offered: Handover, gunta: Membership) -> None:
    for name in ("work-order/", "work-order.pdf"):
        assert sign_in(gunta).get(f"/baltic/handovers/{offered.key}/{name}").status_code == 404


def test_the_ticket_leads_to_it(pair: Pair, gunta: Membership) -> None:
    found = sign_in(gunta).get(f"/baltic/tickets/{pair.insourced.number}/").content.decode()
    assert f"/baltic/handovers/{pair.handover.key}/work-order/" in found
    assert "Ring at the gate." in found


def test_looking_costs_few_questions(pair: Pair, gunta: Membership, django_assert_max_num_queries: Any) -> None:
    client = sign_in(gunta)
    with django_assert_max_num_queries(14):
        assert page(client, pair).status_code == 200
    with django_assert_max_num_queries(12):
        assert on_paper(client, pair).status_code == 200


def test_our_logo_stands_on_our_paper(pair: Pair, settings: Any, tmp_path: Path) -> None:
    """On the page and in the file; the lead partner's is not ours to print."""
    settings.MEDIA_ROOT = tmp_path
    client = sign_in(pair.gunta)
    url = f"/baltic/handovers/{pair.handover.key}/work-order/"
    assert "paper-logo" not in page(client, pair).content.decode()
    assert b"/Subtype /Image" not in client.get(f"{url[:-1]}.pdf").content
    drawn = BytesIO()
    Image.new("RGB", (300, 100), "red").save(drawn, "PNG")
    with acting(pair.gunta) as by:
        company.show_logo(SimpleUploadedFile("logo.png", drawn.getvalue()), by=by)
    assert "paper-logo" in page(client, pair).content.decode()
    assert b"/Subtype /Image" in client.get(f"{url[:-1]}.pdf").content
