"""Many decisions at once at a real sandbox tenant: what matters is what its ledger shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from connections import failpoints
from connections.models import Connection
from inbox import tasks as celery_tasks
from inbox.bulk import expanding
from inbox.bulk.choosing import draft
from inbox.bulk.progress import progress_of
from inbox.drain import drain
from inbox.kinds import decidable
from inbox.models import Batch, InboxTask
from inbox.states import Action
from inbox.sync import sync_inbox
from tests.inbox.batches import page, press
from tests.sandbox.process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def points() -> Iterator[None]:
    yield
    failpoints.disarm()


def _newest(connection: Connection, count: int) -> list[InboxTask]:
    sync_inbox(connection.pk)
    tasks = InboxTask.objects.filter(decidable(), connection=connection).open()
    return list(tasks.select_related("connection__tenant").order_by("-assigned_at", "id")[:count])


def _draft(connection: Connection, tasks: list[InboxTask]) -> Batch:
    assert connection.user
    return draft(connection.user, Action.APPROVE, tasks)


def _approved(far: SandboxProcess) -> list[str]:
    """The tasks that the tenant was asked to approve, one entry for each time."""
    return sorted(seen["path"].split("/")[-2] for seen in far.ledger(path="/approve", method="POST"))


def _words(batch: Batch) -> str:
    batch.refresh_from_db()
    return progress_of([batch])[0].words


def test_each_is_sent_once_as_the_decider(far: SandboxProcess, manager: Connection) -> None:
    tasks = _newest(manager, 5)
    batch = _draft(manager, tasks)
    expanding.confirm(batch, "All fine.", [])
    expanding.expand(batch.pk)

    drain(manager.tenant_id)

    writes = far.ledger(path="/approve", method="POST")
    assert _approved(far) == sorted(task.wid for task in tasks)
    assert {(seen["worker"]["id"], seen["body"]["comment"]) for seen in writes} == {(manager.worker_wid, "All fine.")}
    assert _words(batch) == "5 approved"


def test_what_was_decided_or_changed_in_workday_after_the_summary_is_not_sent(
    far: SandboxProcess, manager: Connection
) -> None:
    elsewhere, changed, fine = tasks = _newest(manager, 3)
    batch = _draft(manager, tasks)
    far.decide(elsewhere.wid, "manager", "deny", comment="No.")
    far.edit(changed.wid, process="Something else: entirely")
    expanding.confirm(batch, "", [])
    expanding.expand(batch.pk)

    drain(manager.tenant_id)

    assert _approved(far) == [fine.wid]
    assert _words(batch) == "1 approved, 1 already decided in Workday, 1 needs you"


def test_a_web_process_that_dies_half_way_leaves_every_task_sent_once(
    far: SandboxProcess, manager: Connection, client: Client, points: None
) -> None:
    tasks = _newest(manager, expanding.CHUNK + 5)
    batch = _draft(manager, tasks)
    assert manager.user
    client.force_login(manager.user)
    summary = page(client, batch)
    failpoints.arm("decide-committed:raise")
    with pytest.raises(failpoints.Reached):
        press(client, batch, summary)
    drain(manager.tenant_id)
    assert len(_approved(far)) == expanding.CHUNK

    for batch_id in expanding.unfinished():
        celery_tasks.expand_batch(str(batch_id))
    press(client, batch, summary)
    drain(manager.tenant_id)

    assert _approved(far) == sorted(task.wid for task in tasks)
    assert _words(batch) == f"{expanding.CHUNK + 5} approved"
