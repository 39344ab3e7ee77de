"""Asking a tenant whether it is set up right, without anybody's grant."""

from __future__ import annotations

from enum import Enum

from connections import clients, vault
from connections.models import Tenant
from workday import oauth
from workday.errors import Answered, InvalidClient, InvalidGrant, NotSent, WorkdayError
from workday.secret import Secret


class Finding(Enum):
    """Fixed words: a closed port and a filtered one must not be told apart from here."""

    GOOD = "Workday answered and accepted the client ID and the client secret."
    CLIENT = "Workday answered, but does not accept the client ID or the client secret."
    SECRET = "The client secret has to be entered again."  # noqa: S105 - a sentence, not a secret.
    NOT_REACHED = "The token endpoint could not be reached."
    UNCLEAR = "The token endpoint answered, but not as Workday does."


def check(tenant: Tenant) -> Finding:
    """Use the API client with a refresh token that cannot exist; how it is refused tells what is wrong."""
    try:
        with clients.new_session() as session:
            oauth.refresh(session, clients.api_client(tenant), Secret("not-a-refresh-token"))
    except InvalidGrant:
        return Finding.GOOD
    except InvalidClient:
        return Finding.CLIENT
    except vault.Sealed:
        return Finding.SECRET
    except NotSent:
        return Finding.NOT_REACHED
    except (Answered, WorkdayError):
        return Finding.UNCLEAR
    return Finding.UNCLEAR
