from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from audit.models import Event
from connections.models import Connection
from inbox.bulk import expanding
from inbox.bulk.choosing import draft
from inbox.bulk.progress import PAGE
from inbox.models import Batch, Decision, InboxTask
from inbox.models.decision import from_now
from inbox.states import Action, State
from tests.conftest import make_task
from tests.inbox.batches import page

pytestmark = pytest.mark.django_db


def _confirmed(user: User, connection: Connection, count: int, action: Action = Action.APPROVE) -> Batch:
    batch = draft(user, action, [make_task(connection, process=f"Hire: {number}") for number in range(count)])
    expanding.confirm(batch, "Fine.", [])
    expanding.expand(batch.pk)
    batch.refresh_from_db()
    return batch


def _end(batch: Batch, position: int, state: State, **fields: object) -> Decision:
    """Let one of its decisions end so, as a worker would have."""
    decision = Decision.objects.get(batch_item__batch=batch, batch_item__position=position)
    if state != State.CANCELLED:
        Decision.objects.filter(pk=decision.pk).update(state=State.CLAIMED, fence=1)
    now = timezone.now()
    Decision.objects.filter(pk=decision.pk).update(state=state, updated_at=now, settled_at=now, **fields)
    if state in (State.APPLIED, State.ALREADY_DECIDED):
        InboxTask.objects.filter(pk=decision.task_id).update(closed_at=now)
    return decision


def _poll(client: Client, batch: Batch, **query: str) -> str:
    moment = (timezone.now() - datetime.timedelta(seconds=60)).isoformat()
    url = reverse("inbox:batch_changes", args=[batch.pk])
    answer = client.get(url, {"cursor": moment, "last": "500", **query}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_while_it_runs_the_page_and_the_inbox_say_how_far_it_is_and_never_approved(
    signed_in: Client, owner: User, connection: Connection
) -> None:
    batch = _confirmed(owner, connection, 3)
    _end(batch, 0, State.APPLIED)

    for shown in (page(signed_in, batch), signed_in.get("/inbox/").content.decode()):
        assert "Approving 3: 1 done" in shown
        assert "3 approved" not in shown
    assert "every 1s" in page(signed_in, batch)


def test_at_the_end_one_line_says_what_became_of_all(signed_in: Client, owner: User, connection: Connection) -> None:
    batch = _confirmed(owner, connection, 6)
    for position, state in enumerate(
        (State.APPLIED, State.APPLIED, State.ALREADY_DECIDED, State.REFUSED, State.CANCELLED, State.MANUAL)
    ):
        _end(batch, position, state)

    line = "2 approved, 1 already decided in Workday, 2 need you, 1 undone"
    for shown in (
        page(signed_in, batch),
        signed_in.get("/inbox/").content.decode(),
        signed_in.get("/inbox/decided").content.decode(),
    ):
        assert line in shown
    assert "every 15s" in page(signed_in, batch)


def test_the_inbox_forgets_an_ended_batch_after_a_while_and_the_decided_page_does_not(
    signed_in: Client, owner: User, connection: Connection
) -> None:
    batch = _confirmed(owner, connection, 1, Action.REJECT)
    _end(batch, 0, State.APPLIED)
    Batch.objects.update(confirmed_at=from_now(-3600))

    assert "1 rejected" not in signed_in.get("/inbox/").content.decode()
    assert "1 rejected" in signed_in.get("/inbox/decided").content.decode()


def test_what_still_runs_stays_on_the_inbox_however_long_it_takes(
    signed_in: Client, owner: User, connection: Connection
) -> None:
    _confirmed(owner, connection, 2)
    Batch.objects.update(confirmed_at=from_now(-3600))

    assert "Approving 2: 0 done" in signed_in.get("/inbox/").content.decode()


@pytest.mark.parametrize("person", ["colleague", "stranger", "administrator"])
def test_nobody_elses_pages_tell_of_it(
    client: Client, owner: User, connection: Connection, person: str, request: pytest.FixtureRequest
) -> None:
    _confirmed(owner, connection, 2)
    client.force_login(request.getfixturevalue(person))

    for address in ("/inbox/", "/inbox/decided"):
        assert "Approving 2" not in client.get(address).content.decode()


def test_each_task_tells_its_own_state_and_why(signed_in: Client, owner: User, connection: Connection) -> None:
    batch = draft(owner, Action.APPROVE, [make_task(connection, process=f"Hire: {number}") for number in range(4)])
    expanding.confirm(batch, "", [])
    InboxTask.objects.filter(process="Hire: 3").update(closed_at=timezone.now())
    expanding.expand(batch.pk)
    _end(batch, 0, State.REFUSED, reason="Workday says no.")

    shown = page(signed_in, batch)

    for words in ("Workday says no.", "Accepted, sending", "This task no longer waits for you in Workday."):
        assert words in shown
    assert "Need you (1)" in shown
    assert "Left out (1)" in shown


def test_one_group_can_be_looked_at_alone(signed_in: Client, owner: User, connection: Connection) -> None:
    batch = _confirmed(owner, connection, 3)
    _end(batch, 1, State.REFUSED)

    shown = page(signed_in, batch, show="needs-you")

    assert "Hire: 1" in shown
    assert "Hire: 0" not in shown


def test_a_poll_brings_what_changed_and_nothing_else(signed_in: Client, owner: User, connection: Connection) -> None:
    batch = _confirmed(owner, connection, 3)
    batch.items.update(handled_at=from_now(-3600))
    Decision.objects.update(updated_at=from_now(-3600))
    changed = _end(batch, 1, State.APPLIED)

    shown = _poll(signed_in, batch)

    assert f'id="item-{changed.nonce}" hx-swap-oob="true"' in shown
    assert shown.count('id="item-') == 1
    assert "Approving 3: 1 done" in shown


def test_a_poll_of_one_group_brings_that_group(signed_in: Client, owner: User, connection: Connection) -> None:
    batch = _confirmed(owner, connection, 3)
    refused = _end(batch, 1, State.REFUSED)

    shown = _poll(signed_in, batch, show="needs-you")

    assert '<ul class="tasks" id="items" hx-swap-oob="true">' in shown
    assert shown.count('id="item-') == 1
    assert f'id="item-{refused.nonce}">' in shown


def test_a_long_batch_is_shown_page_by_page_and_polled_a_page_at_a_time(
    signed_in: Client, owner: User, connection: Connection, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    batch = _confirmed(owner, connection, PAGE + 5)

    assert page(signed_in, batch).count('id="item-') == PAGE
    assert page(signed_in, batch, after=str(PAGE)).count('id="item-') == 5
    with django_assert_num_queries(8):
        assert _poll(signed_in, batch).count('id="item-') == PAGE


def test_mangled_numbers_are_no_error(signed_in: Client, owner: User, connection: Connection) -> None:
    batch = _confirmed(owner, connection, 1)

    for number in ("x", "-1", "9" * 50, "٣"):
        assert "Hire: 0" in page(signed_in, batch, show="nonsense", after=number)
        _poll(signed_in, batch, after=number, last=number)


def test_undo_all_takes_back_what_has_not_begun_and_no_more(
    signed_in: Client, owner: User, connection: Connection
) -> None:
    batch = _confirmed(owner, connection, 3)
    begun = Decision.objects.get(batch_item__position=0)
    Decision.objects.filter(pk=begun.pk).update(state=State.CLAIMED, fence=1)
    assert "Undo all" in page(signed_in, batch)

    shown = signed_in.post(reverse("inbox:undo_batch", args=[batch.pk]), follow=True).content.decode()

    assert "2 tasks undone; nothing was sent for them." in shown
    assert sorted(Decision.objects.values_list("state", flat=True)) == ["cancelled", "cancelled", "claimed"]
    assert Event.objects.filter(verb="decision.cancelled").count() == 2


def test_undo_reaches_what_is_no_decision_yet(signed_in: Client, owner: User, connection: Connection) -> None:
    batch = draft(owner, Action.APPROVE, [make_task(connection) for _ in range(3)])
    expanding.confirm(batch, "", [])

    signed_in.post(reverse("inbox:undo_batch", args=[batch.pk]))
    expanding.expand(batch.pk)

    assert not Decision.objects.exists()
    assert "3 left out" in page(signed_in, batch)


def test_after_the_window_undo_says_that_it_is_too_late(signed_in: Client, owner: User, connection: Connection) -> None:
    batch = _confirmed(owner, connection, 2)
    Decision.objects.update(not_before=from_now(-1))

    assert "Undo all" not in page(signed_in, batch)
    answer = signed_in.post(reverse("inbox:undo_batch", args=[batch.pk]), follow=True)

    assert "Too late to undo" in answer.content.decode()
    assert set(Decision.objects.values_list("state", flat=True)) == {State.QUEUED}


def test_trying_again_makes_a_new_draft_of_what_failed_and_still_waits(
    signed_in: Client, owner: User, connection: Connection
) -> None:
    batch = _confirmed(owner, connection, 4)
    _end(batch, 0, State.APPLIED)
    refused = _end(batch, 1, State.REFUSED)
    gone = _end(batch, 2, State.REFUSED)
    _end(batch, 3, State.CANCELLED)
    InboxTask.objects.filter(pk=gone.task_id).update(closed_at=timezone.now())
    assert "Try the failed ones again" in page(signed_in, batch)

    answer = signed_in.post(reverse("inbox:retry_batch", args=[batch.pk]))

    again = Batch.objects.exclude(pk=batch.pk).get()
    assert answer["Location"] == reverse("inbox:batch", args=[again.pk])
    assert again.is_draft
    assert [item.task_id for item in again.items.all()] == [refused.task_id]


def test_there_is_nothing_to_try_again_while_it_runs_or_when_all_went_well(
    signed_in: Client, owner: User, connection: Connection
) -> None:
    batch = _confirmed(owner, connection, 2)
    _end(batch, 0, State.REFUSED)
    assert "Try the failed ones again" not in page(signed_in, batch)

    InboxTask.objects.update(closed_at=timezone.now())
    shown = signed_in.post(reverse("inbox:retry_batch", args=[batch.pk]), follow=True).content.decode()

    assert "None of these tasks can be tried again" in shown
    assert Batch.objects.count() == 1


def test_workdays_words_cannot_become_markup_on_the_batchs_page(
    signed_in: Client, owner: User, connection: Connection
) -> None:
    batch = draft(owner, Action.APPROVE, [make_task(connection, process="<script>alert(1)</script>", subject="<b>x")])
    expanding.confirm(batch, "<i>comment</i>", [])
    expanding.expand(batch.pk)
    _end(batch, 0, State.REFUSED, reason="<img src=x>")

    shown = page(signed_in, batch)

    for markup in ("<script>alert", "<b>x", "<img src=x", "<i>comment"):
        assert markup not in shown
