from __future__ import annotations

import json
import time

import pytest
import requests

from tests.sandbox.api_client import ApiClient, Person
from tests.sandbox.process import SandboxProcess

APPROVE = "*/eventSteps/*/approve"
INBOX = "*/inboxTasks*"


def _status(process: SandboxProcess, step: str) -> str:
    return str(process.task(step)["status"]["descriptor"])


@pytest.fixture
def step(sandbox_tenant: SandboxProcess) -> str:
    return sandbox_tenant.tasks("manager", kind="time_off")[0]


def test_dropped_before_nothing_was_applied(sandbox_tenant: SandboxProcess, sandbox_manager: Person, step: str) -> None:
    sandbox_tenant.fault(APPROVE, "drop_before", times=1)
    with pytest.raises(requests.ConnectionError):
        sandbox_manager.act(step, "approve", comment="ok")
    assert _status(sandbox_tenant, step) == "Awaiting Action"
    entry = sandbox_tenant.ledger(path="/approve")[-1]
    assert (entry["fault"], entry["applied"], entry["status"]) == ("drop_before", False, None)


def test_applied_and_then_dropped_it_was_applied(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, step: str
) -> None:
    sandbox_tenant.fault(APPROVE, "apply_then_drop", times=1)
    with pytest.raises(requests.ConnectionError):
        sandbox_manager.act(step, "approve", comment="ok")
    assert _status(sandbox_tenant, step) == "Approved"
    entry = sandbox_tenant.ledger(path="/approve")[-1]
    assert (entry["fault"], entry["applied"], entry["status"]) == ("apply_then_drop", True, None)


@pytest.mark.parametrize("retry_after", [None, 7, "Fri, 31 Dec 2027 23:59:59 GMT", "a while"])
def test_a_rate_limit_comes_with_or_without_retry_after(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, step: str, retry_after: int | str | None
) -> None:
    sandbox_tenant.fault(APPROVE, "rate_limit", retry_after=retry_after)
    answer = sandbox_manager.act(step, "approve", comment="ok")
    assert answer.status_code == 429
    assert answer.json()["error"]
    assert answer.headers.get("Retry-After") == (None if retry_after is None else str(retry_after))
    assert _status(sandbox_tenant, step) == "Awaiting Action"


def test_a_fault_is_played_as_often_as_it_says(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    sandbox_tenant.fault(INBOX, "status", status=503, times=2)
    statuses = [sandbox_manager.get("workers/me/inboxTasks").status_code for _ in range(4)]
    assert statuses == [503, 503, 200, 200]
    assert sandbox_tenant.faults()[0]["played"] == 2


def test_a_fault_without_a_number_lasts_until_it_is_cleared(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person
) -> None:
    sandbox_tenant.fault(INBOX, "status", status=403, code="S22", error="permission denied")
    for _ in range(3):
        answer = sandbox_manager.get("workers/me/inboxTasks")
        assert (answer.status_code, answer.json()) == (403, {"error": "permission denied", "code": "S22"})
    sandbox_tenant.clear_faults()
    assert sandbox_manager.get("workers/me/inboxTasks").status_code == 200


def test_a_fault_can_be_for_one_method_and_one_worker(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, sandbox_colleague: Person
) -> None:
    sandbox_tenant.fault("*", "status", method="GET", worker="colleague")
    assert sandbox_colleague.get("workers/me").status_code == 500
    assert sandbox_manager.get("workers/me").status_code == 200
    shared = min(set(sandbox_tenant.tasks("manager")) & set(sandbox_tenant.tasks("colleague")))
    assert sandbox_colleague.act(shared, "approve", comment="ok").status_code == 201


def test_a_path_can_be_a_regular_expression(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    sandbox_tenant.fault(r"regex:/workers/me$", "status", status=502)
    assert sandbox_manager.get("workers/me").status_code == 502
    assert sandbox_manager.get("workers/me/inboxTasks").status_code == 200


def test_a_status_can_come_although_it_was_applied(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, step: str
) -> None:
    sandbox_tenant.fault(APPROVE, "apply_then_status", status=504)
    assert sandbox_manager.act(step, "approve", comment="ok").status_code == 504
    assert _status(sandbox_tenant, step) == "Approved"


def test_a_delay_comes_before_or_after_applying(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    before, after = sandbox_tenant.tasks("manager", kind="time_off")[:2]
    for task, kind in ((before, "delay"), (after, "apply_then_delay")):
        sandbox_tenant.fault(f"*/{task}/approve", kind, seconds=0.8)
        url = f"{sandbox_manager.url}/ccx/api/businessProcess/v1/acme/eventSteps/{task}/approve"
        with pytest.raises(requests.ReadTimeout):
            sandbox_manager.session.post(url, json={"comment": "ok"}, timeout=0.3)
    assert _status(sandbox_tenant, before) == "Awaiting Action"
    assert _status(sandbox_tenant, after) == "Approved"
    time.sleep(1)
    # Nobody listens any more, and it is applied nevertheless: the ambiguity of a timeout.
    assert _status(sandbox_tenant, before) == "Approved"


@pytest.mark.parametrize("flavour", ["text", "bytes", "deep", "bigint", "nan", "duplicate"])
def test_garbage_comes_in_flavours(sandbox_tenant: SandboxProcess, sandbox_manager: Person, flavour: str) -> None:
    honest = sandbox_manager.get("workers/me").content
    sandbox_tenant.fault("*/workers/me", "garbage", flavour=flavour)
    answer = sandbox_manager.get("workers/me")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.content not in (honest, b"")


def test_an_answer_can_be_empty_or_a_page(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    sandbox_tenant.fault("*/workers/me", "empty", times=1)
    sandbox_tenant.fault("*/workers/me", "html", times=1)
    assert sandbox_manager.get("workers/me").content == b""
    page = sandbox_manager.get("workers/me")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_an_answer_can_break_off(sandbox_tenant: SandboxProcess, sandbox_manager: Person, step: str) -> None:
    sandbox_tenant.fault(APPROVE, "truncate", times=1)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        sandbox_manager.act(step, "approve", comment="ok")
    assert _status(sandbox_tenant, step) == "Approved"


def test_an_answer_can_be_about_something_else(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, step: str
) -> None:
    sandbox_tenant.fault("*/eventSteps/*", "wrong_id")
    assert sandbox_manager.process(f"eventSteps/{step}").json()["id"] != step


def test_an_answer_can_drip(sandbox_client: ApiClient) -> None:
    newcomer = sandbox_client.person("newcomer")
    sandbox_client.process.fault(INBOX, "drip", seconds=0.03)
    begun = time.monotonic()
    assert newcomer.inbox() == {"total": 0, "data": []}
    assert time.monotonic() - begun > 0.6


def test_an_answer_can_be_huge_and_can_be_a_bomb(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    size = 3_000_000
    sandbox_tenant.fault("*/workers/me", "huge", size=size, times=1)
    sandbox_tenant.fault("*/workers/me", "huge", size=size, encoding="gzip", times=1)
    assert len(sandbox_manager.get("workers/me").content) == size
    bomb = sandbox_manager.get("workers/me")
    assert int(bomb.headers["Content-Length"]) < 10_000
    assert len(bomb.content) == size


def test_a_redirect_leads_where_it_says(sandbox_client: ApiClient) -> None:
    location = "http://127.0.0.1:9/elsewhere"
    sandbox_client.process.fault("*/token", "redirect", status=307, location=location)
    answer = requests.post(sandbox_client.token_url, data={"grant_type": "x"}, allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["Location"]) == (307, location)


def test_the_token_endpoint_has_faults_too(sandbox_client: ApiClient) -> None:
    refresh_token = sandbox_client.tokens()["refresh_token"]
    sandbox_client.process.fault("*/token", "apply_then_drop", times=1)
    with pytest.raises(requests.ConnectionError):
        sandbox_client.refresh(refresh_token)
    assert sandbox_client.refresh(refresh_token).status_code == 200


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "nonsense", "path": "*"},
        {"kind": "delay", "path": "*", "seconds": 61},
        {"kind": "huge", "path": "*", "size": 64 * 1024 * 1024 + 1},
        {"kind": "status"},
        {"kind": "status", "path": "regex:("},
        {"kind": "status", "path": "*", "colour": "red"},
        {"kind": "garbage", "path": "*", "flavour": "sweet"},
    ],
)
def test_a_wish_that_cannot_be_understood_is_explained(sandbox_tenant: SandboxProcess, wish: dict[str, object]) -> None:
    answer = requests.post(f"{sandbox_tenant.url}/_sandbox/faults", json=wish, timeout=10)
    assert answer.status_code == 400
    assert json.loads(answer.text)["error"]
    assert sandbox_tenant.faults() == []
