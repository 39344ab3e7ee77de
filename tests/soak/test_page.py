"""What the soak's people read on the inbox page is what the product renders there."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import Connection
from inbox.models import SendBackTargets
from soak import page
from tests.conftest import make_task

pytestmark = pytest.mark.django_db


def test_a_row_s_form_is_found_with_its_nonce_and_sent_as_it_is(signed_in: Client, connection: Connection) -> None:
    task = make_task(connection)

    [form] = page.forms(signed_in.get("/inbox/").content.decode())
    assert form.task == str(task.pk)
    answer = signed_in.post(form.path, {**form.fields, "action": "approve"}, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    undone = signed_in.post(page.undo_path(answer.content.decode()), headers={"HX-Request": "true"})
    assert "Undone" in undone.content.decode()


def test_a_broken_connection_and_a_sign_in_page_are_told_apart(signed_in: Client, connection: Connection) -> None:
    healthy = signed_in.get("/inbox/").content.decode()
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.NEEDS_RECONNECT)
    broken = signed_in.get("/inbox/").content.decode()

    assert (page.is_broken(healthy), page.is_broken(broken)) == (False, True)
    assert page.is_sign_in(Client().get("/account/login/").content.decode())
    assert not page.is_sign_in(broken)


def test_a_row_leads_to_sending_back_and_its_page_s_form_is_found(signed_in: Client, connection: Connection) -> None:
    task = make_task(connection)
    [form] = page.forms(signed_in.get("/inbox/").content.decode())
    assert page.send_back_form(signed_in.get(form.send_back).content.decode(), form) is None

    now = timezone.now()
    told = [["t" * 32, "Initiation"]]
    SendBackTargets.objects.filter(task=task).update(targets=told, asked_at=now, told_at=now)
    offered = page.send_back_form(signed_in.get(form.send_back).content.decode(), form)
    assert offered
    answer = signed_in.post(form.send_back, {**offered.fields, "comment": "Please look again."})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/inbox/")
