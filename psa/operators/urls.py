"""Addresses of the operators' pages, under /operator/, outside every tenant."""

from django.urls import path

from psa.operators import views

app_name = "operators"
urlpatterns = [
    path("", views.tenants, name="tenants"),
    path("new/", views.create, name="create"),
    path("links/", views.links, name="links"),
    path("links/<int:pk>/retry/", views.retry, name="retry"),
    path("log/", views.log, name="log"),
    path("tenants/<slug:slug>/", views.tenant, name="tenant"),
    path("tenants/<slug:slug>/suspend/", views.suspend, name="suspend"),
    path("tenants/<slug:slug>/resume/", views.resume, name="resume"),
    path("tenants/<slug:slug>/upgrade/", views.upgrade, name="upgrade"),
    path("tenants/<slug:slug>/fee/", views.fee, name="fee"),
]
