"""How people get in: by e-mail and password, invited; nobody signs up on their own unless the operator allows it."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """allauth's seams, held to our rules."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False
