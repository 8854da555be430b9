"""The table of tests/test_access.py, continued: a line for each address of partners and handovers."""

from __future__ import annotations

from typing import Any

from outsourcing.moves import MOVES
from psa.web.access import MEMBER
from tests.access_forms import network_form, offer_form
from tests.access_path import POSTED, Path, number, pk
from tests.access_stage import World


def announced(w: World) -> dict[str, Any]:
    return {**handed_over(w), "paper": w.announced.paper}


def handed_over(w: World) -> dict[str, Any]:
    return {"key": w.handover.key}


def proposed(w: World) -> dict[str, Any]:
    return {**handed_over(w), "proposal": w.proposal.key}


def offered(w: World) -> dict[str, Any]:
    return {"number": w.offered.number}


def referred(w: World) -> dict[str, Any]:
    return {"number": w.referred.number}


PARTNERS: dict[str, Path] = {
    "outsourcing:guide": Path(MEMBER, technician=404, administrator=404),
    "outsourcing:people": Path("member.manage", technician=403, administrator=404),
    "outsourcing:person_role": Path("member.manage", lambda w: {"pk": w.max.pk}, POSTED, POSTED),
    "outsourcing:person_deactivate": Path("member.manage", lambda w: {"pk": w.max.pk}, POSTED, POSTED),
    "outsourcing:person_reactivate": Path("member.manage", lambda w: {"pk": w.max.pk}, POSTED, POSTED),
    "outsourcing:person_link": Path("member.manage", lambda w: {"pk": w.max.pk}, POSTED, POSTED),
    "outsourcing:company": Path("tenant.settings", technician=403, administrator=404),
    "outsourcing:work_order": Path(MEMBER, handed_over, technician=404, administrator=404),
    "outsourcing:work_order_pdf": Path(MEMBER, handed_over, technician=404, administrator=404),
    "outsourcing:dashboard": Path("outsource.partners", technician=403),
    "outsourcing:agreement": Path(MEMBER),
    "outsourcing:agreement_withdraw": Path("tenant.manage", lambda w: {}, POSTED, POSTED),
    "outsourcing:partners": Path("outsource.partners", technician=403),
    "outsourcing:add_candidate": Path("outsource.partners", lambda w: {}, POSTED, POSTED),
    "outsourcing:invite": Path("outsource.partners", lambda w: {}, 403, 302),
    "outsourcing:withdraw_invitation": Path("outsource.partners", lambda w: {"pk": w.invitation.pk}, POSTED, POSTED),
    "outsourcing:retry_partner": Path("outsource.partners", lambda w: {"key": w.partnership.key}, POSTED, POSTED),
    "outsourcing:pause_partner": Path("outsource.partners", lambda w: {"key": w.partnership.key}, POSTED, POSTED),
    "outsourcing:resume_partner": Path("outsource.partners", lambda w: {"key": w.partnership.key}, POSTED, POSTED),
    "outsourcing:end_partner": Path("outsource.partners", lambda w: {"key": w.partnership.key}, 403),
    "outsourcing:partner": Path(
        "outsource.partners",
        lambda w: {"key": w.partnership.key},
        technician=403,
        form=lambda w: {"part": "notes", "notify_email": "", "tags": "Riga", "note": "New words"},
    ),
    "outsourcing:edit_invitation": Path(
        "outsource.partners",
        technician=403,
        form=lambda w: {"subject": "New words", "body": "{accept_url} {decline_url}", "do": "save"},
    ),
    "outsourcing:invitation_preview": Path("outsource.partners", lambda w: {}, POSTED, POSTED),
    "outsourcing:networks": Path(
        "outsource.partners", technician=403, form=lambda w: network_form(w, "Another one"), ids=("company",)
    ),
    "outsourcing:edit_network": Path(
        "outsource.partners",
        lambda w: {"pk": w.network.pk},
        technician=403,
        form=lambda w: network_form(w, "New words"),
        ids=("company",),
    ),
    "outsourcing:company_rule": Path(
        "company.manage",
        pk,
        technician=403,
        form=lambda w: {"subject": f"contact-{w.contact.pk}", "permission": "never"},
        ids=("subject",),
    ),
    "outsourcing:refer": Path(
        "outsource.send",
        number,
        form=lambda w: {"network": w.network.pk, "cost": "", "note": "New words", "do": "send"},
        ids=("network",),
    ),
    "outsourcing:referral_complete": Path("outsource.send", referred, POSTED, POSTED),
    "outsourcing:referral_cancel": Path("outsource.send", referred, form=lambda w: {"reason": "New words"}),
    "outsourcing:report_outsourced": Path("outsource.all", technician=403),
    "outsourcing:report_received": Path("outsource.all", technician=403),
    "outsourcing:scorecards": Path("outsource.all", technician=403),
    "outsourcing:scorecard": Path("outsource.all", lambda w: {"key": w.partnership.key}, 403),
    "outsourcing:handover": Path(MEMBER, handed_over),
    "outsourcing:accept": Path("outsource.partners", handed_over, 403, 409),
    "outsourcing:decline": Path("outsource.partners", handed_over, 403, 409),
    "outsourcing:retry": Path("outsource.partners", handed_over, POSTED, POSTED),
    "outsourcing:skip": Path("outsource.partners", handed_over, 403),
    "outsourcing:statement": Path("outsource.view_terms", handed_over),
    "outsourcing:invoice": Path("outsource.partners", handed_over, 403),
    "outsourcing:announced_paper": Path("outsource.partners", announced, 403),
    "outsourcing:announced_xml": Path("outsource.partners", announced, 403),
    "outsourcing:invoice_paid": Path("outsource.partners", handed_over, POSTED, POSTED),
    "outsourcing:billed": Path("outsource.partners", handed_over, POSTED, POSTED),
    "outsourcing:ourselves": Path("outsource.send", offered, POSTED, POSTED),
    "outsourcing:keep": Path("ticket.view", lambda w: {**handed_over(w), "item": w.note.key}, POSTED, POSTED),
    "outsourcing:propose": Path("outsource.send", handed_over),
    "outsourcing:extend": Path("outsource.send", handed_over),
    "outsourcing:propose_part": Path("outsource.send", handed_over, 409, 409),
    "outsourcing:accept_proposal": Path("outsource.send", proposed, POSTED, POSTED),
    "outsourcing:refuse_proposal": Path("outsource.send", proposed),
    "outsourcing:withdraw_proposal": Path("outsource.send", proposed, POSTED, POSTED),
    "outsourcing:ask": Path("outsource.send", handed_over),
    "outsourcing:answer": Path("outsource.send", lambda w: {**handed_over(w), "question": w.question.key}),
    "outsourcing:take_over": Path(
        "ticket.edit", lambda w: {**offered(w), "entry": w.note.pk, "field": "title"}, POSTED, POSTED
    ),
    "outsourcing:permissions": Path("outsource.all", technician=403),
    "outsourcing:presets": Path("outsource.all", lambda w: {}, POSTED, POSTED),
    "outsourcing:second_person": Path("outsource.all", lambda w: {}, POSTED, POSTED),
    "outsourcing:release": Path("outsource.send", lambda w: {"pk": w.release.pk}),
    "outsourcing:give_release": Path("outsource.send", lambda w: {"pk": w.release.pk}, POSTED, POSTED),
    "outsourcing:refuse_release": Path("outsource.send", lambda w: {"pk": w.release.pk}),
    "outsourcing:withdraw_release": Path("outsource.send", lambda w: {"pk": w.release.pk}, POSTED, POSTED),
    "outsourcing:ledger": Path("outsource.partners", technician=403),
    "outsourcing:stuck": Path("outsource.partners", technician=403),
    "outsourcing:publish": Path("outsource.send", lambda w: {**number(w), "item": w.note.key}, 409, 409),
    "outsourcing:pass_on": Path("note.write", lambda w: {**number(w), "item": w.note.key}, 409, 409),
    "outsourcing:offer": Path("outsource.send", number, form=offer_form, ids=("partner", "items")),
    "outsourcing:offer_preview": Path("outsource.send", number, POSTED, POSTED),
    "outsourcing:end_and_close": Path("outsource.send", offered),
    **{f"outsourcing:{name}": Path("ticket.edit", offered) for name in MOVES},
    "outsourcing:return": Path("outsource.partners", offered, technician=403),
}
