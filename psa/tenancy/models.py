"""Tenants, the people in them, and the base of every row a tenant owns."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import ProgrammingError, models
from django.db.models.constants import OnConflict
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from psa import fsm
from psa.tenancy import capabilities, scope
from psa.tenancy.rows import IDENTITY, PERSON, TENANT, InScope, RowClass, class_of
from psa.tenancy.same_tenant import OwnKey, same_tenant, tenant_key


class ScopedQuerySet(models.QuerySet):
    """Adds and changes rows only where the scope may, and never moves a state behind its machine's back."""

    def _insert(self, objs: Iterable[models.Model], fields: Any, **kwargs: Any) -> Any:
        self._must_be_writing()
        row_class = class_of(self.model)
        for row in objs:
            if row_class is None or not row_class.admits(row):
                raise scope.WrongScope(f"{self.model._meta.label} cannot be added in the scope {scope.current()!r}.")
        if kwargs.get("on_conflict") is OnConflict.UPDATE:
            raise AttributeError("An insert that updates instead would reach rows out of scope and their states.")
        return super()._insert(objs, fields, **kwargs)  # type: ignore[misc]

    def _update(self, values: Any) -> int:
        """What `save()` does to a row that is there. Its owner stays."""
        self._must_be_changeable()
        parties = [value for field, _, value in values if field.name in _parties(self.model)]
        if parties and scope.current() not in (None, scope.PLATFORM, *parties):
            raise scope.WrongScope(f"{self.model._meta.label} cannot be given away.")
        return super()._update(values)  # type: ignore[misc]

    def update(self, **kwargs: Any) -> int:
        self._must_be_changeable()
        names = {self.model._meta.get_field(name).name for name in kwargs}
        if states := fsm.state_fields(self.model) & names:
            raise AttributeError(f"{self.model._meta.label}: {', '.join(states)} is moved, not updated.")
        if owners := _parties(self.model) & names:
            raise scope.WrongScope(f"{self.model._meta.label}: {', '.join(owners)} stays what it is.")
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._must_be_changeable()
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def erase(self, **kwargs: Any) -> int:
        """Take a person out of columns of what is otherwise only ever added to; which columns, the row class says."""
        self._must_be_writing()
        row_class = class_of(self.model)
        if row_class is None or set(kwargs) - set(row_class.erasable):
            raise ProgrammingError(f"{self.model._meta.label}: {', '.join(sorted(kwargs))} stays what it is.")
        return super().update(**kwargs)

    erase.alters_data = True  # type: ignore[attr-defined]

    def _must_be_writing(self) -> None:
        if scope.is_reading():
            raise scope.ReadOnly(f"{self.model._meta.label} cannot be changed by somebody who only looks.")

    def _must_be_changeable(self) -> None:
        self._must_be_writing()
        row_class = class_of(self.model)
        if row_class is not None and row_class.append_only:
            raise ProgrammingError(f"{self.model._meta.label} is only ever added to.")


def _parties(model: type[models.Model]) -> set[str]:
    row_class = class_of(model)
    return set(row_class.parties) - {model._meta.pk.name} if row_class else set()


@cache
def _in_scope(model: type[models.Model], row_class: RowClass) -> Any:
    """The query every manager of this model begins with. Its condition reads the scope when it is compiled, so the same
    resolved condition serves everybody; resolving it for each query costs more than most queries do."""
    return models.QuerySet(model).filter(InScope(row_class)).query


class ScopedManager(models.Manager.from_queryset(ScopedQuerySet)):  # type: ignore[misc]
    """Sees what the scope sees. The scope is read when the query is used, so forms may be built at import."""

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        row_class = class_of(self.model)
        if row_class and row_class.is_scoped:
            rows.query = _in_scope(self.model, row_class).chain()
        return rows


class ScopedModel(models.Model):
    """A row with a class: found, changed and removed only where the scope sees it."""

    objects = ScopedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Django removes a lone row by its id alone, so whether it is in sight is asked first."""
        rows = type(self)._base_manager.filter(pk=self.pk)
        rows._must_be_changeable()  # type: ignore[attr-defined]
        return super().delete(*args, **kwargs) if rows.exists() else (0, {})


class UserManager(ScopedManager, BaseUserManager):
    """People, seen through the sign-in doors only."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Any:
        """Add a person who signs in with `email`; without a password only an invitation or a reset lets them in."""
        user: Any = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> Any:
        return self.get(email=(username or "").strip().lower())


class User(ScopedModel, AbstractBaseUser):
    """A person who signs in. What they may do stands on their memberships, one per tenant."""

    row_class: ClassVar[RowClass] = PERSON

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=120)
    language = models.CharField(_("language"), max_length=5, blank=True)
    theme = models.CharField(_("theme"), max_length=10, blank=True)
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)
    signed_out = models.PositiveIntegerField(default=0)
    # Every session of theirs takes another key when this has changed (psa.tenancy.doors.turn).
    turned = models.PositiveIntegerField(default=0)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    objects: ClassVar[Any] = UserManager()

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """What every session of theirs must agree with: it changes with the password and with *sign out everywhere*."""
        return salted_hmac(
            "psa.tenancy.User.session", f"{self.password}|{self.signed_out}", secret=secret, algorithm="sha256"
        ).hexdigest()


class SecondFactor(models.TextChoices):
    """Whom a tenant asks for a second factor."""

    NOBODY = "", _("nobody has to have one")
    ADMINISTRATORS = "administrators", _("administrators must have one")
    EVERYBODY = "everybody", _("everybody must have one")


class NumberFormat(models.TextChoices):
    """How amounts and numbers are written on a company's pages; without one, as the reader's language does."""

    LANGUAGE = "", _("As the reader's language writes them")
    DE = "de", "9.876,54"
    EN = "en", "9,876.54"
    FR = "fr", "9\u202f876,54"
    CH = "de-CH", "9\u2019876.54"


class Weekday(models.IntegerChoices):
    """The days a week may begin with, as ISO 8601 counts them."""

    MONDAY = 1, _("Monday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


class Tenant(ScopedModel):
    """A company using the portal. Closed when it leaves, never deleted."""

    row_class: ClassVar[RowClass] = RowClass("identity", parties=("id",), platform=True)

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(unique=True)
    language = models.CharField(_("language"), max_length=5, default="en")
    time_zone = models.CharField(_("time zone"), max_length=60, default="UTC")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    country = models.CharField(_("country"), max_length=2, blank=True)
    number_format = models.CharField(_("numbers"), max_length=5, choices=NumberFormat, blank=True)
    week_starts = models.PositiveSmallIntegerField(_("week begins on"), choices=Weekday, default=Weekday.MONDAY)
    mail_name = models.CharField(_("sender of mails"), max_length=60, blank=True)
    # The company's own words for codes of ours: {"status": {"open": {"de": "In Arbeit"}}} (psa.web.own_words).
    wording = models.JSONField(default=dict, blank=True)
    logo = models.CharField(max_length=200, blank=True)
    is_portal = models.BooleanField(default=False)
    transaction_fee = models.DecimalField(max_digits=8, decimal_places=2, default=Decimal(0))
    suspended_at = models.DateTimeField(null=True, blank=True)
    second_factor = models.CharField(max_length=15, choices=SecondFactor, default=SecondFactor.NOBODY, blank=True)
    needs_sign_on = models.BooleanField(default=False)
    keeps_origins = models.PositiveSmallIntegerField(default=180)
    # After how many minutes without a click a session of its people ends; 0 is never.
    idle_minutes = models.PositiveSmallIntegerField(default=720)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(ScopedModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(transaction_fee__gte=0), name="a_transaction_fee_is_never_negative"
            )
        ]

    def __str__(self) -> str:
        return self.name


class OwnedModel(ScopedModel):
    """A row with one owner, the tenant it was made for."""

    tenant = models.ForeignKey(
        Tenant, models.PROTECT, default=scope.tenant_id, editable=False, related_name="+", db_index=False
    )

    class Meta(ScopedModel.Meta):
        abstract = True


class TenantModel(OwnedModel):
    """A row that belongs to exactly one tenant and is invisible outside its scope."""

    row_class: ClassVar[RowClass] = TENANT

    class Meta(OwnedModel.Meta):
        abstract = True
        constraints = [tenant_key()]


class OutsourcingLevel(models.TextChoices):
    """How far a member may go with partners, beside the role (outsourcing spec §2)."""

    NONE = "none", _("None")
    OUTSOURCE = "outsource", _("Allow outsourcing")
    PARTNERS = "partners", _("Allow partner management")
    ALL = "all", _("Allow all")


# What a level may authorise in one handover until somebody says otherwise; a level that is not here is not limited.
LIMIT_OF_LEVEL = {OutsourcingLevel.NONE: Decimal(500), OutsourcingLevel.OUTSOURCE: Decimal(500)}


class Role(OwnedModel):
    """What the members who hold it may do: capability → reach (all, queues, mine, own).

    The outsourcing level is the preset of new members; the limit is that of every member who follows the role, net, in
    the tenant's currency, None for no limit.
    """

    row_class: ClassVar[RowClass] = IDENTITY

    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80, blank=True)
    capabilities = models.JSONField(default=dict)
    outsourcing_level = models.CharField(max_length=12, choices=OutsourcingLevel, default=OutsourcingLevel.NONE)
    amount_limit = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta(OwnedModel.Meta):
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "code"], name="a_tenant_has_one_role_of_a_code"),
            models.CheckConstraint(
                condition=models.Q(amount_limit=None) | models.Q(amount_limit__gte=0),
                name="the_limit_of_a_role_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return str(self.label)

    @property
    def label(self) -> Any:
        """What pages call it: the tenant's own name, or the built-in one in the reader's language."""
        return self.name or capabilities.ROLE_NAMES.get(self.code, self.code)

    @property
    def is_administrator(self) -> bool:
        return self.code == capabilities.ADMINISTRATOR

    @property
    def is_built_in(self) -> bool:
        return self.code in capabilities.ROLES

    @property
    def is_for_members(self) -> bool:
        """Whether somebody inside the company may hold it; the customer contact's is the portal's."""
        return self.code != capabilities.CONTACT


# The membership of somebody who only looks in: no row has it, so nothing there is theirs.
GUEST = 0


class Membership(OwnedModel):
    """A person inside one tenant. Rows of the tenant name members, never users."""

    row_class: ClassVar[RowClass] = IDENTITY

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    role = OwnKey(Role, models.PROTECT)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=120)
    email = models.EmailField(_("e-mail"))
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    is_active = models.BooleanField(default=True)
    # Whether there is a stopwatch to show: kept by the desk, so that a page without one asks for none.
    stopwatches = models.JSONField(default=list, editable=False)
    outsourcing_level = models.CharField(max_length=12, choices=OutsourcingLevel, default=OutsourcingLevel.NONE)
    follows_role_limit = models.BooleanField(default=True)
    amount_limit = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta(OwnedModel.Meta):
        constraints = [
            tenant_key(),
            models.UniqueConstraint(fields=["tenant", "user"], name="a_person_is_a_member_once"),
            *same_tenant("role"),
            models.CheckConstraint(
                condition=models.Q(amount_limit=None) | models.Q(follows_role_limit=False, amount_limit__gte=0),
                name="a_limit_is_the_roles_or_ones_own_and_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_guest(self) -> bool:
        """Whether this is nobody of the tenant, but somebody its administrators let look in (psa.tenancy.entrance)."""
        return self.pk == GUEST

    @property
    def level(self) -> str:
        """The level that counts: administrators hold everything, whatever is stored (outsourcing spec §2)."""
        return OutsourcingLevel.ALL if self.role.is_administrator else self.outsourcing_level

    @property
    def limit(self) -> Decimal | None:
        """What this member may authorise in one handover, net, None for no limit: the own limit, else the role's, which
        is said for the role's own level; at another level than the role's it is that level's preset."""
        if self.role.is_administrator:
            return None
        if not self.follows_role_limit:
            return self.amount_limit
        if self.outsourcing_level == self.role.outsourcing_level:
            return self.role.amount_limit
        return LIMIT_OF_LEVEL.get(OutsourcingLevel(self.outsourcing_level))


def new_token() -> str:
    """A secret for a link: 256 bits, safe in a URL."""
    return secrets.token_urlsafe(32)


class Token(OwnedModel):
    """A key to one door, kept as its hash: whose it is, what for, how long, and whether it was used."""

    row_class: ClassVar[RowClass] = IDENTITY

    hash = models.CharField(max_length=64, unique=True)
    purpose = models.SlugField(max_length=40)
    subject_id = models.BigIntegerField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OwnedModel.Meta):
        indexes = [models.Index(fields=["tenant", "purpose", "subject_id"], name="token_by_subject")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(hash=""), name="a_token_is_never_empty"),
        ]
