"""What the browser tests begin with: Nordlicht with tickets and an agreement to accept, and Baltic beside it."""

from __future__ import annotations

from outsourcing.models import Agreement
from psa.directory.models import Company, Contact, WorkType
from psa.tenancy import scope, services
from psa.tenancy.actor import Actor
from psa.tenancy.models import Membership
from tickets.models import Category, Queue
from tickets.services import lifecycle

PASSWORD = "a-good-password"


def seed() -> None:
    """Two companies with their people, as the commands and services make them."""
    for language in ("en", "de", "lv"):
        Agreement.objects.create(version=1, language=language, title="Agreement", text="Be fair to each other.")
    for name, slug, language, person, queue in (
        ("Nordlicht IT", "nordlicht", "en", "Max Petersen", "Support"),
        ("Baltic Service", "baltic", "en", "Gunta Bērziņa", "Darbi"),
    ):
        tenant = services.create_tenant(name, slug, language=language)
        email = f"{person.split()[0].lower()}@{slug}.example"
        member = services.add_member(tenant, email, person, "administrator", password=PASSWORD, language=language)
        with scope.tenant(tenant):
            Queue.objects.create(name=queue, is_default=True)
            Category.objects.create(name="Network")
            WorkType.objects.create(name="Remote")
            if slug == "nordlicht":
                customer = Company.objects.create(name="Reederei Hansen")
                Contact.objects.create(company=customer, name="Cleo Hansen", email="cleo@hansen.example")
                Company.objects.create(name="Baltic Service", kind="partner", email="gunta@baltic.example")
                by = Actor.of(Membership.objects.select_related("tenant", "role").get(pk=member.pk))
                for title in (
                    "Replace the switch in Riga",
                    "Move the printer",
                    "Clean the server room",
                    "Label the racks",
                ):
                    lifecycle.create(by=by, title=title, company=customer, description="Rack 4, second floor.")
