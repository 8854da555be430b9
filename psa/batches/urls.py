"""The addresses of the batches, under /<tenant>/background/."""

from django.urls import path

from psa.batches import views

app_name = "batches"
urlpatterns = [
    path("", views.batches, name="list"),
    path("<int:pk>/", views.page, name="page"),
    path("<int:pk>/sheet/", views.sheet, name="sheet"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
]
