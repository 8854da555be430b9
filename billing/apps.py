"""The app's place in the project: each room joins the desk by itself."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from billing.joins import customers, goods, invoices, money, orders, partners, visits
        from psa.web import nav

        nav.group("sales", _("Sales and goods"), order=10)
        nav.group("billing", _("Billing"), order=15)
        for room in (customers, goods, invoices, money, orders, partners, visits):
            room.connect()
