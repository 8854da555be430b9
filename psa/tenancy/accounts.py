"""The way in for a new member: a link that sets a password, once."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from psa.tenancy import doors
from psa.tenancy.models import Membership


def password_path(member: Membership) -> str:
    """The page on which a member sets a password: open for some days, and until a password is set."""
    with doors.sign_in_pages():
        key = default_token_generator.make_token(member.user)
        return reverse("account_reset_password_from_key", args=[user_pk_to_url_str(member.user), key])


def needs_password(member: Membership) -> bool:
    """Whether the person behind a membership never set a password."""
    with doors.sign_in_pages():
        return not member.user.has_usable_password()


def way_in(member: Membership, slug: str) -> str:
    """Where a member comes in: a new person sets a password first, everybody else signs in as ever."""
    return password_path(member) if needs_password(member) else reverse("home", args=[slug])
