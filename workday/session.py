"""The one way out: every request to Workday leaves through `Session`, which guards where to and for how long."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import requests
import urllib3

from workday import addresses, loggers, transport
from workday.errors import NotSent, Unanswered
from workday.origins import Policy

__all__ = ["Answer", "Policy", "Session"]

MAX_BODY_BYTES = 1024 * 1024
_CHUNK_BYTES = 64 * 1024

loggers.hold_back()


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer; the body stays out of `repr` because it may hold tokens."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Session:
    """Kept-alive connections to Workday under a policy. Safe to share between threads.

    No redirect is followed, no cookie kept, no proxy or netrc of the environment used, and no more than 1 MiB of
    decoded body read unless asked for. Names are resolved once per connection and the very address that was
    checked is dialled, while TLS and the Host header keep the name.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        resolve: addresses.Resolve = addresses.resolve,
        dial: transport.Dial = transport.dial,
        ca_bundle: str | None = None,
    ) -> None:
        self.policy = policy
        self._resolve = resolve
        self._dial = dial
        self._verify = ca_bundle or True
        self._tls = transport.GuardedAdapter(pool_maxsize=16)
        self._plain = transport.PlainAdapter(pool_maxsize=16)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._tls.close()
        self._plain.close()

    def send(
        self,
        method: str,
        url: str,
        *,
        seconds: float,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        most: int = MAX_BODY_BYTES,
    ) -> Answer:
        """Send one request and read its whole answer, a body of at most `most` bytes, within `seconds`.

        Raises NotSent when no byte of it left, Unanswered when one did and no complete answer came.
        """
        inside = self.policy.inside(url)
        return self.deliver(requests.Request(method, inside, dict(headers or {}), data=body).prepare(), seconds, most)

    def deliver(self, request: requests.PreparedRequest, seconds: float, most: int = MAX_BODY_BYTES) -> Answer:
        """`send` for a request that somebody else built; its URL must be in the policy's inside form."""
        url = request.url or ""
        is_plain = self.policy.is_plain(url)
        if not is_plain:
            self.policy.inside(url)
        request.headers.setdefault("Accept-Encoding", "gzip")
        request.headers.setdefault("User-Agent", "Countersign")
        wire_bytes = transport.MAX_WIRE_BYTES - MAX_BODY_BYTES + most
        with transport.Exchange(self._open, seconds, wire_bytes) as exchange:
            outcome = self._try(self._plain if is_plain else self._tls, request, exchange, most)
        # Raised out here so that the library's exception, which holds the request's headers, is not its context.
        if isinstance(outcome, Answer):
            return outcome
        raise outcome

    def _try(
        self,
        adapter: transport.GuardedAdapter,
        request: requests.PreparedRequest,
        exchange: transport.Exchange,
        most: int,
    ) -> Answer | NotSent | Unanswered:
        status = None
        try:
            response = adapter.send(request, stream=True, timeout=exchange.remaining(), verify=self._verify)
            status = response.status_code
            with response:
                return Answer(status, response.headers, _body(response, most))
        except NotSent as error:
            return NotSent(error.reason)
        except transport.TooLarge:
            return Unanswered("The answer was too large.", status=status)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            reason = _reason(error)
        return Unanswered(reason, status=status) if exchange.sent else NotSent(reason)

    def _open(self, host: str, port: int, seconds: float) -> socket.socket:
        """Connect for the transport: the host the socket layer names is vetted again, then its address."""
        until = time.monotonic() + seconds
        if self.policy.is_plain_host(host, port):
            found = [host] if addresses.is_address(host) else self._resolve(host, port, seconds)
        elif port == 443 and self.policy.allows_host(host):
            found = addresses.public_addresses(host, port, seconds, self._resolve)
        else:
            raise NotSent("The host is not on the list of Workday hosts.")
        return self._first_open(found, port, until)

    def _first_open(self, found: list[str], port: int, until: float) -> socket.socket:
        """A connection to the first address that takes one; each has an equal share of the time that is left."""
        for place, address in enumerate(found[:-1]):
            try:
                return self._dial(address, port, _left(until) / (len(found) - place))
            except OSError:
                continue
        return self._dial(found[-1], port, _left(until))


def _left(until: float) -> float:
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _body(response: requests.Response, most: int) -> bytes:
    """The decoded body, at most `most` bytes of it: a compressed answer may unfold a thousandfold."""
    chunks, size = [], 0
    for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=True):
        size += len(chunk)
        if size > most:
            raise transport.TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def _reason(error: Exception) -> str:
    if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)):
        return "No answer came in time."
    if isinstance(error, requests.exceptions.SSLError):
        return "The TLS certificate or handshake was not acceptable."
    return "The connection failed."
