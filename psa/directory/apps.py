"""The app's place in the project, its line in the navigation and what its refusals say."""

from django.apps import AppConfig
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class DirectoryConfig(AppConfig):
    name = "psa.directory"

    def ready(self) -> None:
        from psa.directory import imports, jumps
        from psa.web import nav, palette, refusals

        palette.source(jumps.companies)
        imports.register()

        nav.register(
            gettext_lazy("Companies"), "building-2", "directory:list", capability="company.view", group="desk", order=40
        )
        refusals.register("rate.agreed_already", lambda p: _("This contract has a rate for this kind of work already."))
        refusals.register(
            "location.of_another_company", lambda p: _("This location belongs to another company. Nothing was changed.")
        )
