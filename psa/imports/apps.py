"""The app's place in the project, its line in the navigation and what its codes say."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "psa.imports"

    def ready(self) -> None:
        from psa.imports import kinds, refusals
        from psa.web import nav

        kinds.register()
        refusals.register()
        nav.register(_("Import"), "upload", "imports:list", capability="import.run", group="administration", order=80)
