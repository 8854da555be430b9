"""The addresses of the address book, under /<tenant>/companies/."""

from django.urls import path, register_converter

from psa.directory import views
from psa.directory.parts import PARTS


class PartConverter:
    """The kinds of parts a company has."""

    regex = "|".join(PARTS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PartConverter, "company_part")

app_name = "directory"
urlpatterns = [
    path("", views.companies, name="list"),
    path("new/", views.new, name="new"),
    path("<int:pk>/", views.page, name="page"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/contacts/<int:part_pk>/erase/", views.erase_contact, name="erase_contact"),
    path("<int:pk>/<company_part:part>/new/", views.new_part, name="new_part"),
    path("<int:pk>/<company_part:part>/<int:part_pk>/", views.edit_part, name="edit_part"),
]
