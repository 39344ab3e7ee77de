"""Secrets made on this machine: for one throw-away command, or kept in the state folder for the demo."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from dev.problems import CommandError

WORDS = """
    amber apple arrow autumn badger basil beacon birch blossom breeze bridge candle canyon cedar cherry
    clover cobalt copper coral cotton desert dragon ember falcon feather fern forest garden ginger glacier
    harbor hazel heron honey island ivory jasmine kettle lagoon lantern lemon lilac linen maple marble
    meadow melon nutmeg ocean olive orchard otter pebble pepper plum quartz raven river saffron sparrow
    tulip velvet walnut willow
"""


def secret_key() -> str:
    """Django's SECRET_KEY."""
    return secrets.token_urlsafe(50)


def token_key() -> str:
    """One entry of the TOKEN_KEYS ring: a key id of four characters, and 32 random bytes in base64url."""
    key = base64.urlsafe_b64encode(os.urandom(32)).decode()
    return f"{secrets.token_hex(2)}:{key}"


def password() -> str:
    """A password that a person can read and type."""
    words = WORDS.split()
    return "-".join([*(secrets.choice(words) for _ in range(3)), str(secrets.randbelow(900) + 100)])


class Kept:
    """The demo's secrets, in a file that only its owner can read, made at the first start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self.values: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        except (OSError, ValueError) as error:
            raise CommandError(f"The secrets in {path} cannot be read; `make reset` starts afresh.") from error
        if not self.values:
            self.keep(
                SECRET_KEY=secret_key(),
                TOKEN_KEYS=token_key(),
                DEMO_PASSWORD=password(),
                DEMO_CLIENT_ID=secrets.token_hex(16),
                DEMO_CLIENT_SECRET=secrets.token_urlsafe(32),
            )

    def keep(self, **more: str) -> None:
        """Add values and write all of them at once, so that a killed start leaves no half file."""
        self.values.update(more)
        new = self._path.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(self.values, indent=1))
        new.rename(self._path)
