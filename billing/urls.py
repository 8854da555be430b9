"""The addresses of billing: each room keeps its own."""

from django.urls import include, path

from billing.addresses import customers, goods, invoices, money, orders, partners, visits

app_name = "billing"
urlpatterns = [
    *visits.outside,
    path("<slug:desk>/portal/", include(customers.urlpatterns)),
    path(
        "<slug:tenant>/",
        include(
            [
                *goods.urlpatterns,
                *invoices.urlpatterns,
                *money.urlpatterns,
                *orders.urlpatterns,
                *partners.urlpatterns,
                *visits.urlpatterns,
            ]
        ),
    ),
]
