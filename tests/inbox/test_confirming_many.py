from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.db import connection as database
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from audit.models import Event
from connections import failpoints
from connections.models import Connection
from inbox import tasks as celery_tasks
from inbox.bulk import expanding
from inbox.bulk.choosing import MOST, draft
from inbox.models import Batch, BatchItem, Decision, InboxTask
from inbox.states import Action, State
from tests.conftest import make_decision, make_task
from tests.inbox.batches import choose, confirm, page, press

pytestmark = pytest.mark.django_db


@pytest.fixture
def points() -> Iterator[None]:
    yield
    failpoints.disarm()


def _many(connection: Connection, count: int) -> list[InboxTask]:
    return [make_task(connection, process=f"Hire: {number}") for number in range(count)]


def test_every_task_becomes_one_decision_with_the_one_comment(signed_in: Client, connection: Connection) -> None:
    batch = choose(signed_in, *_many(connection, 3), action="reject")

    answer = confirm(signed_in, batch, "Not this year.")

    assert answer.status_code == 302
    decisions = list(Decision.objects.all())
    assert {(each.action, each.comment, each.state) for each in decisions} == {
        ("reject", "Not this year.", State.QUEUED)
    }
    assert len(decisions) == 3
    assert Event.objects.filter(verb="decision.queued", subject__in=[each.pk for each in decisions]).count() == 3
    assert Event.objects.filter(verb="batch.confirmed", subject=batch.pk).count() == 1


def test_approving_without_a_comment_carries_the_default_one_workday_requires(
    signed_in: Client, task: InboxTask
) -> None:
    confirm(signed_in, choose(signed_in, task))

    assert Decision.objects.get().comment == "Approved with Countersign."


def test_confirming_twice_is_confirming_once(signed_in: Client, connection: Connection) -> None:
    batch = choose(signed_in, *_many(connection, 3))
    summary = page(signed_in, batch)

    for comment in ("First.", "Second."):
        assert press(signed_in, batch, summary, comment).status_code == 302

    assert [each.comment for each in Decision.objects.all()] == ["First."] * 3
    assert Event.objects.filter(verb="batch.confirmed").count() == 1


def test_what_happens_between_summary_and_click_leaves_only_those_tasks_out(
    signed_in: Client, connection: Connection
) -> None:
    closed, changed, busy, fine = _many(connection, 4)
    batch = choose(signed_in, closed, changed, busy, fine)
    summary = page(signed_in, batch)
    InboxTask.objects.filter(pk=closed.pk).update(closed_at=timezone.now())
    InboxTask.objects.filter(pk=changed.pk).update(subject="Somebody else")
    make_decision(busy, action=Action.REJECT)

    press(signed_in, batch, summary)

    assert set(batch.items.exclude(decision=None).values_list("task", flat=True)) == {fine.pk}
    assert {item.task_id: item.skipped for item in batch.items.filter(decision=None)} == {
        closed.pk: "This task no longer waits for you in Workday.",
        changed.pk: "This task has changed since it was shown to you. Nothing was sent; look at it again.",
        busy.pk: "A decision on this task is already under way.",
    }
    assert Decision.objects.get(task=busy).action == Action.REJECT


def test_what_the_summary_left_out_is_not_sent_even_if_it_could_be_by_now(
    signed_in: Client, connection: Connection
) -> None:
    moved, fine = _many(connection, 2)
    batch = choose(signed_in, moved, fine)
    InboxTask.objects.filter(pk=moved.pk).update(title="Another step")
    summary = page(signed_in, batch)
    InboxTask.objects.filter(pk=moved.pk).update(title=moved.title)

    press(signed_in, batch, summary)

    assert [each.task_id for each in Decision.objects.all()] == [fine.pk]


def test_a_task_that_was_given_to_somebody_else_here_is_left_out(
    signed_in: Client, connection: Connection, colleague: User
) -> None:
    [task] = _many(connection, 1)
    batch = choose(signed_in, task)
    summary = page(signed_in, batch)
    Connection.objects.update(user=colleague)

    press(signed_in, batch, summary)

    assert not Decision.objects.exists()
    assert batch.items.get().skipped == "This task is no longer in an inbox of yours."


def test_a_shared_task_that_a_colleague_is_deciding_is_not_decided_again(
    signed_in: Client, connection: Connection, colleague_connection: Connection
) -> None:
    mine, other = _many(connection, 2)
    batch = choose(signed_in, mine, other)
    summary = page(signed_in, batch)
    make_decision(make_task(colleague_connection, wid=mine.wid))

    press(signed_in, batch, summary)

    assert batch.items.get(task=mine).skipped == "A decision on this task is already under way."
    assert Decision.objects.filter(task_wid=mine.wid).count() == 1


@pytest.mark.parametrize("point", ["decide-before-commit", "decide-committed"])
@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_half_way_loses_and_doubles_nothing(
    signed_in: Client, connection: Connection, points: None, point: str
) -> None:
    batch = choose(signed_in, *_many(connection, expanding.CHUNK + 10))
    summary = page(signed_in, batch)
    failpoints.arm(f"{point}:raise")

    with pytest.raises(failpoints.Reached):
        press(signed_in, batch, summary)

    assert Decision.objects.count() == (0 if point == "decide-before-commit" else expanding.CHUNK)
    assert f"Approving {expanding.CHUNK + 10}: 0 done" in page(signed_in, batch)
    _sweep()
    assert Decision.objects.count() == expanding.CHUNK + 10
    assert not BatchItem.objects.pending().exists()
    assert expanding.unfinished() == []


@pytest.mark.django_db(transaction=True)
def test_pressing_again_after_a_crash_goes_on_where_it_was(
    signed_in: Client, connection: Connection, points: None
) -> None:
    batch = choose(signed_in, *_many(connection, expanding.CHUNK + 10))
    summary = page(signed_in, batch)
    failpoints.arm("decide-committed:raise")
    with pytest.raises(failpoints.Reached):
        press(signed_in, batch, summary)

    assert press(signed_in, batch, summary).status_code == 302

    assert Decision.objects.count() == expanding.CHUNK + 10


@pytest.mark.django_db(transaction=True)
def test_many_processes_at_one_batch_make_each_decision_once(owner: User, connection: Connection) -> None:
    tasks = _many(connection, expanding.CHUNK * 3)
    batch = draft(owner, Action.APPROVE, tasks)
    expanding.confirm(batch, "", [])

    threads = [threading.Thread(target=_expand_apart, args=[batch]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    expanding.expand(batch.pk)

    assert Decision.objects.count() == len(tasks)
    assert Event.objects.filter(verb="decision.queued").count() == len(tasks)
    assert not BatchItem.objects.pending().exists()


def _expand_apart(batch: Batch) -> None:
    try:
        expanding.expand(batch.pk)
    finally:
        database.close()


def test_a_confirmation_that_takes_long_is_left_to_a_worker(
    owner: User, connection: Connection, settings: LazySettings
) -> None:
    batch = draft(owner, Action.APPROVE, _many(connection, expanding.CHUNK + 1))
    expanding.confirm(batch, "", [])

    is_done, tenants = expanding.expand(batch.pk, seconds=-1)

    assert not is_done
    assert tenants == {connection.tenant_id}
    assert Decision.objects.count() == expanding.CHUNK
    celery_tasks.expand_batch(str(batch.pk))
    assert Decision.objects.count() == expanding.CHUNK + 1


def test_a_draft_is_never_expanded(owner: User, task: InboxTask) -> None:
    batch = draft(owner, Action.APPROVE, [task])

    expanding.expand(batch.pk)

    assert not Decision.objects.exists()


def test_five_hundred_at_once_take_as_many_queries_per_chunk_as_ten(
    owner: User, connection: Connection, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    batch = draft(owner, Action.APPROVE, _many(connection, MOST))
    expanding.confirm(batch, "", [])

    with django_assert_num_queries(MOST // expanding.CHUNK * QUERIES_PER_CHUNK + QUERIES_AT_THE_END):
        expanding.expand(batch.pk)

    assert Decision.objects.count() == MOST


# A savepoint and its release, the batch, its items, their tasks, decisions, which of them, events, items, tenants.
QUERIES_PER_CHUNK = 10
QUERIES_AT_THE_END = 5


def _sweep() -> None:
    for batch_id in expanding.unfinished():
        celery_tasks.expand_batch(str(batch_id))
