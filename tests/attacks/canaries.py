"""Looks for secrets in whatever a system leaves behind, also where they were written in another notation."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from urllib.parse import quote

Sources = Mapping[str, bytes]


def forms(secret: str) -> set[bytes]:
    """A secret as itself, URL-encoded, in hex, and as base64 has it at each of its three alignments."""
    plain = secret.encode()
    found = {
        plain,
        quote(secret).encode(),
        quote(secret, safe="").encode(),
        plain.hex().encode(),
        plain.hex().upper().encode(),
    }
    for offset in range(3):
        found |= set(_base64_inside(plain, offset))
    return found


def hits(secrets: Mapping[str, str], sources: Sources) -> list[str]:
    """Which secret, by its name, is in which source; never the secret itself."""
    return [
        f"{name} in {source}"
        for name, secret in secrets.items()
        for source, content in sources.items()
        if any(form in content for form in forms(secret))
    ]


def _base64_inside(plain: bytes, offset: int) -> Iterator[bytes]:
    """The characters that stand for these bytes alone when `offset` other bytes come before them in a group."""
    padded = bytes(offset) + plain
    first, end = -(-offset * 8 // 6), len(padded) * 8 // 6
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(padded)[first:end]
