"""Looking at a tenant's endpoints from outside, to find out why a tenant does not work. Nothing here is followed."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from workday.reading import http_date
from workday.session import Session

_CHALLENGE = ("code_challenge", "code_challenge_method")


@dataclass(frozen=True, slots=True)
class Seen:
    """What an endpoint answered to a plain GET. `told_at` is its Date header (RFC 9110 section 6.6.1)."""

    status: int
    location: str = ""
    told_at: datetime.datetime | None = None

    def error_sent_to(self, redirect_uri: str) -> str:
        """The OAuth error that the answer would carry back to `redirect_uri`, else nothing (RFC 6749 4.1.2.1)."""
        address, _, query = self.location.partition("?")
        return parse_qs(query).get("error", [""])[0] if address == redirect_uri else ""


def look(session: Session, url: str, seconds: float) -> Seen:
    """GET `url` with no credentials of any kind. Raises NotSent or Unanswered; any status is an answer."""
    answer = session.send("GET", url, seconds=seconds, headers={"Accept": "*/*"})
    return Seen(answer.status, answer.headers.get("Location", ""), http_date(answer.headers.get("Date", "")))


def without_pkce(authorization_url: str) -> str:
    """An authorization URL without its PKCE challenge, to be looked at only: no browser is ever sent there."""
    parts = urlsplit(authorization_url)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in _CHALLENGE]
    return parts._replace(query=urlencode(kept)).geturl()
