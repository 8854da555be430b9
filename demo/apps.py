"""The app's place in the project: in the demo, who one can be on the sign-in page and a path above the pages."""

from django.apps import AppConfig
from django.conf import settings


class DemoConfig(AppConfig):
    name = "demo"

    def ready(self) -> None:
        from psa.web import nav

        if settings.DEMO:
            nav.sign_in_panel("demo/_people.html")
            nav.strip("demo/_guide.html")  # noqa: B005  (no string is stripped here)
