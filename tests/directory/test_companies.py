"""The address book: who keeps it, what its pages show whom, and that it stays the tenant's own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from psa.directory import services
from psa.directory.models import Company, Contact, Contract, Location, Rate, WorkType
from psa.journal.models import Entry
from psa.tenancy import scope
from psa.tenancy import services as tenancy
from psa.tenancy.errors import Denied, Refused
from tests.conftest import acting, sign_in


@pytest.fixture
def reederei(max):
    """A customer with a person, a place and a contract."""
    with acting(max) as by:
        company = services.add_company(by=by, name="Reederei Möller", number="K-7", language="de")
        place = services.add_location(company, by=by, name="Kai 3", city="Hamburg", country="DE")
        services.add_contact(company, by=by, name="Cleo Hansen", email="cleo@kunde.example", location=place)
        contract = services.add_contract(company, by=by, name="Care 2026", starts_on=date(2026, 1, 1), currency="EUR")
        services.add_rate(contract, by=by, work_type=None, amount=Decimal("95.00"))
        return company


@pytest.fixture
def berta(nordlicht):
    """Billing at Nordlicht: agrees contracts."""
    return tenancy.add_member(nordlicht, "berta@nordlicht.example", "Berta Klein", "billing")


@pytest.fixture
def dora(nordlicht):
    """A dispatcher at Nordlicht: keeps companies, sees prices, agrees nothing."""
    return tenancy.add_member(nordlicht, "dora@nordlicht.example", "Dora Wolf", "dispatcher")


class TestServices:
    """The verbs."""

    def test_every_change_is_one_entry_with_old_and_new(self, max, reederei):
        with acting(max) as by:
            before = Entry.objects.count()
            services.edit_company(reederei, by=by, name="Reederei Möller", phone="+49 40 1")
            entry = Entry.objects.latest("pk")
            assert Entry.objects.count() == before + 1
            assert (entry.kind, entry.subject_id, entry.by_id) == ("company.edited", reederei.pk, max.pk)
            assert entry.data == {"old": {"phone": ""}, "new": {"phone": "+49 40 1"}}
            services.edit_company(reederei, by=by, phone="+49 40 1")
            assert Entry.objects.count() == before + 1, "nothing changed, nothing is said"

    def test_every_part_is_recorded(self, max, reederei):
        with acting(max):
            kinds = list(Entry.objects.order_by("pk").values_list("kind", flat=True))
        assert kinds == ["company.added", "location.added", "contact.added", "contract.added", "rate.added"]

    def test_without_the_right_nothing_happens(self, ada, max, reederei):
        with acting(ada) as by:
            before = Entry.objects.count()
            contract, rate = Contract.objects.get(), Rate.objects.get()
            for refused in (
                lambda: services.add_company(by=by, name="Werft"),
                lambda: services.edit_company(reederei, by=by, name="Werft"),
                lambda: services.add_contact(reederei, by=by, name="Sam"),
                lambda: services.edit_contact(Contact.objects.get(), by=by, name="Sam"),
                lambda: services.add_location(reederei, by=by, name="Kai 4"),
                lambda: services.edit_location(Location.objects.get(), by=by, name="Kai 4"),
                lambda: services.add_contract(reederei, by=by, name="More", starts_on=date(2026, 1, 1)),
                lambda: services.edit_contract(contract, by=by, name="More"),
                lambda: services.add_rate(contract, by=by, work_type=None, amount=Decimal(1)),
                lambda: services.edit_rate(rate, by=by, amount=Decimal(1)),
            ):
                with pytest.raises((Denied, Refused)):
                    refused()
            assert Entry.objects.count() == before
            assert Company.objects.get().name == "Reederei Möller" and Rate.objects.get().amount == Decimal("95.00")

    def test_a_work_type_has_one_rate_under_a_contract(self, max, reederei):
        with acting(max) as by:
            contract, remote = Contract.objects.get(), WorkType.objects.create(name="Remote")
            services.add_rate(contract, by=by, work_type=remote, amount=Decimal("80.00"))
            for work_type in (None, remote):
                with pytest.raises(Refused):
                    services.add_rate(contract, by=by, work_type=work_type, amount=Decimal(1))
            with pytest.raises(Refused):
                services.edit_rate(Rate.objects.get(work_type=remote), by=by, work_type=None)
            assert Rate.objects.count() == 2

    def test_a_contacts_place_is_its_companys(self, max, reederei):
        with acting(max) as by:
            other = services.add_company(by=by, name="Werft")
            with pytest.raises(Refused):
                services.add_contact(other, by=by, name="Sam", location=Location.objects.get())
            assert Contact.objects.count() == 1

    def test_the_agreed_rate_is_the_work_types_own_else_the_contracts(self, max, reederei):
        with acting(max) as by:
            contract, remote, drive = Contract.objects.get(), *map(self._work, ("Remote", "Drive"))
            services.add_rate(contract, by=by, work_type=remote, amount=Decimal("80.00"))
            assert services.agreed_rate(reederei, remote, date(2026, 3, 1)) == (Decimal("80.00"), "EUR")
            assert services.agreed_rate(reederei, drive, date(2026, 3, 1)) == (Decimal("95.00"), "EUR")
            assert services.agreed_rate(reederei, None, date(2026, 3, 1)) == (Decimal("95.00"), "EUR")
            assert services.agreed_rate(reederei, remote, date(2025, 3, 1)) is None
            services.edit_contract(contract, by=by, ends_on=date(2026, 2, 1))
            assert services.agreed_rate(reederei, remote, date(2026, 3, 1)) is None

    @staticmethod
    def _work(name):
        return WorkType.objects.create(name=name)

    def test_a_contact_does_not_point_at_a_strangers_company(self, max, atlas, reederei):
        with pytest.raises(DatabaseError), transaction.atomic(), scope.tenant(atlas):
            Contact.objects.create(company_id=reederei.pk, name="planted")
            connection.check_constraints()


class TestPages:
    """The pages."""

    def test_the_list_finds_a_company_by_a_part_of_its_name(self, ada, reederei):
        browser = sign_in(ada)
        assert "Reederei Möller" in browser.get("/nordlicht/companies/?q=reederei").content.decode()
        assert "Reederei Möller" not in browser.get("/nordlicht/companies/?q=werft").content.decode()
        assert "Reederei Möller" not in browser.get("/nordlicht/companies/?kind=vendor").content.decode()

    def test_the_page_shows_people_places_and_prices_to_those_who_may(self, ada, dora, max, reederei):
        address = f"/nordlicht/companies/{reederei.pk}/"
        for member, contracts, edit, agree in (
            (ada, False, False, False),
            (dora, True, True, False),
            (max, True, True, True),
        ):
            page = sign_in(member).get(address).content.decode()
            assert "Cleo Hansen" in page and "Kai 3" in page
            assert ("Care 2026" in page) == contracts and ("95,00" in page) == contracts
            assert ("contacts/new/" in page) == edit
            assert ("contracts/new/" in page) == agree

    def test_a_company_is_made_and_changed_by_forms(self, max):
        browser = sign_in(max)
        page = browser.post("/nordlicht/companies/new/", {"name": "Werft Nord", "kind": "vendor", "is_active": "on"})
        with scope.tenant(max.tenant_id):
            made = Company.objects.get()
            assert page.headers["Location"] == f"/nordlicht/companies/{made.pk}/"
            assert (made.kind, Entry.objects.get().kind) == ("vendor", "company.added")
        browser.post(
            f"/nordlicht/companies/{made.pk}/edit/", {"name": "Werft Süd", "kind": "vendor", "is_active": "on"}
        )
        with scope.tenant(max.tenant_id):
            assert Company.objects.get().name == "Werft Süd"

    @pytest.mark.parametrize(
        ("part", "fields"),
        [
            ("contacts", {"name": "Ina", "email": "ina@kunde.example", "is_active": "on"}),
            ("locations", {"name": "Kai 9", "country": "LV"}),
            ("contracts", {"name": "Care 2027", "kind": "hourly", "currency": "eur", "starts_on": "2027-01-01"}),
        ],
    )
    def test_a_part_is_made_and_changed_by_forms(self, max, reederei, part, fields):
        browser, home = sign_in(max), f"/nordlicht/companies/{reederei.pk}/"
        assert browser.get(f"{home}{part}/new/").status_code == 200
        assert browser.post(f"{home}{part}/new/", fields).headers["Location"] == home
        model = {"contacts": Contact, "locations": Location, "contracts": Contract}[part]
        with scope.tenant(max.tenant_id):
            made = model.objects.get(name=fields["name"])
            assert made.company_id == reederei.pk
        assert browser.get(f"{home}{part}/{made.pk}/").status_code == 200
        assert browser.post(f"{home}{part}/{made.pk}/", fields | {"name": "Other"}).headers["Location"] == home
        with scope.tenant(max.tenant_id):
            made.refresh_from_db()
            assert made.name == "Other"

    def test_a_rate_is_read_as_the_language_writes_it(self, max, reederei):
        browser, home = sign_in(max), f"/nordlicht/companies/{reederei.pk}/"
        with scope.tenant(max.tenant_id):
            contract, remote = Contract.objects.get(), WorkType.objects.create(name="Remote")
        assert (
            f'value="{contract.pk}" selected'
            in browser.get(f"{home}rates/new/?contract={contract.pk}").content.decode()
        )
        fields = {"contract": contract.pk, "work_type": remote.pk, "amount": "82,50"}
        assert browser.post(f"{home}rates/new/", fields).headers["Location"] == home
        with scope.tenant(max.tenant_id):
            assert Rate.objects.get(work_type=remote).amount == Decimal("82.50")

    @pytest.mark.parametrize(
        ("part", "fields"),
        [
            ("contacts", {"name": ""}),
            ("contacts", {"name": "Ina", "email": "ina@@kunde"}),
            ("locations", {"name": "Kai", "country": "XX"}),
            ("contracts", {"name": "C", "currency": "ABC", "starts_on": "2027-01-01"}),
            ("contracts", {"name": "C", "currency": "EUR", "starts_on": "2027-01-01", "ends_on": "2026-01-01"}),
            ("rates", {"work_type": "", "amount": "10", "since": "2000-01-01"}),
            ("rates", {"amount": "-1"}),
            ("rates", {"amount": "NaN"}),
        ],
    )
    def test_a_wrong_form_comes_back_and_nothing_is_saved(self, max, reederei, part, fields):
        with scope.tenant(max.tenant_id):
            before, contract = Entry.objects.count(), Contract.objects.get()
        fields = fields | {"contract": contract.pk} if part == "rates" else fields
        answer = sign_in(max).post(f"/nordlicht/companies/{reederei.pk}/{part}/new/", fields)
        assert answer.status_code == 422
        with scope.tenant(max.tenant_id):
            assert Entry.objects.count() == before

    def test_a2_a_form_takes_no_id_of_another_company_or_tenant(self, max, sam, reederei):
        with acting(sam) as by:
            foreign = services.add_company(by=by, name="Atlas customer")
            place = services.add_location(foreign, by=by, name="Dock")
            contract = services.add_contract(foreign, by=by, name="Secret", starts_on=date(2026, 1, 1))
        with acting(max) as by:
            other = services.add_location(services.add_company(by=by, name="Werft"), by=by, name="Werftplatz")
        browser, home = sign_in(max), f"/nordlicht/companies/{reederei.pk}/"
        for location in (place, other):
            answer = browser.post(f"{home}contacts/new/", {"name": "Ina", "location": location.pk, "is_active": "on"})
            assert answer.status_code == 422
        assert browser.post(f"{home}rates/new/", {"contract": contract.pk, "amount": "1"}).status_code == 422
        assert "Secret" not in browser.get(f"{home}rates/new/?contract={contract.pk}").content.decode()

    def test_a10_a_form_takes_no_column_it_does_not_show(self, max, atlas, reederei):
        fields = {
            "name": "Werft",
            "kind": "vendor",
            "tenant": atlas.pk,
            "tenant_id": atlas.pk,
            "id": reederei.pk,
            "pk": 1,
        }
        sign_in(max).post("/nordlicht/companies/new/", fields)
        with scope.tenant(max.tenant_id):
            assert Company.objects.filter(name="Werft").exists()
            assert Company.objects.get(pk=reederei.pk).name == "Reederei Möller"

    def test_members_without_the_right_get_403_and_strangers_404(self, ada, sam, reederei):
        with scope.tenant(ada.tenant_id):
            contact, contract = Contact.objects.get(), Contract.objects.get()
        home = f"companies/{reederei.pk}/"
        closed = [
            "companies/new/",
            f"{home}edit/",
            f"{home}contacts/new/",
            f"{home}contacts/{contact.pk}/",
            f"{home}rates/new/",
        ]
        browser, stranger = sign_in(ada), sign_in(sam)
        for address in closed:
            assert browser.get(f"/nordlicht/{address}").status_code == 403, address
            assert browser.post(f"/nordlicht/{address}", {"name": "x"}).status_code == 403, address
        assert browser.get(f"/nordlicht/{home}contracts/{contract.pk}/").status_code == 404, "not even seen"
        for address in (*closed, "companies/", home):
            assert stranger.get(f"/nordlicht/{address}").status_code == 404, address
            if address not in {"companies/", "companies/new/"}:
                assert stranger.get(f"/atlas/{address}").status_code == 404, address
        assert "Möller" not in stranger.get("/atlas/companies/").content.decode()

    def test_x1_what_somebody_typed_is_inert(self, max):
        evil = "<script>alert(1)</script>"
        with acting(max) as by:
            company = services.add_company(by=by, name=evil, phone=evil, email='"><script>"@x.example', note=evil)
            services.add_contact(company, by=by, name=evil, job_title=evil, phone=evil, email=evil)
            services.add_location(company, by=by, name=evil, street=evil)
            services.add_contract(company, by=by, name=evil, starts_on=date(2026, 1, 1))
        browser = sign_in(max)
        for address in ("", f"{company.pk}/", f"{company.pk}/edit/"):
            assert "<script>alert" not in browser.get(f"/nordlicht/companies/{address}").content.decode()

    def test_a_page_costs_the_same_whatever_it_holds(self, max, reederei, django_assert_max_num_queries):
        with acting(max) as by:
            for number in range(20):
                services.add_contact(reederei, by=by, name=f"Person {number}", location=Location.objects.get())
                contract = services.add_contract(reederei, by=by, name=f"C{number}", starts_on=date(2026, 1, 1))
                services.add_rate(contract, by=by, work_type=WorkType.objects.create(name=f"W{number}"), amount=1)
        browser = sign_in(max)
        for address in ("", f"{reederei.pk}/"):
            browser.get(f"/nordlicht/companies/{address}")
            with django_assert_max_num_queries(12):
                browser.get(f"/nordlicht/companies/{address}")
