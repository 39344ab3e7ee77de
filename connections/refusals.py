"""Why a connect flow ended without a connection, in fixed words: nothing of what came back is ever shown."""

from __future__ import annotations

from enum import Enum


class Refusal(Enum):
    """Each has a heading, what happened, and what to do."""

    CANCELLED = (
        "Not connected",
        "You did not allow access in Workday, so nothing was connected.",
        "Connect again whenever you like.",
    )
    SIGNED_OUT = (
        "Sign in and start again",
        "You were signed out here while you were in Workday. Nothing was connected.",
        "Sign in, then choose Connect once more.",
    )
    STATE = (
        "Start again",
        "This answer does not belong to a connection that you began in this browser within the last ten minutes.",
        "Go to Connections and choose Connect once more.",
    )
    MALFORMED = (
        "Start again",
        "Workday's answer was not complete or not clear.",
        "Go to Connections and choose Connect once more. If it happens again, tell your administrator.",
    )
    ISSUER = (
        "Not connected",
        "The answer came from another server than the one you were sent to.",
        "Do not try again; tell your administrator.",
    )
    NO_ISSUER = (
        "Not connected",
        "The answer did not say which server it came from, and for this tenant it has to.",
        "Do not try again; tell your administrator.",
    )
    CODE = (
        "Start again",
        "Workday no longer accepted this answer; it may have been used or grown old.",
        "Go to Connections and choose Connect once more.",
    )
    API_CLIENT = (
        "Your administrator has to act",
        "Workday did not accept this installation's API client.",
        "Ask your administrator to check the API client in Workday: client ID, secret, redirect URL, grant type, and "
        "“Support Proof Key for Code Exchange (PKCE)”.",
    )
    SCOPE = (
        "Your administrator has to act",
        "Workday did not accept the access that was asked for.",
        "Ask your administrator to check the scope of the API client in Workday.",
    )
    UNREACHABLE = (
        "Workday could not be reached",
        "Workday did not answer as it should, so nothing was connected.",
        "Try again in a few minutes.",
    )
    NO_WORKER = (
        "Your administrator has to act",
        "Workday let you in but would not say which worker you are.",
        "Ask your administrator to tick “Include Workday Owned Scope” at the API client, and the scope Staffing.",
    )
    NOT_STORED = ("Not connected", "", "Go back to Connections.")

    @property
    def heading(self) -> str:
        return self.value[0]

    @property
    def what(self) -> str:
        return self.value[1]

    @property
    def then(self) -> str:
        return self.value[2]


# RFC 6749 sections 4.1.2.1 and 5.2.
_ERRORS = {
    "access_denied": Refusal.CANCELLED,
    "unauthorized_client": Refusal.API_CLIENT,
    "invalid_request": Refusal.API_CLIENT,
    "unsupported_response_type": Refusal.API_CLIENT,
    "unsupported_grant_type": Refusal.API_CLIENT,
    "invalid_scope": Refusal.SCOPE,
    "server_error": Refusal.UNREACHABLE,
    "temporarily_unavailable": Refusal.UNREACHABLE,
}


def of_error(error: str) -> Refusal:
    """What an `error` that came with the browser means."""
    return _ERRORS.get(error, Refusal.MALFORMED)


def of_token_error(status: int, error: str) -> Refusal:
    """What an answer of the token endpoint means that is neither about the grant nor about the secret."""
    return _ERRORS.get(error, Refusal.UNREACHABLE) if status == 400 else Refusal.UNREACHABLE


class RefusalError(Exception):
    """`words` replace the kind's own sentence where that cannot be fixed, such as one with workers' names."""

    def __init__(self, kind: Refusal, words: str = "") -> None:
        super().__init__(kind.name)
        self.kind = kind
        self.what = words or kind.what
