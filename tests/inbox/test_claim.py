from __future__ import annotations

import threading

import pytest
from django.db import connection as database
from django.db.models import F

from audit.models import Event
from connections import failpoints
from inbox.claim import claim
from inbox.models import Decision, InboxTask, LeaseLost
from inbox.models.decision import from_now
from inbox.states import State
from tests.conftest import make_decision, make_task

pytestmark = pytest.mark.django_db


def _state(decision: Decision) -> str:
    return Decision.objects.values_list("state", flat=True).get(pk=decision.pk)


def test_a_due_decision_is_leased_and_its_fence_rises(task: InboxTask) -> None:
    decision = make_decision(task)

    [claimed] = claim(decision.tenant_id, 5)

    assert (claimed.pk, claimed.state, claimed.fence) == (decision.pk, State.CLAIMED, 1)


def test_a_leased_decision_is_left_alone_until_its_lease_has_run_out(task: InboxTask) -> None:
    decision = make_decision(task)
    claim(decision.tenant_id, 5)

    assert claim(decision.tenant_id, 5) == []

    Decision.objects.filter(pk=decision.pk).update(next_at=from_now(-1))
    assert [d.fence for d in claim(decision.tenant_id, 5)] == [2]


def test_within_the_undo_window_nothing_is_claimed(task: InboxTask) -> None:
    decision = make_decision(task, not_before=from_now(5), next_at=from_now(5))

    assert claim(decision.tenant_id, 5) == []


def test_a_decision_whose_worker_died_while_sending_becomes_uncertain_and_never_claimed(task: InboxTask) -> None:
    decision = make_decision(task)
    [claimed] = claim(decision.tenant_id, 5)
    claimed.move(State.SENDING, seconds=-1)

    [again] = claim(decision.tenant_id, 5)

    assert again.state == State.UNCERTAIN
    assert again.uncertain_since is not None
    told = Event.objects.get(subject=decision.pk, verb="decision.uncertain")
    assert told.data == {"before": "sending", "code": "lease-lost"}


def test_a_worker_that_lost_its_lease_can_write_nothing_more(task: InboxTask) -> None:
    make_decision(task)
    [old] = claim(task.connection.tenant_id, 5)
    Decision.objects.filter(pk=old.pk).update(fence=F("fence") + 1)

    with pytest.raises(LeaseLost):
        old.mark_applied()
    with pytest.raises(LeaseLost):
        old.postpone(5)

    assert _state(old) == State.CLAIMED
    assert not Event.objects.filter(subject=old.pk, verb="decision.applied").exists()


def test_undo_before_the_window_closes_means_nothing_is_ever_claimed(task: InboxTask) -> None:
    decision = make_decision(task, not_before=from_now(5), next_at=from_now(5))

    assert decision.cancel()

    Decision.objects.filter(pk=decision.pk)
    assert claim(decision.tenant_id, 5) == []
    assert _state(decision) == State.CANCELLED


def test_undo_after_the_window_has_closed_is_refused(task: InboxTask) -> None:
    decision = make_decision(task)

    assert not decision.cancel()
    assert _state(decision) == State.QUEUED


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_lease_the_same_decision(task: InboxTask) -> None:
    for _ in range(20):
        make_decision(make_task(task.connection))
    taken: list[list[Decision]] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        for _ in range(5):
            taken.append(claim(task.connection.tenant_id, 2))
        database.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    ids = [decision.pk for some in taken for decision in some]
    assert len(ids) == 20
    assert len(set(ids)) == 20


def test_a_worker_frozen_right_after_its_claim_gets_nothing_that_another_has_leased_since(
    task: InboxTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = make_decision(task)
    taken_over: list[Decision] = []

    def sleep_past_the_lease(point: str) -> None:
        if point == "claimed" and not taken_over:
            Decision.objects.filter(pk=decision.pk).update(next_at=from_now(-1))
            monkeypatch.setattr(failpoints, "reach", lambda point: None)
            taken_over.extend(claim(decision.tenant_id, 5))

    monkeypatch.setattr(failpoints, "reach", sleep_past_the_lease)

    assert claim(decision.tenant_id, 5) == []
    assert [each.fence for each in taken_over] == [2]
