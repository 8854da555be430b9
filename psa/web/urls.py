"""Addresses that belong to the shell itself."""

from django.urls import path

from psa.web import desks, palette, views

app_name = "web"
urlpatterns = [
    path("", desks.desks, name="desks"),
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("styleguide/<slug:example>/", views.styleguide, name="styleguide_example"),
    path("<slug:tenant>/counts/", views.counts, name="counts"),
    path("<slug:tenant>/repair/<slug:part>/", desks.repair, name="repair"),
    path("<slug:tenant>/palette/", palette.palette, name="palette"),
]
