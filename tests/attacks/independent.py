"""Starts the independent authorization server, npm's oidc-provider, as the process it is. For tests."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

import requests

from dev import node as nodes

FOLDER = Path(__file__).parent / "independent"
STOP_SECONDS = 10.0


class IndependentProcess:
    """One running server. Use it as a context manager, or call `start` and `stop`.

    `start` raises dev.node.Unavailable where there is no Node, or no way to the packages; RuntimeError when it does
    not start. The server ends with its standard input, so it never outlives this process.
    """

    def __init__(self) -> None:
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        self._session = requests.Session()
        self._session.trust_env = False

    def start(self) -> Self:
        node = nodes.find()
        nodes.install(node, FOLDER)
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
