"""allauth's seams, held to our rules: nobody signs up, mails go through the outbox, every attempt is written down."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.utils.http import url_has_allowed_host_and_scheme

from psa.accounts import letters, seals, signins
from psa.accounts.models import Outcome
from psa.tenancy.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in and password."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        """Where `next` may lead: a path of this site, whatever hosts it answers to (hostile test B5)."""
        is_path = url.startswith("/") and not url.startswith("//") and "\\" not in url and url.isprintable()
        return is_path and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Only the mails this portal has leave it, and they leave through its outbox."""
        letters.account(template_prefix.rpartition("/")[2], email, context)

    def pre_authenticate(self, request: Any, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            signins.note(request, Outcome.BLOCKED, "password", email=credentials.get("email", ""))
            raise

    def authentication_failed(self, request: Any, **credentials: Any) -> None:
        signins.note(request, Outcome.FAILED, "password", email=credentials.get("email", ""))

    def post_login(self, request: Any, user: Any, **kwargs: Any) -> Any:
        signins.begin(request, user)
        return super().post_login(request, user, **kwargs)

    def logout(self, request: Any) -> None:
        signins.ended(request)
        super().logout(request)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Authenticator apps and passkeys."""

    def encrypt(self, text: str) -> str:
        return seals.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return seals.unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return "Tandem"

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **kwargs: Any) -> None:
        letters.account(template_prefix.rpartition("/")[2], user.email, {"user": user, "request": context.request})
