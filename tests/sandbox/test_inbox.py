from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.sandbox.api_client import ApiClient, Person
from tests.sandbox.process import SandboxProcess

WID = re.compile("[0-9a-f]{32}")
PREFIXES = ["v1", "api/v1", "common/v1"]


def test_a_page_has_20_tasks_unless_asked_otherwise(sandbox_manager: Person) -> None:
    assert len(sandbox_manager.inbox()["data"]) == 20
    assert len(sandbox_manager.inbox(limit=7)["data"]) == 7


def test_a_page_never_has_more_than_100_tasks(sandbox_manager: Person) -> None:
    page = sandbox_manager.inbox(limit=500)
    assert page["total"] == 127
    assert len(page["data"]) == 100


def test_pages_follow_one_another_until_an_empty_one(sandbox_manager: Person) -> None:
    assert len({task["id"] for task in sandbox_manager.whole_inbox()}) == 127
    assert sandbox_manager.inbox(offset=127) == {"total": 127, "data": []}


@pytest.mark.parametrize("query", [{"limit": "x"}, {"limit": "-1"}, {"offset": "-1"}, {"offset": "1.5"}])
def test_a_page_that_is_no_number_is_a_bad_request(sandbox_manager: Person, query: dict[str, str]) -> None:
    answer = sandbox_manager.get("workers/me/inboxTasks", **query)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("invalid request")


def test_the_newest_task_comes_first(sandbox_manager: Person) -> None:
    assigned = [task["assigned"] for task in sandbox_manager.whole_inbox()]
    assert assigned == sorted(assigned, reverse=True)


def test_assigned_is_a_moment_and_due_is_a_day(sandbox_manager: Person) -> None:
    for task in sandbox_manager.whole_inbox():
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", task["assigned"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", task.get("due", "2026-01-01"))


def test_empty_fields_are_left_out_and_never_null(sandbox_manager: Person) -> None:
    tasks = sandbox_manager.whole_inbox()
    for field in ("due", "overallProcess", "status", "subject", "initiator"):
        assert 0 < sum(field not in task for task in tasks) < len(tasks)
    assert all(value is not None for task in tasks for value in task.values())


def test_the_order_of_keys_differs_between_items(sandbox_manager: Person) -> None:
    assert len({next(iter(task)) for task in sandbox_manager.whole_inbox()}) > 3


def test_ids_are_wids_and_an_event_is_not_its_task(sandbox_manager: Person) -> None:
    for task in sandbox_manager.whole_inbox():
        assert WID.fullmatch(task["id"])
        assert task["id"] != task.get("overallProcess", {}).get("id")


def test_every_kind_of_task_is_there(sandbox_manager: Person) -> None:
    tasks = sandbox_manager.whole_inbox()
    types = Counter(task["stepType"]["descriptor"] for task in tasks)
    resources = {task["overallProcess"]["href"].split("/")[-2] for task in tasks if "overallProcess" in task}
    assert set(types) == {
        "Approval",
        "Approval Chain",
        "Consolidated Approval",
        "Action",
        "Initiation",
        "Review Documents",
        "To Do",
        "Complete Questionnaire",
    }
    assert resources == {"timeOffRequest", "businessTitleChanges", "businessProcesses"}


def test_a_subject_is_not_always_a_worker(sandbox_manager: Person) -> None:
    subjects = [task["subject"] for task in sandbox_manager.whole_inbox() if "subject" in task]
    kinds = {subject["href"].split("/")[-2] if "href" in subject else "" for subject in subjects}
    assert kinds == {"workers", "supervisoryOrganizations", "businessProcesses", ""}


def test_some_tasks_are_overdue(sandbox_manager: Person) -> None:
    newest = sandbox_manager.inbox(limit=1)["data"][0]["assigned"][:10]
    assert any(task.get("due", newest) < newest for task in sandbox_manager.whole_inbox())


def test_delivered_instances_have_the_wids_of_real_tenants(sandbox_manager: Person) -> None:
    task = sandbox_manager.inbox(limit=1)["data"][0]
    assert task["stepType"] == {"descriptor": "Approval", "id": "d8c8920e446c11de98360015c5e6daf6"}
    assert task["status"] == {"descriptor": "Awaiting Action", "id": "d9e4108c446c11de98360015c5e6daf6"}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_all_three_prefixes_answer_alike(sandbox_manager: Person, prefix: str) -> None:
    here = f"{sandbox_manager.url}/ccx/api/api/v1/acme/inboxTasks/"
    page = sandbox_manager.get("workers/me/inboxTasks", prefix, view="inboxTaskSummary").json()
    task = page["data"][0]
    assert task["href"] == here + task["id"]
    assert sandbox_manager.get(f"workers/me/inboxTasks/{task['id']}", prefix).json() == task
    assert sandbox_manager.get(f"inboxTasks/{task['id']}", prefix).json() == task


def test_one_can_be_named_by_wid_and_by_employee_id(sandbox_manager: Person) -> None:
    me = sandbox_manager.get("workers/me").json()
    for name in (me["id"], "Employee_ID=21000"):
        assert sandbox_manager.get(f"workers/{name}").json() == me
        assert sandbox_manager.get(f"workers/{name}/inboxTasks").json()["total"] == 127


def test_my_profile_has_the_documented_fields(sandbox_manager: Person) -> None:
    me = sandbox_manager.get("workers/me").json()
    assert set(me) == {
        "id",
        "descriptor",
        "href",
        "primaryWorkEmail",
        "primaryWorkPhone",
        "businessTitle",
        "isManager",
        "yearsOfService",
        "dateOfBirth",
        "primaryWorkAddressText",
        "primarySupervisoryOrganization",
        "location",
        "supervisoryOrganizationsManaged",
    }


def test_of_others_i_see_less(sandbox_manager: Person) -> None:
    other = sandbox_manager.get("workers/Employee_ID=21004").json()
    assert other["descriptor"] == "Saoirse O'Donnell"
    assert "dateOfBirth" not in other


def test_other_peoples_inboxes_are_closed(sandbox_client: ApiClient, sandbox_manager: Person) -> None:
    theirs = sandbox_client.process.tasks("executive")[0]
    answer = sandbox_manager.get("workers/Employee_ID=21004/inboxTasks")
    assert (answer.status_code, answer.json()) == (403, {"error": "permission denied", "code": "S22"})
    assert sandbox_manager.get(f"workers/me/inboxTasks/{theirs}").status_code == 404
    assert sandbox_manager.get(f"inboxTasks/{theirs}").status_code == 404


def test_an_empty_inbox_is_an_empty_list(sandbox_client: ApiClient) -> None:
    assert sandbox_client.person("newcomer").inbox() == {"total": 0, "data": []}


def test_the_employee_has_nothing_to_approve(sandbox_client: ApiClient) -> None:
    types = {task["stepType"]["descriptor"] for task in sandbox_client.person("employee").inbox()["data"]}
    assert types == {"To Do", "Review Documents", "Complete Questionnaire", "Action"}


def test_a_cached_list_goes_on_showing_what_is_done(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    sandbox_tenant.settings(list_cache_seconds=60)
    task = sandbox_manager.inbox()["data"][0]["id"]
    sandbox_tenant.decide(task, "manager", comment="done")
    assert sandbox_manager.inbox()["data"][0]["id"] == task
    assert sandbox_manager.get(f"inboxTasks/{task}").status_code == 404
    sandbox_tenant.settings(list_cache_seconds=0)
    assert sandbox_manager.inbox()["data"][0]["id"] != task


def test_hrefs_can_name_another_host(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    sandbox_tenant.settings(href_origin="https://api.workday.com")
    assert sandbox_manager.inbox()["data"][0]["href"].startswith("https://api.workday.com/ccx/api/api/v1/acme/")
