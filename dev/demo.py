"""`make demo`: the whole product with a sandbox tenant, on this machine alone."""

from __future__ import annotations

import sys

from dev import embedded, environment, parts, ports, sandbox_tenant
from dev.interrupts import Interrupts
from dev.make import CHECK_SECONDS, Parent
from dev.problems import CommandError
from dev.processes import Family, Plan
from dev.secret_values import Kept
from dev.state import State, demo_folder, opened
from dev.venv import tell

ACCOUNTS = ("administrator", "manager", "colleague", "employee")
BUSY = "A demo is already running on {folder}; stop it with Ctrl-C where it runs."
LATE = "The demo did not answer within 60 s; its logs are in {logs}."


def run(interrupts: Interrupts, parent: Parent) -> None:
    """Start everything, print one READY line, stay until Stopped. Raises CommandError."""
    port, sandbox_port = ports.wanted("DEMO_PORT", 8000), ports.wanted("SANDBOX_PORT", 8001)
    if port == sandbox_port:
        raise CommandError(f"DEMO_PORT and SANDBOX_PORT are both {port}; they must differ.")
    folder = demo_folder()
    with opened(folder, interrupts, BUSY.format(folder=folder)) as state:
        ports.must_be_free(port, "DEMO_PORT")
        ports.must_be_free(sandbox_port, "SANDBOX_PORT")
        Demo(state, interrupts, port, sandbox_port).run(parent)


class Demo:
    """One running demo: the embedded servers, the sandbox tenant, web, worker and beat."""

    def __init__(self, state: State, interrupts: Interrupts, port: int, sandbox_port: int) -> None:
        self._state = state
        self._interrupts = interrupts
        self._family = Family(interrupts, state.logs, state.descendants)
        self._port = port
        self._sandbox_port = sandbox_port
        self._url = f"http://{ports.HOST}:{port}"
        self._secrets = Kept(state.folder / "secrets.json")
        self._worker_ready = state.folder / "worker.ready"

    def run(self, parent: Parent) -> None:
        """Ends only by raising: Stopped, or CommandError when something died."""
        try:
            self._start()
            self._say_ready()
            while True:
                self._family.check()
                self._interrupts.pause(CHECK_SECONDS)
                parent.check()
        finally:
            self._stop()

    def _start(self) -> None:
        folder = self._state.folder
        if not (folder / "sandbox.sqlite3").exists():
            tell("First start: making the database and the sandbox tenant")
        sandbox_tenant.start(self._family, folder, self._sandbox_port, self._url, self._secrets)
        urls = embedded.start(self._family, folder, self._state.sockets(), durable=True)
        sandbox_tenant.remember_refresh_token(self._family, self._sandbox_port, self._secrets)
        sandbox_url = f"http://{ports.HOST}:{self._sandbox_port}"
        variables = environment.application(self._secrets.values, urls, self._url, sandbox_url, folder / "static")
        self._prepare({**variables, "SANDBOX_URL": sandbox_url})
        self._start_parts(variables)
        self._interrupts.wait_for(self._ready, 60, LATE.format(logs=self._state.logs))

    def _prepare(self, variables: dict[str, str]) -> None:
        """The only step that is given the demo's password and the sandbox's secrets."""
        secrets = {name: value for name, value in self._secrets.values.items() if name.startswith("DEMO_")}
        plan = Plan("prepare", [sys.executable, "-m", "dev.prepare"], {**variables, **secrets})
        self._family.finish(self._family.start(plan), 120)

    def _start_parts(self, variables: dict[str, str]) -> None:
        self._worker_ready.unlink(missing_ok=True)
        note = {"WORKER_READY_FILE": str(self._worker_ready)}
        self._family.start(Plan("web", parts.web(self._port), variables))
        self._family.start(Plan("worker", parts.worker(), {**variables, **note}))
        self._family.start(Plan("beat", parts.beat(self._state.folder / "beat"), variables))

    def _ready(self) -> bool:
        self._family.check()
        return self._worker_ready.exists() and ports.healthy(self._port)

    def _say_ready(self) -> None:
        accounts = ", ".join(f"{name}@demo.example" for name in ACCOUNTS)
        password = self._secrets.values["DEMO_PASSWORD"]
        print(f"READY {self._url}  accounts: {accounts}  password: {password}", flush=True)

    def _stop(self) -> None:
        """The sandbox after the worker, which may be telling it something; the servers last."""
        self._family.stop("prepare", "web", "worker", "beat")
        self._family.stop("sandbox")
        embedded.stop(self._family)
        self._state.remove_sockets()
