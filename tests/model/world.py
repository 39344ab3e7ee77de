"""One small world for the model: a tenant, two people, three Workday workers, two tasks, two of our workers."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.utils import timezone

from accounts.models import User
from connections import linking, tenants
from connections.models import Connection, Tenant
from inbox import facts
from inbox.models import InboxTask
from inbox.states import Action
from tests.model.client import FarClient
from tests.model.drainer import Drainer
from tests.model.far_side import FarSide, Task, View, grant, shown_task
from workday.answers import Worker
from workday.secret import Secret

OLIVE, CARL, OTHER = "a" * 32, "b" * 32, "c" * 32
SHARED, OWN = "5" * 31 + "0", "5" * 31 + "1"
ORIGIN = "http://127.0.0.1:8001"


@dataclass(frozen=True, slots=True)
class Click:
    """What a browser was told to be accepted."""

    user: uuid.UUID
    worker: str
    task: str
    action: Action
    comment: str
    nonce: uuid.UUID
    shown: facts.Facts


@dataclass(slots=True)
class World:
    far: FarSide
    tenant: Tenant
    drainers: list[Drainer]
    clicks: dict[uuid.UUID, Click] = field(default_factory=dict)


def build() -> None:
    """The rows that every example begins with."""
    tenant = Tenant(
        key="acme",
        name="Acme",
        environment=Tenant.Environment.SANDBOX,
        rest_endpoint=f"{ORIGIN}/ccx/api/v1/acme",
        authorization_endpoint=f"{ORIGIN}/acme/authorize",
        token_endpoint=f"{ORIGIN}/ccx/oauth2/acme/token",
        client_id="client",
    )
    tenants.set_client_secret(tenant, Secret("client-secret"))
    tenant.save()
    for name, wid in (("olive", OLIVE), ("carl", CARL)):
        user = User.objects.create_user(f"{name}@example.test", name=name.title())
        connection = linking.store_person(user, tenant, grant(wid), Worker(wid, name.title()))
        for task in new_tasks().values():
            if task.awaits(wid):
                InboxTask.objects.create(connection=connection, wid=task.wid, **facts.mirrored(shown_task(task)))


def new_tasks() -> dict[str, Task]:
    """One task that waits for both people, and one that waits for Olive and for whom else she may connect as."""
    return {SHARED: Task(SHARED, {OLIVE, CARL}), OWN: Task(OWN, {OLIVE, OTHER})}


def world(view: View) -> World:
    decide_by = Tenant.DecideBy.INBOX_TASK if view.classic else Tenant.DecideBy.BUSINESS_PROCESS
    Tenant.objects.update(decide_by=decide_by)
    tenant = Tenant.objects.get()
    far = FarSide.present = FarSide(view, new_tasks())
    return World(far, tenant, [Drainer(far, tenant), Drainer(far, tenant)])


def connection_of(email: str) -> Connection:
    return Connection.objects.select_related("tenant", "user").get(user__email=email)


def look_at_inbox(far: FarSide, connection: Connection) -> None:
    """Bring the mirror of one inbox up to date, as a sync does."""
    now = timezone.now()
    rows = [
        InboxTask(
            connection=connection,
            wid=task.wid,
            closed_at=None if task.awaits(connection.worker_wid) else now,
            **facts.mirrored(shown_task(task)),
        )
        for task in far.tasks.values()
    ]
    InboxTask.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["connection", "wid"],
        update_fields=[*facts.COLUMNS, "closed_at"],
    )


def reconnect(far: FarSide, connection: Connection, wid: str) -> bool:
    """Connect as this Workday worker; whether that was accepted."""
    far.revoked.discard(wid)
    assert connection.user is not None
    try:
        linking.store_person(connection.user, connection.tenant, grant(wid), Worker(wid, "Somebody"))
    except linking.Refused:
        return False
    return True


@contextlib.contextmanager
def in_memory(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the calls of the product end at the far side in memory; everything before that is the real code."""
    with patch.context() as patches:
        patches.setattr("inbox.calls.workday_for", lambda connection, token, far: FarClient(far, token))
        patches.setattr("inbox.calls.databases", _KeptOpen())
        patches.setattr("connections.clients.new_session", lambda: contextlib.nullcontext(FarSide.present))
        patches.setattr("workday.oauth.refresh", lambda far, client, refresh_token: far.refresh(refresh_token))
        yield


class _KeptOpen:
    """The model's calls are made on the test's own thread, whose database connection holds the example's work."""

    def close_all(self) -> None:
        return None
