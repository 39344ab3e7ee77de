from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types.
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves: administrators add people."""
        return False
