"""Which network addresses a Workday host may have. Python's own `is_private` and `is_global` are not enough."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from workday.errors import NotSent

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int, float], list[str]]

# Some of these are "global" to some Python versions: protocol assignments, the retired 6to4 relay, old site-local.
_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "240.0.0.0/4",
        "fec0::/10",
    )
)
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = ipaddress.IPv6Network("::/96")

# getaddrinfo() knows no time limit, so it runs beside the caller; a name server that hangs holds one of these.
_resolvers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolve")


def is_public(text: str) -> bool:
    """Whether `text` is an ordinary unicast address of the internet, however an IPv4 address is wrapped in it."""
    try:
        address = _unwrapped(ipaddress.ip_address(text))
    except ValueError:
        return False
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not any(address in network for network in _NEVER)


def is_address(host: str) -> bool:
    """Whether `host` is an IP address in its usual notation, so that nothing needs to be resolved."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _unwrapped(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inner is None and (address in _COMPATIBLE or any(address in network for network in _NAT64)):
        inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return inner or address


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """Every address of `host`, asked once. Raises NotSent when the name server gives none within `seconds`."""
    asked: Future[list[str]] = _resolvers.submit(_look_up, host, port)
    try:
        return asked.result(timeout=max(seconds, 0))
    except (OSError, UnicodeError, TimeoutError):
        pass
    asked.cancel()
    raise NotSent("The host name could not be resolved.")


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def public_addresses(host: str, port: int, seconds: float, look_up: Resolve = resolve) -> list[str]:
    """The addresses to connect to. One address that is not public refuses them all (raises NotSent)."""
    found = look_up(host, port, seconds)
    if not found or not all(is_public(address) for address in found):
        raise NotSent("The host name leads to an address that is not on the public internet.")
    return found
