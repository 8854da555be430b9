"""The addresses of the customers' portal, under /<desk>/portal/, and of who may come in, under /<tenant>/.

The portal's company is called `desk` in its addresses: whoever reads them is no member of it.
"""

from django.urls import path

from workflows.views import contact_access
from workflows.views.portal import approvers, entrance, estimate, people, requests, review

REQUEST = "requests/<int:number>/"
APPROVER = "people/approvers/<int:approver>/"

urlpatterns = [
    path("", requests.home, name="home"),
    path("sign-in/", entrance.sign_in, name="sign_in"),
    path("sign-in/code/", entrance.code, name="code"),
    path("sign-in/code/again/", entrance.code_again, name="code_again"),
    path("sign-out/", entrance.sign_out, name="sign_out"),
    path("logo/", entrance.logo, name="logo"),
    path("enter/<str:key>/", entrance.enter, name="enter"),
    path("requests/", requests.requests, name="requests"),
    path("requests/new/", requests.new_request, name="new_request"),
    path(REQUEST, requests.page, name="request"),
    path(f"{REQUEST}messages/", requests.write, name="write"),
    path(f"{REQUEST}share/", requests.share, name="share"),
    path(f"{REQUEST}cancel/", requests.cancel, name="cancel"),
    path(f"{REQUEST}files/<uuid:key>/", requests.file, name="file"),
    path(f"{REQUEST}estimate/", estimate.page, name="estimate"),
    path(f"{REQUEST}estimate.pdf", estimate.paper, name="estimate_paper"),
    path(f"{REQUEST}estimate/accept/", estimate.accept, name="estimate_accept"),
    path(f"{REQUEST}estimate/decline/", estimate.decline, name="estimate_decline"),
    path(f"{REQUEST}estimate/question/", estimate.give_back, name="estimate_give_back"),
    path(f"{REQUEST}estimate/pass/", estimate.pass_on, name="estimate_pass"),
    path(f"{REQUEST}review/", review.page, name="review"),
    path(f"{REQUEST}review/accept/", review.accept, name="review_accept"),
    path(f"{REQUEST}review/reopen/", review.reopen, name="review_reopen"),
    path(f"{REQUEST}review/deploy/", review.deploy, name="review_deploy"),
    path(f"{REQUEST}review/until/", review.need_until, name="review_until"),
    path("profile/", people.profile, name="profile"),
    path("profile/language/", people.language, name="language"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/approvers/new/", approvers.add, name="approver_new"),
    path(APPROVER, approvers.page, name="approver"),
    path(f"{APPROVER}remove/", approvers.remove, name="approver_remove"),
    path(f"{APPROVER}deputies/", approvers.appoint, name="deputy_new"),
    path(f"{APPROVER}deputies/<int:deputy>/end/", approvers.dismiss, name="deputy_end"),
]

CONTACT = "companies/<int:company_pk>/contacts/<int:pk>/portal/"

access_urls = [
    path(CONTACT, contact_access.page, name="contact_access"),
    path(f"{CONTACT}take/", contact_access.take, name="contact_access_take"),
    path(f"{CONTACT}invite/", contact_access.invite, name="contact_access_invite"),
    path(f"{CONTACT}sessions/end/", contact_access.end_sessions, name="contact_access_end"),
]
