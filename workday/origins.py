"""Which URLs the product may call at all, judged once on one parse; what is sent is built from that parse."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

from workday.errors import NotSent

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
# The characters of RFC 3986; a backslash, a space or a control character makes parsers disagree about the host.
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")


@dataclass(frozen=True, slots=True)
class Policy:
    """The outbound rules of this installation.

    `hosts` are domain names: a URL's host must be one of them or lie under one. `plain_origins` are exact origins
    such as http://127.0.0.1:8001 that may be reached without TLS and at any address: the demo's sandbox tenant.

    oauthlib refuses plain http, and that check stays on. So inside the client even a plain origin's URL is written
    with https: `inside` turns it over on the way in and `outside` on the way out, and only the transport's adapter
    for plain origins (`workday.transport`) opens it without TLS. These three are the only places that know.
    """

    hosts: tuple[str, ...]
    plain_origins: tuple[str, ...] = ()

    def inside(self, url: str) -> str:
        """The vetted https form of `url`. Raises NotSent with the reason when this installation must not call it."""
        parts = _split(url) if _URL.fullmatch(url) else None
        if parts is None or parts.fragment:
            raise NotSent("The URL is not well formed.")
        netloc = parts.netloc
        if f"{parts.scheme}://{netloc}" not in self.plain_origins:
            netloc = self._host(parts.scheme, netloc)
        return urlunsplit(("https", netloc, parts.path or "/", parts.query, ""))

    def outside(self, url: str) -> str:
        """The form of an inside URL that a browser may be sent to."""
        return f"http{url.removeprefix('https')}" if self.is_plain(url) else url

    def is_plain(self, url: str) -> bool:
        """Whether an inside URL belongs to a plain origin."""
        return f"http://{urlsplit(url).netloc}" in self.plain_origins

    def is_plain_host(self, host: str, port: int) -> bool:
        return f"http://{host}:{port}" in self.plain_origins or (port == 80 and f"http://{host}" in self.plain_origins)

    def allows_host(self, host: str) -> bool:
        """Whether `host` is on the list or under it, at a label boundary."""
        return is_host_name(host) and any(host == name or host.endswith(f".{name}") for name in self.hosts)

    def _host(self, scheme: str, netloc: str) -> str:
        if scheme != "https":
            raise NotSent("Only https is allowed.")
        host = netloc.removesuffix(":443").lower()
        if not self.allows_host(host):
            raise NotSent("The host is not on the list of Workday hosts.")
        return host


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        # Square brackets that hold no address.
        return None


def is_host_name(host: str) -> bool:
    """A plain lower-case DNS name: no address in any notation, no punycode, no trailing dot, no port, no user."""
    labels = host.split(".")
    if len(host) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    return not _is_numeric(labels[-1]) and not any(label.startswith("xn--") for label in labels)


def _is_numeric(label: str) -> bool:
    return label.isdigit() or re.fullmatch(r"0x[0-9a-f]*", label) is not None


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL in one spelling: what a secret is bound to."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = parts.port
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.scheme}://{host}" if port in (None, default) else f"{parts.scheme}://{host}:{port}"
