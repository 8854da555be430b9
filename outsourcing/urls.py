"""Addresses of outsourcing: nouns are pages, verbs are POSTs (a GET on a verb only asks)."""

from __future__ import annotations

from django.urls import path

from outsourcing.moves import MOVES
from outsourcing.views import (
    dashboard,
    dealings,
    exchange,
    fees,
    handovers,
    invitations,
    moves,
    networks,
    offers,
    partners,
    partnership,
    passing,
    permissions,
    portal,
    releases,
    reports,
    rules,
    settlement,
    words,
    work_order,
)

app_name = "outsourcing"

DESK = "<slug:tenant>/outsourcing/"
PARTNER = f"{DESK}partners/<uuid:key>/"
TICKET = "<slug:tenant>/tickets/<int:number>/"
RELEASE = f"{DESK}releases/<int:pk>/"
HANDOVER = "<slug:tenant>/handovers/<uuid:key>/"
PORTAL = "<slug:tenant>/partner-portal/"
FEES = "operator/fees/<slug:slug>/<int:year>/<int:month>/<slug:currency>/"
INVITATION = "invitations/<str:token>/"

urlpatterns = [
    path("operator/fees/", fees.fees, name="fees"),
    path(FEES, fees.fee_month, name="fee_month"),
    path(f"{FEES}bill/", fees.bill_month, name="bill_fees"),
    path(INVITATION, invitations.invitation, name="invitation"),
    path(f"{INVITATION}accept/", invitations.accept, name="invitation_accept"),
    path(f"{INVITATION}code/", invitations.send_code, name="invitation_code"),
    path(f"{INVITATION}decline/", invitations.decline, name="invitation_decline"),
    path(f"{INVITATION}company/", portal.set_up, name="portal_setup"),
    path(PORTAL, portal.guide, name="guide"),
    path(f"{PORTAL}people/", portal.people, name="people"),
    path(f"{PORTAL}people/<int:pk>/role/", portal.change_role, name="person_role"),
    path(f"{PORTAL}people/<int:pk>/deactivate/", portal.deactivate, name="person_deactivate"),
    path(f"{PORTAL}people/<int:pk>/reactivate/", portal.reactivate, name="person_reactivate"),
    path(f"{PORTAL}people/<int:pk>/link/", portal.send_link, name="person_link"),
    path(f"{PORTAL}company/", portal.company, name="company"),
    path(f"{HANDOVER}work-order/", work_order.work_order, name="work_order"),
    path(f"{HANDOVER}work-order.pdf", work_order.work_order_pdf, name="work_order_pdf"),
    path(DESK, dashboard.dashboard, name="dashboard"),
    path(f"{DESK}agreement/", dashboard.agreement_page, name="agreement"),
    path(f"{DESK}agreement/withdraw/", dashboard.withdraw, name="agreement_withdraw"),
    path(f"{DESK}partners/", partners.manage, name="partners"),
    path(f"{DESK}partners/add/", partners.add_candidate, name="add_candidate"),
    path(f"{DESK}partners/invite/", partners.invite, name="invite"),
    path(f"{DESK}invitations/<int:pk>/withdraw/", partners.withdraw_invitation, name="withdraw_invitation"),
    path(f"{DESK}invitation/", words.edit_invitation, name="edit_invitation"),
    path(f"{DESK}invitation/preview/", words.invitation_preview, name="invitation_preview"),
    path(f"{DESK}networks/", networks.manage, name="networks"),
    path(f"{DESK}networks/<int:pk>/", networks.edit, name="edit_network"),
    path(f"{DESK}rules/<int:pk>/", rules.company_rule, name="company_rule"),
    path(PARTNER, partnership.partner, name="partner"),
    path(f"{PARTNER}retry/", partners.retry, name="retry_partner"),
    path(f"{PARTNER}pause/", partners.pause, name="pause_partner"),
    path(f"{PARTNER}resume/", partners.resume, name="resume_partner"),
    path(f"{PARTNER}end/", partners.end, name="end_partner"),
    path(f"{DESK}reports/outsourced/", reports.outsourced, name="report_outsourced"),
    path(f"{DESK}reports/received/", reports.received, name="report_received"),
    path(f"{DESK}scorecards/", reports.scores, name="scorecards"),
    path(f"{PARTNER}scorecard/", reports.score, name="scorecard"),
    path(RELEASE, releases.release, name="release"),
    path(f"{RELEASE}give/", releases.give, name="give_release"),
    path(f"{RELEASE}refuse/", releases.refuse, name="refuse_release"),
    path(f"{RELEASE}withdraw/", releases.withdraw, name="withdraw_release"),
    path(f"{DESK}permissions/", permissions.permissions, name="permissions"),
    path(f"{DESK}permissions/presets/", permissions.presets, name="presets"),
    path(f"{DESK}permissions/second-person/", permissions.second_person, name="second_person"),
    path(f"{DESK}ledger/", exchange.ledger, name="ledger"),
    path(f"{DESK}link-trouble/", exchange.stuck, name="stuck"),
    path(HANDOVER, handovers.handover, name="handover"),
    path(f"{HANDOVER}accept/", handovers.accept, name="accept"),
    path(f"{HANDOVER}decline/", handovers.decline, name="decline"),
    path(f"{HANDOVER}retry/", handovers.retry, name="retry"),
    path(f"{HANDOVER}skip/", handovers.skip, name="skip"),
    path(f"{HANDOVER}held/<uuid:item>/", handovers.keep, name="keep"),
    path(f"{HANDOVER}propose/", dealings.propose, name="propose"),
    path(f"{HANDOVER}extend/", dealings.extend, name="extend"),
    path(f"{HANDOVER}part/", dealings.propose_part, name="propose_part"),
    path(f"{HANDOVER}proposals/<uuid:proposal>/accept/", dealings.accept_proposal, name="accept_proposal"),
    path(f"{HANDOVER}proposals/<uuid:proposal>/refuse/", dealings.refuse_proposal, name="refuse_proposal"),
    path(f"{HANDOVER}proposals/<uuid:proposal>/withdraw/", dealings.withdraw_proposal, name="withdraw_proposal"),
    path(f"{HANDOVER}ask/", dealings.ask, name="ask"),
    path(f"{HANDOVER}questions/<uuid:question>/answer/", dealings.answer, name="answer"),
    path(f"{TICKET}changes/<int:entry>/<slug:field>/take-over/", dealings.take_over, name="take_over"),
    path(f"{HANDOVER}statement/", settlement.statement, name="statement"),
    path(f"{HANDOVER}invoice/", settlement.invoice, name="invoice"),
    path(f"{HANDOVER}paid/", settlement.paid, name="invoice_paid"),
    path(f"{HANDOVER}billed/", settlement.billed, name="billed"),
    path(f"{TICKET}ourselves/", settlement.ourselves, name="ourselves"),
    path(f"{TICKET}outsource/", offers.offer, name="offer"),
    path(f"{TICKET}outsource/preview/", offers.preview, name="offer_preview"),
    path(f"{TICKET}refer/", networks.refer, name="refer"),
    path(f"{TICKET}referral/complete/", networks.complete, name="referral_complete"),
    path(f"{TICKET}referral/cancel/", networks.cancel, name="referral_cancel"),
    path(f"{TICKET}items/<uuid:item>/publish/", passing.publish, name="publish"),
    path(f"{TICKET}items/<uuid:item>/pass-on/", passing.pass_on, name="pass_on"),
    path(f"{TICKET}end-and-close/", moves.end_and_close, name="end_and_close"),
    *(path(f"{TICKET}{move.path}/", moves.move, {"name": move.name}, name=move.name) for move in MOVES.values()),
]
