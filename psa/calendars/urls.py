"""The addresses of the calendars, under /<tenant>/calendars/."""

from django.urls import path

from psa.calendars import views

app_name = "calendars"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.page, name="page"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/days/", views.put_day, name="put_day"),
    path("<int:pk>/days/drop/", views.drop_day, name="drop_day"),
    path("<int:pk>/default/", views.make_default, name="make_default"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]
