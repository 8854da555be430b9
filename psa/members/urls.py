"""The addresses of people, roles and permissions, under /<tenant>/."""

from django.urls import path

from psa.members import views

app_name = "members"
urlpatterns = [
    path("people/", views.members, name="people"),
    path("people/<int:pk>/", views.member, name="member"),
    path("people/<int:pk>/security/", views.security, name="security"),
    path("people/<int:pk>/permit/", views.permit, name="permit"),
    path("people/<int:pk>/why/", views.why_page, name="why"),
    path("roles/", views.roles, name="roles"),
    path("roles/add/", views.add_role, name="add_role"),
    path("roles/<int:pk>/rename/", views.rename_role, name="rename_role"),
    path("roles/<int:pk>/reset/", views.reset_role, name="reset_role"),
    path("roles/<int:pk>/delete/", views.delete_role, name="delete_role"),
    path("people/<int:pk>/leave/", views.leave, name="leave"),
    path("audit/", views.audit_page, name="audit"),
]
