"""The addresses of one's own sign-in, under /accounts/, and of a company's rules for it, under /<tenant>/."""

from django.urls import include, path

from psa.accounts import views

app_name = "accounts"
urlpatterns = [
    # In place of allauth's, at their addresses.
    path("accounts/logout/", views.SignOut.as_view(), name="sign_out"),
    path("accounts/password/reset/", views.Reset.as_view(), name="reset"),
    path("accounts/sessions/", views.sessions, name="sessions"),
    path("accounts/sessions/others/end/", views.end_others, name="end_others"),
    path("accounts/sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("accounts/second-factor/", views.second_factor, name="second_factor"),
    path("accounts/sign-on/", views.choose_sign_on, name="choose_sign_on"),
    path("accounts/sign-on/return/", views.returned, name="returned"),
    path("accounts/sign-on/<slug:slug>/", views.sign_on, name="sign_on"),
    path("accounts/sign-on/<slug:slug>/connect/", views.connect, name="connect"),
    path("accounts/sign-on/<slug:slug>/ended/", views.provider_ended, name="provider_ended"),
    path(
        "<slug:tenant>/",
        include(
            [
                path("sign-in/rules/", views.settle, name="rules"),
                path("sign-in/log/", views.sign_ins, name="sign_ins"),
                path("people/invite/", views.invite, name="invite"),
                path("people/<int:pk>/invite/", views.invite_again, name="invite_again"),
                path("people/<int:pk>/let-in/", views.let_in_again, name="let_in_again"),
                path("people/<int:pk>/unlink/", views.unlink, name="unlink"),
            ]
        ),
    ),
]
