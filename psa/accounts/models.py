"""Sign-ins, and a company's own identity provider with the people it vouches for."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from psa.accounts import browsers
from psa.tenancy.models import Membership, OwnedModel, ScopedModel, Tenant, User
from psa.tenancy.rows import IDENTITY, PERSON, RowClass
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class Outcome(models.TextChoices):
    """What became of an attempt to sign in."""

    DONE = "done", _("Signed in")
    FAILED = "failed", _("Failed")
    BLOCKED = "blocked", _("Too many attempts")


class SignIn(ScopedModel):
    """One attempt to sign in: who or which address, how, from where, and how it went. A successful one is a session
    until it ends; `opens` is the one company a sign-on opened, None where it opened all of the person's."""

    row_class: ClassVar[RowClass] = PERSON

    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    email = models.CharField(max_length=254)
    outcome = models.CharField(max_length=10, choices=Outcome)
    method = models.CharField(max_length=40)
    opens = models.ForeignKey(Tenant, models.PROTECT, null=True, related_name="+")
    session_key = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=45)
    browser = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        indexes = [
            models.Index(fields=["user", "-id"], name="sign_in_by_person"),
            models.Index(fields=["at"], name="sign_in_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.email} {self.outcome}"

    @property
    def browser_name(self) -> str:
        """The browser by its name and system."""
        return browsers.name(self.browser)


class SignOn(OwnedModel):
    """A company's own identity provider (OpenID Connect). `secret` is kept sealed (psa.accounts.seals); `ends_there` is
    whether signing out goes on to the provider (OpenID Connect RP-Initiated Logout 1.0)."""

    row_class: ClassVar[RowClass] = IDENTITY

    issuer = models.URLField(_("Issuer"), max_length=300)
    client_id = models.CharField(_("Client ID"), max_length=200)
    secret = models.TextField(_("Client secret"))
    is_on = models.BooleanField(_("People may sign in through it"), default=False)
    ends_there = models.BooleanField(_("Signing out here signs people out there, too"), default=False)

    class Meta(OwnedModel.Meta):
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant"], name="a_tenant_has_one_sign_on"),
        ]

    def __str__(self) -> str:
        return self.issuer


class Subject(OwnedModel):
    """Whom a provider vouches for: its own unchanging name for a person, never an e-mail address (hostile test B15)."""

    row_class: ClassVar[RowClass] = IDENTITY

    member = OwnKey(Membership, models.CASCADE)
    issuer = models.CharField(max_length=300)
    name = models.CharField(max_length=255)
    linked_at = models.DateTimeField(default=timezone.now)

    class Meta(OwnedModel.Meta):
        constraints = [
            tenant_key(),
            *same_tenant("member"),
            models.UniqueConstraint(fields=["tenant", "issuer", "name"], name="a_subject_is_one_member"),
            models.UniqueConstraint(fields=["tenant", "member"], name="a_member_is_one_subject"),
            models.CheckConstraint(condition=~models.Q(name=""), name="a_subject_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
