"""Addresses of outsourcing: nouns are pages, verbs are POSTs (a GET on a verb only asks)."""

from __future__ import annotations

from django.urls import path

from outsourcing.moves import MOVES
from outsourcing.views import dashboard, exchange, handovers, invitations, moves, offers, partners, passing

app_name = "outsourcing"

DESK = "<slug:tenant>/outsourcing/"
PARTNER = f"{DESK}partners/<uuid:key>/"
TICKET = "<slug:tenant>/tickets/<int:number>/"
HANDOVER = "<slug:tenant>/handovers/<uuid:key>/"
INVITATION = "invitations/<str:token>/"

urlpatterns = [
    path(INVITATION, invitations.invitation, name="invitation"),
    path(f"{INVITATION}accept/", invitations.accept, name="invitation_accept"),
    path(f"{INVITATION}decline/", invitations.decline, name="invitation_decline"),
    path(DESK, dashboard.dashboard, name="dashboard"),
    path(f"{DESK}agreement/", dashboard.agreement_page, name="agreement"),
    path(f"{DESK}agreement/withdraw/", dashboard.withdraw, name="agreement_withdraw"),
    path(f"{DESK}partners/", partners.manage, name="partners"),
    path(f"{DESK}partners/add/", partners.add_candidate, name="add_candidate"),
    path(f"{DESK}partners/invite/", partners.invite, name="invite"),
    path(f"{DESK}invitations/<int:pk>/withdraw/", partners.withdraw_invitation, name="withdraw_invitation"),
    path(f"{PARTNER}pause/", partners.pause, name="pause_partner"),
    path(f"{PARTNER}resume/", partners.resume, name="resume_partner"),
    path(f"{PARTNER}end/", partners.end, name="end_partner"),
    path(f"{DESK}ledger/", exchange.ledger, name="ledger"),
    path(f"{DESK}link-trouble/", exchange.stuck, name="stuck"),
    path(HANDOVER, handovers.handover, name="handover"),
    path(f"{HANDOVER}accept/", handovers.accept, name="accept"),
    path(f"{HANDOVER}decline/", handovers.decline, name="decline"),
    path(f"{HANDOVER}retry/", handovers.retry, name="retry"),
    path(f"{HANDOVER}skip/", handovers.skip, name="skip"),
    path(f"{HANDOVER}held/<uuid:item>/", handovers.keep, name="keep"),
    path(f"{TICKET}outsource/", offers.offer, name="offer"),
    path(f"{TICKET}outsource/preview/", offers.preview, name="offer_preview"),
    path(f"{TICKET}items/<uuid:item>/publish/", passing.publish, name="publish"),
    path(f"{TICKET}items/<uuid:item>/pass-on/", passing.pass_on, name="pass_on"),
    path(f"{TICKET}end-and-close/", moves.end_and_close, name="end_and_close"),
    *(path(f"{TICKET}{move.path}/", moves.move, {"name": move.name}, name=move.name) for move in MOVES.values()),
]
