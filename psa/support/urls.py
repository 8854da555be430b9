"""The addresses of the support: a company's page, and the operators' list."""

from django.urls import path

from psa.support import views

app_name = "support"
urlpatterns = [
    path("operator/support/", views.companies, name="companies"),
    path("<slug:tenant>/support/", views.page, name="page"),
    path("<slug:tenant>/support/<int:pk>/revoke/", views.revoke, name="revoke"),
]
