"""Why there is no usable access token, sorted by who can help."""

from __future__ import annotations


class TokenError(Exception):
    """No usable access token; `reason` is a plain sentence for people, `retry_after` is in seconds."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class NeedsReconnect(TokenError):
    """Only the connection's own person can help, by connecting again."""


class TenantTrouble(TokenError):
    """Only the tenant's administrator can help; nobody is asked to reconnect."""


class Weather(TokenError):
    """Nobody has to do anything; trying again later can help."""
