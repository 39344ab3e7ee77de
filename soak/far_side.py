"""Speaking to a sandbox process's control plane: its ledger, its faults, and what happens there behind our back."""

from __future__ import annotations

from typing import Any

import requests

SECONDS = 30


class FarSide:
    """One sandbox process. Every method raises requests.RequestException when it does not answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def tell(self, name: str, **wish: Any) -> dict[str, Any]:
        """POST to the control plane, for example `tell("decide", tenant="north", task=..., worker="manager")`."""
        return self._call("POST", name, json=wish)

    def ask(self, name: str, **query: str) -> dict[str, Any]:
        return self._call("GET", name, params=query)

    def fault(self, path: str, kind: str, **wish: Any) -> None:
        """Set one fault; `path` is a glob over the whole path."""
        self.tell("faults", path=path, kind=kind, **wish)

    def faults(self) -> list[dict[str, Any]]:
        """The faults that were set, each with how often it was played."""
        found: list[dict[str, Any]] = self.ask("faults")["faults"]
        return found

    def clear_faults(self) -> None:
        self._call("DELETE", "faults")

    def ledger(self) -> list[dict[str, Any]]:
        """Every request so far. Raises RuntimeError when the sandbox has begun to forget the oldest."""
        found: list[dict[str, Any]] = self.ask("ledger")["requests"]
        if found and found[0]["n"] != 1:
            raise RuntimeError("The sandbox's ledger is full; its first requests are gone.")
        return found

    def task(self, tenant: str, task: str) -> dict[str, Any] | None:
        """One step as it truly is; None when it has been deleted."""
        answer = self._session.get(
            f"{self.url}/_sandbox/task", params={"tenant": tenant, "task": task}, timeout=SECONDS
        )
        if answer.status_code == requests.codes.not_found:
            return None
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _call(self, method: str, name: str, **options: Any) -> dict[str, Any]:
        answer = self._session.request(method, f"{self.url}/_sandbox/{name}", timeout=SECONDS, **options)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
