"""The addresses of a tenant's settings, under /<tenant>/."""

from django.urls import path

from psa.tenant_settings import views

app_name = "settings"
urlpatterns = [
    path("settings/", views.company, name="company"),
    path("settings/logo/", views.logo, name="logo"),
    path("settings/logo/set/", views.set_logo, name="set_logo"),
    path("settings/logo/drop/", views.drop_logo, name="drop_logo"),
    path("setup/", views.setup, name="setup"),
]
