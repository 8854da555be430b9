"""The addresses of estimates, approvers and the rules of requests."""

from django.urls import path

from workflows.views import approvers, estimates, not_me, policies

TICKET = "<slug:tenant>/tickets/<int:number>/estimate/"
COMPANY = "<slug:tenant>/companies/<int:pk>/approvers/"
RULES = "<slug:tenant>/settings/requests/"

urlpatterns = [
    path(TICKET, estimates.estimate, name="estimate"),
    path(f"{TICKET}decision/", estimates.record, name="record_decision"),
    path(f"{TICKET}<int:version>.pdf", estimates.paper, name="estimate_paper"),
    path("estimates/not-me/<str:token>/", not_me.page, name="not_me"),
    path(COMPANY, approvers.listing, name="approvers"),
    path(f"{COMPANY}new/", approvers.add, name="add_approver"),
    path(f"{COMPANY}mode/", approvers.set_mode, name="approval_mode"),
    path(f"{COMPANY}<int:approver>/", approvers.edit, name="edit_approver"),
    path(f"{COMPANY}<int:approver>/remove/", approvers.remove, name="remove_approver"),
    path(f"{COMPANY}<int:approver>/deputies/new/", approvers.appoint, name="appoint_deputy"),
    path(f"{COMPANY}<int:approver>/deputies/<int:deputy>/dismiss/", approvers.dismiss, name="dismiss_deputy"),
    path(RULES, policies.listing, name="policies"),
    path(f"{RULES}everybody/", policies.everybody, name="policy_of_all"),
    path(f"{RULES}categories/<int:pk>/", policies.of_category, name="policy_of_category"),
    path(f"{RULES}companies/<int:pk>/", policies.of_company, name="policy_of_company"),
    path(f"{RULES}contracts/<int:pk>/", policies.of_contract, name="policy_of_contract"),
]
