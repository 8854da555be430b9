"""The addresses of the imports, under /<tenant>/imports/."""

from django.urls import path

from psa.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.imports, name="list"),
    path("<int:pk>/", views.page, name="page"),
    path("<int:pk>/run/", views.run, name="run"),
]
