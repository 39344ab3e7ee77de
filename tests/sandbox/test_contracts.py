"""Holds the sandbox's answers to Workday's published OpenAPI files, which lie beside the repository."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator, FormatChecker

from tests.sandbox.api_client import Answer, Person
from tests.sandbox.process import SandboxProcess

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "contracts"
COMMON = "workday-common-v1.openapi.yml"
PROCESS = "workday-businessprocess-v1.openapi.yml"

if not FOLDER.is_dir() and os.environ.get("CI") != "true":
    pytest.skip("Workday's OpenAPI files are not beside the repository", allow_module_level=True)


@cache
def _spec(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return found


def _schema(name: str, path: str, method: str, status: int | str) -> dict[str, Any]:
    schema: dict[str, Any] = _spec(name)["paths"][path][method]["responses"][status]["content"]["application/json"]
    return dict(schema["schema"])


def _problems(name: str, schema: dict[str, Any], body: Any) -> set[str]:
    """Where a body differs from a schema: wrong values, and fields that the schema does not know."""
    whole = {"allOf": [schema], "components": _spec(name)["components"]}
    validator = Draft4Validator(whole, format_checker=FormatChecker(["date"]))
    paths = [error.path for error in validator.iter_errors(body)]
    wrong = {".".join(part for part in path if isinstance(part, str)) for path in paths}
    return wrong | set(_unknown(name, schema, body, ""))


def _unknown(name: str, schema: dict[str, Any], body: Any, place: str) -> list[str]:
    if isinstance(body, list):
        items = _merged(name, schema).get("items", {})
        return [each for item in body for each in _unknown(name, items, item, place)]
    if not isinstance(body, dict):
        return []
    known = _merged(name, schema).get("properties", {})
    found = [f"{place}{field}" for field in body if field not in known]
    for field in set(body) & set(known):
        found += _unknown(name, known[field], body[field], f"{place}{field}.")
    return found


def _merged(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with its reference and its parts put together."""
    if "$ref" in schema:
        return _merged(name, _spec(name)["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    merged: dict[str, Any] = {**schema, "properties": dict(schema.get("properties", {}))}
    for part in schema.get("allOf", []):
        inner = _merged(name, part)
        merged["properties"] |= inner["properties"]
        merged |= {key: inner[key] for key in ("items",) if key in inner}
    return merged


def _hold(answer: Answer, name: str, path: str, method: str = "get", status: int | None = None) -> set[str]:
    assert answer.status_code == (status or 200), answer.text
    return _problems(name, _schema(name, path, method, status or 200), answer.json())


def test_the_files_are_there() -> None:
    assert (FOLDER / COMMON).is_file()
    assert (FOLDER / PROCESS).is_file()


def test_workers(sandbox_manager: Person) -> None:
    for who in ("me", "Employee_ID=21001"):
        assert _hold(sandbox_manager.get(f"workers/{who}", "common/v1"), COMMON, "/workers/{id}") == set()


def test_inbox_tasks_differ_in_assigned_only(sandbox_manager: Person) -> None:
    # On the wire `assigned` is a date-time, although the specification calls it a date.
    page = sandbox_manager.get("workers/me/inboxTasks", "common/v1", limit=100)
    assert _hold(page, COMMON, "/workers/{id}/inboxTasks") == {"data.assigned"}
    for task in page.json()["data"][:20]:
        one = sandbox_manager.get(f"workers/me/inboxTasks/{task['id']}", "common/v1")
        assert _hold(one, COMMON, "/workers/{id}/inboxTasks/{subresourceID}") == {"assigned"}


def test_title_changes_differ_in_initiated_only(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="title_change")[0]
    event = sandbox_manager.process(f"eventSteps/{step}").json()["event"]["id"]
    answer = sandbox_manager.get(f"businessTitleChanges/{event}", "common/v1")
    assert _hold(answer, COMMON, "/businessTitleChanges/{id}") == {"initiated"}


def test_time_off_entries_differ_in_units(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    event = sandbox_manager.process(f"eventSteps/{step}").json()["event"]["id"]
    entry = sandbox_manager.get(f"timeOffRequest/{event}").json()["timeOffEntry"][0]
    schema = _spec(COMMON)["components"]["schemas"]["TimeOffEntries"]
    # `units` is a text on the wire, as recorded from a real tenant.
    assert _problems(COMMON, schema, entry) == {"units"}


def test_event_steps(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    page = sandbox_manager.process("eventSteps", limit=100)
    assert _hold(page, PROCESS, "/eventSteps") == set()
    step = sandbox_tenant.tasks("manager", kind="expense")[0]
    sandbox_manager.act(step, "approve", comment="ok")
    assert _hold(sandbox_manager.process(f"eventSteps/{step}"), PROCESS, "/eventSteps/{id}") == set()


@pytest.mark.parametrize("part", ["", "/inProgressSteps", "/completedSteps", "/remainingSteps", "/comments"])
def test_events(sandbox_tenant: SandboxProcess, sandbox_manager: Person, part: str) -> None:
    step = sandbox_tenant.tasks("manager", kind="expense")[0]
    event = sandbox_manager.process(f"eventSteps/{step}").json()["event"]["id"]
    for _ in ("before", "after"):
        answer = sandbox_manager.process(f"events/{event}{part}")
        assert _hold(answer, PROCESS, f"/events/{{id}}{part}") == set()
        sandbox_manager.act(step, "approve", comment="ok")


def test_the_list_of_events(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    answer = sandbox_manager.process("events", worker=sandbox_tenant.people()["planner"]["id"])
    assert answer.json()["total"]
    assert _hold(answer, PROCESS, "/events") == set()
    begun = sandbox_manager.process("events", initiator=sandbox_tenant.people()["planner"]["id"], limit=100)
    assert len(begun.json()["data"]) > 3
    assert _hold(begun, PROCESS, "/events") == set()


@pytest.mark.parametrize("part", ["", "/inProgressSteps", "/completedSteps", "/remainingSteps"])
def test_what_was_sent_back_or_cancelled(sandbox_tenant: SandboxProcess, sandbox_manager: Person, part: str) -> None:
    for step, action in zip(sandbox_tenant.tasks("manager", kind="expense"), ("sendBack", "cancel"), strict=False):
        event = sandbox_manager.process(f"eventSteps/{step}").json()["event"]["id"]
        sandbox_tenant.decide(step, "manager", action, comment="Which trip?")
        assert _hold(sandbox_manager.process(f"events/{event}{part}"), PROCESS, f"/events/{{id}}{part}") == set()


def test_attachments_have_a_file_since_the_newer_copy(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="expense")[0]
    event = sandbox_manager.process(f"eventSteps/{step}").json()["event"]["id"]
    answer = sandbox_manager.process(f"events/{event}/attachments")
    assert _hold(answer, PROCESS, "/events/{id}/attachments") == {"data.file"}


def test_types_and_targets(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    types = sandbox_manager.process("types")
    assert _hold(types, PROCESS, "/types") == set()
    one = sandbox_manager.process(f"types/{types.json()['data'][0]['id']}")
    assert _hold(one, PROCESS, "/types/{id}") == set()
    step = sandbox_tenant.tasks("manager", kind="expense")[0]
    targets = sandbox_manager.process("values/sendBack/to/", eventStep=step)
    assert _hold(targets, PROCESS, "/values/sendBack/to/") == set()


@pytest.mark.parametrize("action", ["approve", "deny", "sendBack"])
def test_actions(sandbox_tenant: SandboxProcess, sandbox_manager: Person, action: str) -> None:
    step, path = sandbox_tenant.tasks("manager", kind="expense")[0], f"/eventSteps/{{id}}/{action}"
    target = {"id": sandbox_manager.send_back_target(step)}
    body = {"reason": "ok", "to": target} if action == "sendBack" else {"id": step, "comment": "ok"}
    assert _hold(sandbox_manager.act(step, action, **body), PROCESS, path, "post", 201) == set()
    # Newer copies add `code` (and `field`) to the entries of an error.
    again = sandbox_manager.act(step, action, **body)
    assert _hold(again, PROCESS, path, "post", 400) == {"errors.code"}


def test_errors(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    missing = sandbox_manager.process(f"eventSteps/{'0' * 32}")
    assert _hold(missing, PROCESS, "/eventSteps/{id}", status=404) == set()
    nobody = Person(sandbox_tenant, "acme", "made-up").process("eventSteps")
    assert _hold(nobody, PROCESS, "/eventSteps", status=401) == set()
    sandbox_tenant.settings(business_process_allowed=False)
    assert _hold(sandbox_manager.process("eventSteps"), PROCESS, "/eventSteps", status=403) == {"code"}


def test_a_field_nobody_published_would_be_noticed() -> None:
    schema = {"$ref": "#/components/schemas/InboxTaskSummary"}
    body = {"id": "x", "due": "tomorrow", "status": {"id": "No Wid", "surprise": 1}}
    assert _problems(COMMON, schema, body) == {"due", "status.id", "status.surprise"}
