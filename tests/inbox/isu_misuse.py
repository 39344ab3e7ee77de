"""Decision calls that bear the integration system user's token although the task is somebody else's."""

from __future__ import annotations

from typing import Any

from tests.sandbox.process import SandboxProcess


def isu_misuses(far: SandboxProcess) -> list[dict[str, Any]]:
    """Those in the far side's ledger, whatever became of them there."""
    writes = [asked for asked in far.ledger(path="/ccx/api/") if asked["method"] != "GET" and asked["grant"] == "isu"]
    return [write for write in writes if not _is_its_own(far, write)]


def _is_its_own(far: SandboxProcess, write: dict[str, Any]) -> bool:
    task = far.task(_task_in(write["path"]))
    people = [*task.get("awaitingPersons", []), task.get("completedByPerson") or {}]
    return write["worker"]["id"] in {person.get("id") for person in people}


def _task_in(path: str) -> str:
    """.../inboxTasks/{id}, or .../eventSteps/{id}/approve."""
    parts = path.split("/")
    return parts[parts.index("eventSteps" if "eventSteps" in parts else "inboxTasks") + 1]
