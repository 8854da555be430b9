"""The app's place in the project, and where it joins the desk, the lanes, the clock and the pages."""

from django.apps import AppConfig


class OutsourcingConfig(AppConfig):
    name = "outsourcing"

    def ready(self) -> None:
        from outsourcing import (  # noqa: F401
            columns,
            composing,
            guards,
            inbox,
            leaving,
            menu,
            notifications,
            outbox,
            parts,
            portal,
            readers,
            refusals,
            sentences,
            words,
        )
        from outsourcing.services import erasing, merging, releases  # noqa: F401

        releases.connect()
        outbox.connect()
        inbox.connect()
        notifications.connect()
        refusals.register()
        sentences.register()
        columns.register()
        menu.register()
        portal.register()
        leaving.register()
        composing.register()
        erasing.connect()
