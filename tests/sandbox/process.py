"""Starts the sandbox tenant as the process it is, and speaks to its control plane. For tests and benches."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import requests

_ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 20.0
_STOP_SECONDS = 10.0


class SandboxProcess:
    """One running sandbox. Use it as a context manager, or call `start` and `stop`.

    `port` 0 takes a free one, which a restart keeps. `clients` are API clients to be there from the start.
    Control methods name the tenant only where it is not the first one.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        state: Path | None = None,
        tenants: str = "acme",
        clients: list[dict[str, Any]] | None = None,
    ) -> None:
        self.port = port
        self.tenant = tenants.split(",")[0]
        self._state, self._tenants, self._clients = state, tenants, clients
        self._process: subprocess.Popen[str] | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._session = requests.Session()
        self._session.trust_env = False

    @property
    def url(self) -> str:
        """The origin, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start and wait until it answers. Raises RuntimeError with what it said when it does not."""
        environ = {
            **os.environ,
            "SANDBOX_PORT": str(self.port),
            "SANDBOX_HOST": "127.0.0.1",
            "SANDBOX_STATE": str(self._state or ""),
            "SANDBOX_TENANTS": self._tenants,
            "SANDBOX_CLIENTS": self._clients_file(),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox"],
            cwd=_ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.port = self._announced_port(self._process)
        self._wait_until_ready()
        return self

    def stop(self) -> None:
        """Stop it; after ten seconds not gently."""
        # An interrupt ends gunicorn at once; a termination would wait two seconds for kept-alive connections.
        self._end(signal.SIGINT)
        if self._scratch:
            self._scratch.cleanup()
            self._scratch = None

    def kill(self) -> None:
        """kill -9 of the process that was started; what it started goes with it."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ledger(self, path: str = "", method: str = "", since: int = 0) -> list[dict[str, Any]]:
        """Requests seen so far, oldest first."""
        query = {"path": path, "method": method, "since": str(since)}
        requests_seen: list[dict[str, Any]] = self._control("GET", "ledger", params=query)["requests"]
        return requests_seen

    def clear_ledger(self) -> None:
        """Forget all requests."""
        self._control("DELETE", "ledger")

    def fault(self, path: str, kind: str, **wish: Any) -> int:
        """Set a fault on a path (a glob, or "regex:..."); returns its id."""
        return int(self._control("POST", "faults", {"path": path, "kind": kind, **wish})["id"])

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are set, with how often each was played."""
        found: list[dict[str, Any]] = self._control("GET", "faults")["faults"]
        return found

    def clear_faults(self) -> None:
        """Play no fault any more."""
        self._control("DELETE", "faults")

    def reset(self, **wish: Any) -> None:
        """Back to the seed; `keep_tokens=True` leaves grants alive."""
        self._control("POST", "reset", wish)

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change switches of a tenant; returns all of them."""
        return self._control("POST", "settings", changes)

    def register(self, **wish: Any) -> tuple[str, str]:
        """Register an API client; returns its client ID and secret."""
        made = self._control("POST", "clients", wish)
        return made["client_id"], made["client_secret"]

    def isu_token(self, client_id: str, **wish: Any) -> str:
        """A new refresh token of the ISU."""
        return str(self._control("POST", "isu_token", {"client_id": client_id, **wish})["refresh_token"])

    def revoke(self, worker: str, **wish: Any) -> int:
        """End a worker's grants; returns how many."""
        return int(self._control("POST", "revoke", {"worker": worker, **wish})["revoked"])

    def people(self, tenant: str = "") -> dict[str, dict[str, Any]]:
        """People by key, each with id, name, title, employee_id and number of tasks."""
        rows = self._control("GET", "people", params={"tenant": tenant})["people"]
        return {row["key"]: row for row in rows}

    def tasks(self, worker: str, tenant: str = "", kind: str = "") -> list[str]:
        """Ids of what awaits a worker, newest first; only of one kind if wanted."""
        rows = self._control("GET", "tasks", params={"tenant": tenant, "worker": worker})["tasks"]
        return [row["id"] for row in rows if kind in ("", row["kind"])]

    def task(self, task: str, tenant: str = "") -> dict[str, Any]:
        """One step as it truly is."""
        return self._control("GET", "task", params={"tenant": tenant, "task": task})

    def add_tasks(self, worker: str, count: int = 1, **wish: Any) -> list[str]:
        """Add tasks to an inbox; returns their ids."""
        added: list[str] = self._control("POST", "tasks", {"worker": worker, "count": count, **wish})["tasks"]
        return added

    def decide(self, task: str, worker: str, action: str = "approve", **wish: Any) -> str:
        """Somebody acts inside Workday; returns the step's status."""
        asked = {"task": task, "worker": worker, "action": action, **wish}
        return str(self._control("POST", "decide", asked)["status"])

    def edit(self, task: str, tenant: str = "", **changes: Any) -> dict[str, Any]:
        """Change facts of a task."""
        return self._control("POST", "edit", {"task": task, "tenant": tenant, "changes": changes})

    def delete_task(self, task: str, **wish: Any) -> None:
        """A task is gone."""
        self._control("POST", "delete_task", {"task": task, **wish})

    def reassign(self, task: str, worker: str | list[str], **wish: Any) -> None:
        """A task awaits somebody else."""
        self._control("POST", "reassign", {"task": task, "worker": worker, **wish})

    def _control(
        self, method: str, name: str, body: dict[str, Any] | None = None, params: dict[str, str] | None = None
    ) -> dict[str, Any]:
        url = f"{self.url}/_sandbox/{name}"
        answer = self._session.request(method, url, json=body, params=params, timeout=60)
        if not answer.ok:
            raise RuntimeError(f"{method} /_sandbox/{name}: {answer.status_code} {answer.text}")
        found: dict[str, Any] = answer.json()
        return found

    def _clients_file(self) -> str:
        if self._clients is None:
            return ""
        self._scratch = self._scratch or tempfile.TemporaryDirectory(prefix="sandbox-")
        file = Path(self._scratch.name) / "clients.json"
        file.write_text(json.dumps(self._clients), encoding="utf-8")
        return str(file)

    def _announced_port(self, process: subprocess.Popen[str]) -> int:
        assert process.stdout
        line = process.stdout.readline()
        if line.startswith("Sandbox tenant on "):
            return int(line.rsplit(":", 1)[1])
        _, said = process.communicate(timeout=_STOP_SECONDS)
        self._process = None
        raise RuntimeError(f"The sandbox did not start: {said.strip()}")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                if self._session.get(f"{self.url}/healthz", timeout=2).status_code == 200:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        self.kill()
        raise RuntimeError("The sandbox did not answer in time.")

    def _end(self, sign: signal.Signals) -> None:
        process, self._process = self._process, None
        if not process:
            return
        self._session.close()
        process.send_signal(sign)
        try:
            process.communicate(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=_STOP_SECONDS)
