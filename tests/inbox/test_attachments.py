from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from connections.models import Connection
from inbox.detail import files
from inbox.detail.content import Content
from inbox.models import InboxTask, TaskDetail
from tests.inbox.details import FILE, fetched, mirrored, told
from tests.sandbox.process import SandboxProcess

far_side = pytest.mark.django_db(transaction=True)


def _url(task: InboxTask, file_id: str) -> str:
    return reverse("inbox:attachment", args=[task.pk, file_id])


def _attached(far: SandboxProcess, connection: Connection, **file: Any) -> tuple[InboxTask, str]:
    """A fetched task with one file at Workday, and the file's id."""
    task = mirrored(far, connection, "expense")
    usual = {
        "id": "f" * 32,
        "name": "receipts.csv",
        "content_type": "text/csv",
        "description": "",
        "date": "2026-11-02",
        "uploader": far.people()["planner"]["id"],
        "content": "item;amount\n",
    }
    far.edit(task.wid, attachments=[{**usual, **file}])
    return task, Content.read(fetched(task).content).files[0].id


@far_side
def test_a_file_comes_as_it_is_at_workday(
    far: SandboxProcess, manager: Connection, client: Client, owner: User
) -> None:
    client.force_login(owner)
    task, file = _attached(far, manager)

    answer = client.get(_url(task, file))

    assert answer.content == b"item;amount\n"
    assert answer["Content-Type"] == "text/csv"
    assert answer["Content-Disposition"] == 'attachment; filename="receipts.csv"'


@far_side
@pytest.mark.parametrize(
    ("name", "content_type"), [("page.html", "text/html"), ("drawing.svg", "image/svg+xml"), ("tool.exe", "text/plain")]
)
def test_what_a_browser_could_run_is_only_bytes(
    far: SandboxProcess, manager: Connection, client: Client, owner: User, name: str, content_type: str
) -> None:
    client.force_login(owner)
    task, file = _attached(far, manager, name=name, content_type=content_type, content="<script>alert(1)</script>")

    answer = client.get(_url(task, file))

    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer["Cache-Control"]


@far_side
def test_who_fetched_which_task_s_file_is_on_the_record_without_its_name(
    far: SandboxProcess, manager: Connection, client: Client, owner: User
) -> None:
    client.force_login(owner)
    task, file = _attached(far, manager, name="Diagnosis of Ines.pdf")

    client.get(_url(task, file))

    event = Event.objects.get(verb="attachment.downloaded")
    assert (event.actor, event.subject, event.data) == (owner.pk, task.pk, {"bytes": 12})


@far_side
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"kind": "status", "status": 403, "code": "S22"}, "Workday did not give this file (S22)."),
        ({"kind": "status", "status": 404}, "Workday did not give this file (http-404)."),
        ({"kind": "status", "status": 500}, "Workday did not give this file (http-500)."),
        ({"kind": "drop_before"}, "Workday did not send this file"),
        ({"kind": "redirect", "location": "https://elsewhere.example/"}, "Workday did not send this file"),
        ({"kind": "huge", "size": 11 * 1024 * 1024}, "Workday did not send this file, or it is too large."),
    ],
    ids=["forbidden", "gone", "broken", "dropped", "led-away", "endless"],
)
def test_a_file_that_cannot_be_had_is_told_and_leads_to_workday(
    far: SandboxProcess, manager: Connection, client: Client, owner: User, fault: dict[str, Any], sentence: str
) -> None:
    client.force_login(owner)
    task, file = _attached(far, manager)
    far.fault("*/attachments/*", **fault)

    answer = client.get(_url(task, file))

    assert answer.status_code == 502
    assert sentence in answer.content.decode()
    assert manager.tenant.home_url in answer.content.decode()
    assert not Event.objects.filter(verb="attachment.downloaded").exists()


@pytest.mark.django_db
def test_a_file_that_is_known_to_be_too_large_is_not_asked_for(signed_in: Client, task: InboxTask) -> None:
    told(task, files=[FILE])
    TaskDetail.objects.update(content={**TaskDetail.objects.get().content, "files": [_sized(11 * 1024 * 1024)]})

    answer = signed_in.get(_url(task, FILE.id))

    assert "too large to come through here" in answer.content.decode()


@pytest.mark.django_db
def test_slow_downloads_leave_room_for_everybody_else(signed_in: Client, task: InboxTask) -> None:
    told(task, files=[FILE])
    with files._places, files._places:
        answer = signed_in.get(_url(task, FILE.id))

    assert "Other files are being fetched just now." in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("file_id", ["0" * 32, "..", "workers", "x" * 300])
def test_only_files_that_workday_named_for_this_task_can_be_asked_for(
    signed_in: Client, task: InboxTask, file_id: str
) -> None:
    told(task, files=[FILE])

    assert signed_in.get(_url(task, file_id)).status_code == 404


@pytest.mark.django_db
def test_before_anything_was_told_there_is_no_file(signed_in: Client, task: InboxTask) -> None:
    assert signed_in.get(_url(task, FILE.id)).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("person", ["colleague", "stranger", "administrator"])
def test_nobody_else_gets_it(client: Client, task: InboxTask, person: str, request: pytest.FixtureRequest) -> None:
    told(task, files=[FILE])
    client.force_login(request.getfixturevalue(person))

    assert client.get(_url(task, FILE.id)).status_code == 404


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "_._etc_passwd"),
        ("C:\\Windows\\run.exe", "C__Windows_run.exe"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"),
        ('say "hi".txt', "say _hi_.txt"),
        (".htaccess", "htaccess"),
        ("con. . .", "con"),
        ("", "attachment"),
        ("\u200b\u2028", "attachment"),
        ("Überweisung 2026.pdf", "Überweisung 2026.pdf"),
        ("x" * 500 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(name: str, safe: str) -> None:
    assert files.safe_name(name) == safe


def _sized(size: int) -> dict[str, Any]:
    return {
        "id": FILE.id,
        "name": FILE.name,
        "size": size,
        "content_type": "",
        "note": "",
        "who": "",
        "when": "",
    }
