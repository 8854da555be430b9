"""The app's place in the project."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    name = "tickets"

    def ready(self) -> None:
        from psa.members import why
        from psa.web import nav
        from tickets import keeping, leaving, permissions, refusals, timeline
        from tickets.models import Ticket

        refusals.register()
        timeline.register()
        keeping.register()
        leaving.register()
        nav.register(
            _("Tickets"), "ticket", "tickets:list", capability="ticket.view", order=10, count="tickets-open", thumb=True
        )
        nav.count("tickets-open", lambda actor: nav.capped(Ticket.objects.visible_to(actor).unresolved()))
        why.about_tickets(
            why.Subject(
                find=lambda number, by: Ticket.objects.visible_to(by).filter(number=number).first(),
                sees=lambda ticket, actor: Ticket.objects.visible_to(actor).filter(pk=ticket.pk).exists(),
                may=permissions.may,
            )
        )
        nav.search("tickets:search", "ticket.view")
        nav.create(_("New ticket"), "tickets:new", "ticket.create")
        nav.shortcut("t", _("Tickets"), "tickets:list")
