"""Companies and their people from other systems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from psa.directory import official, services
from psa.directory.models import Company, CompanyKind, Contact
from psa.imports import subjects
from psa.imports.subjects import CREATED, Field, Made, choice, one_of
from psa.tenancy.actor import Actor
from psa.tenancy.errors import Refused

KEY = Field(
    "key", _("Key in the other system"), ("external id", "external key", "id", "guid", "Schlüssel", "Kennung"), most=120
)


def find_company(path: str, value: str, by: Actor) -> Company:
    """The company of this number or name. Raises Refused."""
    rows = Company.objects.visible_to(by)
    return rows.filter(number=value).first() or one_of(path, value, rows.filter(name__iexact=value))


class Companies(subjects.Subject):
    """Companies: known by the other system's key, by their number, or by their name."""

    code, label, icon = "companies", _("Companies"), "building-2"
    known_by = ("key", "number", "name")
    fields = (
        KEY,
        Field("name", _("Name"), ("company", "customer", "Firma", "Firmenname", "Uzņēmums"), True, 160),
        Field("kind", _("Type"), ("kind",)),
        Field("number", _("Number"), ("customer number", "Kundennummer", "Nr", "no", "Klienta numurs"), most=40),
        Field("email", _("E-mail"), ("mail", "e-mail address", "epasts"), most=254),
        Field("phone", _("Phone"), ("telephone", "Tel", "Telefonnummer"), most=40),
        Field("vat_id", _("VAT id"), ("vat", "vat number", "USt-IdNr", "UID", "PVN numurs"), most=20),
        Field("language", _("Language"), most=40),
        Field("note", _("Note"), ("remark", "comment", "Bemerkung", "Notiz")),
    )

    def make(self, values: Mapping[str, str], by: Actor) -> Made:
        given = _plain(self, values, ("name", "kind", "number", "email", "phone", "vat_id", "language", "note"))
        if "kind" in given:
            given["kind"] = choice(f"{self.code}.kind", given["kind"], CompanyKind.choices)
        row = self._there(values, by)
        if "vat_id" in given and (row is None or row.vat_id != given["vat_id"]):
            given["vat_id"] = _vat_id(f"{self.code}.vat_id", given["vat_id"])
        if row is None:
            row = services.add_company(by=by, **given)
            came = CREATED
        else:
            came, new = subjects.outcome(row, given)
            services.edit_company(row, by=by, **new)
        subjects.keep_key(self, values, row)
        return Made(came, row.pk, given["name"])

    def _there(self, values: Mapping[str, str], by: Actor) -> Company | None:
        rows = Company.objects.visible_to(by)
        if found := subjects.by_key(self, values, rows):
            return found
        for name, lookup in (("number", "number"), ("name", "name__iexact")):
            if (value := values.get(name)) and (found := list(rows.filter(**{lookup: value})[:2])):
                if len(found) > 1:
                    raise Refused("import.ambiguous", field=f"{self.code}.{name}", value=value[:60])
                other = values.get("number") and found[0].number and found[0].number != values["number"]
                return None if name == "name" and other else found[0]
        return None

    def href(self, tenant: str, pk: int) -> str:
        return reverse("directory:page", args=[tenant, pk])


class Contacts(subjects.Subject):
    """People: known by the other system's key, by their address, or by their name, at their company."""

    code, label, icon = "contacts", _("Contacts"), "users"
    known_by = ("key", "email", "name")
    fields = (
        KEY,
        Field(
            "company", _("Company (name or number)"), ("company", "customer", "Firma", "Kunde", "Uzņēmums"), True, 160
        ),
        Field(
            "name",
            pgettext_lazy("of a person", "Name"),
            ("contact", "Ansprechpartner", "full name", "Kontaktpersona"),
            True,
            120,
        ),
        Field("email", _("E-mail"), ("mail", "e-mail address", "epasts"), most=254),
        Field("phone", _("Phone"), ("telephone", "Tel", "mobile", "Telefonnummer"), most=40),
        Field("job_title", _("Job title"), ("position", "function", "Funktion", "Amats"), most=80),
        Field("language", _("Language"), most=40),
    )

    def identity(self, values: Mapping[str, str]) -> str:
        who = super().identity(values)
        return who if not who or values.get("key") else f"{values.get('company', '').casefold()}:{who}"

    def make(self, values: Mapping[str, str], by: Actor) -> Made:
        company = find_company(f"{self.code}.company", values["company"], by)
        given = _plain(self, values, ("name", "email", "phone", "job_title", "language"))
        row = self._there(values, company, by)
        if row is None:
            row = services.add_contact(company, by=by, **given)
            came = CREATED
        else:
            came, new = subjects.outcome(row, given)
            services.edit_contact(row, by=by, **new)
        subjects.keep_key(self, values, row)
        return Made(came, row.pk, given["name"])

    def _there(self, values: Mapping[str, str], company: Company, by: Actor) -> Contact | None:
        rows = Contact.objects.visible_to(by).filter(company=company)
        if found := subjects.by_key(self, values, rows):
            return found
        for name in ("email", "name"):
            value = values.get(name)
            if value and (found := list(rows.filter(**{f"{name}__iexact": value})[:2])):
                if len(found) > 1:
                    raise Refused("import.ambiguous", field=f"{self.code}.{name}", value=value[:60])
                return found[0]
        return None

    def href(self, tenant: str, pk: int) -> str:
        company = Contact.objects.filter(pk=pk).values_list("company_id", flat=True).first()
        return reverse("directory:page", args=[tenant, company]) if company else ""


def _plain(subject: subjects.Subject, values: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Any]:
    """The cells that are not empty, as columns take them."""
    given: dict[str, Any] = {name: values[name] for name in names if values.get(name)}
    if "email" in given:
        subjects.email(f"{subject.code}.email", given["email"])
    if "language" in given:
        given["language"] = choice(f"{subject.code}.language", given["language"], settings.LANGUAGES)
    return given


def _vat_id(path: str, value: str) -> str:
    """A VAT id its country gives out, as it is kept. Raises Refused."""
    try:
        return official.vat_id(value)
    except ValidationError as error:
        raise Refused("import.unreadable", field=path, value=value[:60]) from error


def register() -> None:
    """Make both known."""
    subjects.register(Companies())
    subjects.register(Contacts())
