from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from connections.models import Connection, Tenant
from inbox.bulk.choosing import DRAFTS_KEPT, MOST
from inbox.models import Batch, Decision, InboxSync, InboxTask
from inbox.rows import PAGE
from tests.conftest import make_decision, make_task
from tests.inbox.batches import choose, confirm, page

pytestmark = pytest.mark.django_db

BULK = "/inbox/bulk"
TO_DO = {"step_type": "To Do", "step_type_wid": ""}


def _messages(client: Client, form: dict[str, object]) -> str:
    return client.post(BULK, form, follow=True).content.decode()


def test_each_row_that_can_be_decided_can_be_chosen_and_says_which_it_is(
    signed_in: Client, connection: Connection
) -> None:
    chosen = make_task(connection, process="Hire: Tom")
    other = make_task(connection, **TO_DO)

    shown = signed_in.get("/inbox/").content.decode()

    assert f'<input type="checkbox" form="bulk" name="task" value="{chosen.pk}">' in shown
    assert "Choose Hire: Tom" in shown
    assert f'name="task" value="{other.pk}"' not in shown


def test_the_summary_tells_what_how_many_whose_and_where(signed_in: Client, connection: Connection) -> None:
    tasks = [make_task(connection, process=f"Hire: {name}", subject=name) for name in ("Tom", "Ann")]
    tasks.append(make_task(connection, process="Absence Request: Tom", subject="Tom"))

    shown = page(signed_in, choose(signed_in, *tasks))

    assert "Approve 3 tasks?" in shown
    for line in (
        'Hire <span class="muted">2</span>',
        'Absence Request <span class="muted">1</span>',
        'Tom <span class="muted">2</span>',
        'Acme <span class="muted">3</span>',
    ):
        assert line in shown


def test_nothing_is_decided_before_the_summary_is_confirmed(signed_in: Client, task: InboxTask) -> None:
    page(signed_in, choose(signed_in, task))

    assert not Decision.objects.exists()


def test_all_that_fit_are_chosen_beyond_the_page_by_the_filter_in_the_address(
    signed_in: Client, connection: Connection
) -> None:
    for number in range(PAGE + 5):
        make_task(connection, process=f"Hire: {number}")
    make_task(connection, process="Absence Request: Ines")
    make_task(connection, process="Hire: by hand", **TO_DO)
    make_decision(make_task(connection, process="Hire: being approved"))
    InboxSync.objects.create(connection=connection, as_of=timezone.now())

    listed = signed_in.get("/inbox/", {"kind": "Hire"}).content.decode()
    batch = choose(signed_in, all="1", query="kind=Hire")

    assert f"Choose all {PAGE + 5} that fit" in listed
    assert batch.query == "kind=Hire"
    shown = page(signed_in, batch)
    assert f"Approve {PAGE + 5} tasks?" in shown
    assert "1 left out" in shown
    assert "This is a To Do: it is marked as done, not approved or rejected." in shown
    assert "Absence Request" not in shown


@pytest.mark.parametrize("person", ["colleague", "stranger", "administrator"])
def test_nobody_can_choose_another_persons_tasks_or_see_their_batches(
    client: Client, task: InboxTask, signed_in: Client, person: str, request: pytest.FixtureRequest
) -> None:
    batch = choose(signed_in, task)
    client.force_login(request.getfixturevalue(person))

    assert "Choose at least one task first." in _messages(client, {"action": "approve", "task": [task.pk]})
    assert client.get(reverse("inbox:batch", args=[batch.pk])).status_code == 404
    assert client.get(reverse("inbox:batch_changes", args=[batch.pk])).status_code == 404
    for name in ("confirm_batch", "undo_batch", "retry_batch"):
        assert client.post(reverse(f"inbox:{name}", args=[batch.pk])).status_code == 404
    batch.refresh_from_db()
    assert batch.is_draft


def test_an_administrator_reads_which_of_the_tasks_are_the_isus(
    client: Client, administrator: User, tenant: Tenant
) -> None:
    isu = Connection.objects.create(
        tenant=tenant, kind=Connection.Kind.ISU, grant=Connection.Grant.REFRESH_TOKEN, worker_name="ISU"
    )
    client.force_login(administrator)

    assert "Acme (integration system user)" in page(client, choose(client, make_task(isu)))


@pytest.mark.parametrize(
    "form", [{}, {"task": ["x", "\0"]}, {"task": ["00000000-0000-0000-0000-000000000000"]}, {"all": "1"}]
)
def test_choosing_nothing_is_told_in_a_sentence(
    signed_in: Client, connection: Connection, form: dict[str, object]
) -> None:
    assert "Choose at least one task first." in _messages(signed_in, {"action": "approve", **form})
    assert not Batch.objects.exists()


def test_one_too_many_is_told_in_a_sentence_and_leads_back_to_the_same_view(
    signed_in: Client, connection: Connection
) -> None:
    InboxTask.objects.bulk_create(_unsaved(connection, number) for number in range(MOST + 1))

    answer = signed_in.post(BULK, {"action": "approve", "all": "1", "query": "kind=Hire"})

    assert answer["Location"] == "/inbox/?kind=Hire"
    shown = signed_in.get(answer["Location"]).content.decode()
    assert f"At most {MOST} tasks can be decided at once. Narrow the list with a filter first." in shown
    assert not Batch.objects.exists()


def _unsaved(connection: Connection, number: int) -> InboxTask:
    return InboxTask(
        connection=connection,
        wid=f"{number:032x}",
        title="Approval",
        process=f"Hire: {number}",
        step_type="Approval",
        status="Awaiting Action",
    )


def test_only_approving_and_rejecting_can_be_done_to_many(signed_in: Client, task: InboxTask) -> None:
    assert signed_in.post(BULK, {"action": "send_back", "task": [task.pk]}).status_code == 400
    assert not Batch.objects.exists()


def test_what_cannot_be_decided_by_now_is_left_out_with_its_reason(signed_in: Client, connection: Connection) -> None:
    closed, changed, busy, fine = (make_task(connection, process=f"Hire: {number}") for number in range(4))
    batch = choose(signed_in, closed, changed, busy, fine)
    InboxTask.objects.filter(pk=closed.pk).update(closed_at=timezone.now())
    InboxTask.objects.filter(pk=changed.pk).update(subject="Somebody else")
    make_decision(busy)

    shown = page(signed_in, batch)

    assert "Approve 1 task?" in shown
    assert "3 left out" in shown
    assert "This task no longer waits for you in Workday." in shown
    assert "It has changed since you chose it." in shown
    assert "A decision on this task is already under way." in shown


def test_when_nothing_is_left_there_is_nothing_to_confirm(signed_in: Client, task: InboxTask) -> None:
    batch = choose(signed_in, task)
    InboxTask.objects.update(closed_at=timezone.now())

    shown = page(signed_in, batch)

    assert "None of these tasks can be decided here" in shown
    assert "/confirm" not in shown


def test_rejecting_needs_a_reason_beside_its_field(signed_in: Client, task: InboxTask) -> None:
    batch = choose(signed_in, task, action="reject")

    answer = confirm(signed_in, batch, "  ")

    assert answer.status_code == 422
    assert "Say why you reject these; Workday passes it on." in answer.content.decode()
    assert not Decision.objects.exists()


def test_workdays_words_cannot_become_markup_in_the_summary(signed_in: Client, connection: Connection) -> None:
    task = make_task(connection, process="<script>alert(1)</script>: x", subject='"><img src=x>', initiator="<b>x</b>")

    shown = page(signed_in, choose(signed_in, task))

    assert "<script>alert" not in shown
    assert "<img src=x" not in shown


def test_old_drafts_are_forgotten_and_confirmed_ones_are_not(signed_in: Client, connection: Connection) -> None:
    kept = choose(signed_in, make_task(connection))
    confirm(signed_in, kept)
    for _ in range(DRAFTS_KEPT + 2):
        choose(signed_in, make_task(connection))

    assert Batch.objects.filter(pk=kept.pk).exists()
    assert Batch.objects.drafts().count() == DRAFTS_KEPT


@pytest.mark.parametrize("count", [1, 40])
def test_choosing_costs_a_fixed_number_of_queries(
    signed_in: Client, connection: Connection, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        make_task(connection)
        make_task(connection, step_type="To Do", step_type_wid="")

    with django_assert_num_queries(14):
        choose(signed_in, all="1")


@pytest.mark.parametrize("count", [1, 40])
def test_a_summary_costs_a_fixed_number_of_queries(
    signed_in: Client,
    connection: Connection,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    batch = choose(signed_in, *(make_task(connection) for _ in range(count)))

    with django_assert_num_queries(7):
        page(signed_in, batch)
