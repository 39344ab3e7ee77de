"""Three people for every test: the owner, a colleague at the same tenant, and a stranger; and an administrator."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection as database
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker

from accounts.models import User
from connections import tasks
from connections.models import Connection, Tenant
from inbox import facts
from inbox.evidence import AWAITING_ACTION
from inbox.kinds import APPROVAL_WID
from inbox.models import Decision, InboxTask
from inbox.models.decision import from_now
from inbox.states import Action

pytest_plugins = ["tests.attacks.table"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests that commit are cleaned up with TRUNCATE, which the audit record otherwise refuses."""
    with django_db_blocker.unblock(), database.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_event_no_truncate")


@pytest.fixture(scope="session", autouse=True)
def _plain_static_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Pages are made without collected static files, which only whole-system tests serve."""
    storages = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(STORAGES=storages, STATIC_ROOT=tmp_path_factory.mktemp("static")):
        yield


@pytest.fixture(autouse=True)
def _no_pause_from_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that one test took away must not keep the next test's hints back."""
    monkeypatch.setattr(tasks, "pause", tasks.Pause())


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("owner@example.test", name="Olive Owner")


@pytest.fixture
def colleague(db: None) -> User:
    return User.objects.create_user("colleague@example.test", name="Carl Colleague")


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("stranger@example.test", name="Sten Stranger")


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create_user("administrator@example.test", name="Ada Admin", is_administrator=True)


@pytest.fixture
def tenant(db: None) -> Tenant:
    origin = "http://127.0.0.1:8001"
    return Tenant.objects.create(
        key="acme",
        name="Acme",
        environment=Tenant.Environment.SANDBOX,
        rest_endpoint=f"{origin}/ccx/api/v1/acme",
        authorization_endpoint=f"{origin}/acme/authorize",
        token_endpoint=f"{origin}/ccx/oauth2/acme/token",
        client_id="client",
    )


@pytest.fixture
def connection(tenant: Tenant, owner: User) -> Connection:
    """The owner's connection, without tokens: enough for everything that calls nobody."""
    return Connection.objects.create(
        tenant=tenant, kind=Connection.Kind.PERSON, user=owner, worker_wid="a" * 32, worker_name="Olive Owner"
    )


@pytest.fixture
def colleague_connection(tenant: Tenant, colleague: User) -> Connection:
    return Connection.objects.create(
        tenant=tenant, kind=Connection.Kind.PERSON, user=colleague, worker_wid="b" * 32, worker_name="Carl Colleague"
    )


def make_task(connection: Connection, **fields: Any) -> InboxTask:
    """An approvable task in that connection's mirror."""
    wid = uuid.uuid4().hex
    usual = {
        "wid": wid,
        "title": "Approval by Manager",
        "subject": "Ines Ortega",
        "process": "Absence Request: Ines Ortega",
        "process_wid": uuid.uuid4().hex,
        "process_resource": "timeOffRequest",
        "step_type": "Approval",
        "step_type_wid": APPROVAL_WID,
        "status": "Awaiting Action",
        "status_wid": AWAITING_ACTION,
    }
    return InboxTask.objects.create(connection=connection, **{**usual, **fields})


@pytest.fixture
def task(connection: Connection) -> InboxTask:
    return make_task(connection)


def make_decision(task: InboxTask, user: User | None = None, **fields: Any) -> Decision:
    """A queued decision that is due now."""
    connection = task.connection
    usual = {
        "tenant": connection.tenant,
        "connection": connection,
        "user": user or connection.user,
        "task": task,
        "task_wid": task.wid,
        "worker_wid": connection.worker_wid,
        "action": Action.APPROVE,
        "comment": "Fine with me.",
        "shown": facts.of_task(task),
        "nonce": uuid.uuid4(),
        "not_before": from_now(0),
        "next_at": from_now(0),
    }
    return Decision.objects.create(**{**usual, **fields})


@pytest.fixture
def signed_in(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client
