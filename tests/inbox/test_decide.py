from __future__ import annotations

import threading
import uuid

import pytest
from django.db import connection as database
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from connections.models import Connection
from inbox import facts
from inbox.models import Decision, InboxTask
from inbox.states import State
from tests.conftest import make_decision, make_task

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def _url(task: InboxTask) -> str:
    return reverse("inbox:decide", args=[task.pk])


def _form(task: InboxTask, action: str = "approve", comment: str = "") -> dict[str, str]:
    return {"action": action, "comment": comment, "nonce": str(uuid.uuid4()), "seen": facts.fingerprint(task)}


def test_approve_is_accepted_and_shown_as_on_its_way_never_as_approved(signed_in: Client, task: InboxTask) -> None:
    answer = signed_in.post(_url(task), _form(task), headers=HTMX)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Accepted, sending" in page
    assert "Approved" not in page
    assert Decision.objects.get().state == State.QUEUED


def test_an_empty_approval_carries_the_default_comment_workday_requires(signed_in: Client, task: InboxTask) -> None:
    signed_in.post(_url(task), _form(task))

    assert Decision.objects.get().comment == "Approved with Countersign."


def test_reject_needs_a_reason_beside_its_field(signed_in: Client, task: InboxTask) -> None:
    answer = signed_in.post(_url(task), _form(task, "reject", "   "), headers=HTMX)

    assert answer.status_code == 422
    assert "Say why you reject this" in answer.content.decode()
    assert not Decision.objects.exists()


def test_what_was_typed_is_kept_when_it_cannot_be_taken(signed_in: Client, task: InboxTask) -> None:
    answer = signed_in.post(_url(task), _form(task, "reject", "long <b>" * 400), headers=HTMX)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "long &lt;b&gt;" in page
    assert "<b>long" not in page
    assert not Decision.objects.exists()


def test_without_javascript_the_browser_is_led_back_to_the_inbox(signed_in: Client, task: InboxTask) -> None:
    answer = signed_in.post(_url(task), _form(task, "reject", "Not now."))

    assert (answer.status_code, answer["Location"]) == (302, reverse("inbox:list"))


def test_without_javascript_a_mistake_gets_a_whole_page_with_what_was_typed(signed_in: Client, task: InboxTask) -> None:
    answer = signed_in.post(_url(task), _form(task, "reject", ""))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Say why you reject this" in page
    assert "<title>" in page


def test_the_same_form_sent_twice_is_one_decision(signed_in: Client, task: InboxTask) -> None:
    form = _form(task)

    first, second = (signed_in.post(_url(task), form, headers=HTMX) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert Decision.objects.count() == 1


def test_the_opposite_click_in_a_second_tab_is_told_that_one_is_under_way(signed_in: Client, task: InboxTask) -> None:
    signed_in.post(_url(task), _form(task, "approve"))

    answer = signed_in.post(_url(task), _form(task, "reject", "No."), headers=HTMX)

    assert answer.status_code == 422
    assert "already under way" in answer.content.decode()
    assert Decision.objects.get().action == "approve"


def test_a_shared_task_that_a_colleague_is_deciding_is_not_decided_again(
    signed_in: Client, task: InboxTask, colleague_connection: Connection
) -> None:
    make_decision(make_task(colleague_connection, wid=task.wid))

    answer = signed_in.post(_url(task), _form(task), headers=HTMX)

    assert "already under way" in answer.content.decode()


@pytest.mark.parametrize("end", [State.REFUSED, State.CANCELLED, State.CHANGED])
def test_after_a_decision_that_changed_nothing_the_person_may_decide_again(
    signed_in: Client, task: InboxTask, end: State
) -> None:
    decision = make_decision(task)
    for state in [end] if end == State.CANCELLED else [State.CLAIMED, end]:
        Decision.objects.filter(pk=decision.pk).update(state=state)

    signed_in.post(_url(task), _form(task))

    assert Decision.objects.live().count() == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"step_type": "Action", "step_type_wid": ""}, "only in Workday"),
        ({"step_type": "To Do", "step_type_wid": ""}, "marked as done"),
        ({"status": "", "status_wid": ""}, "does not say whether"),
        ({"process": "", "process_wid": ""}, "no business process"),
    ],
)
def test_a_task_that_cannot_be_decided_here_is_refused_with_the_reason(
    signed_in: Client, connection: Connection, fields: dict[str, str], sentence: str
) -> None:
    task = make_task(connection, **fields)

    answer = signed_in.post(_url(task), _form(task), headers=HTMX)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("person", ["colleague", "stranger", "administrator"])
def test_nobody_else_can_decide_it_or_learn_that_it_exists(
    client: Client, task: InboxTask, person: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(person))

    answer = client.post(_url(task), _form(task))

    assert answer.status_code == 404
    assert not Decision.objects.exists()


def test_signed_out_nothing_is_decided(client: Client, task: InboxTask) -> None:
    answer = client.post(_url(task), _form(task))

    assert answer["Location"].startswith(reverse("account_login"))
    assert not Decision.objects.exists()


def test_looking_at_the_address_decides_nothing(signed_in: Client, task: InboxTask) -> None:
    assert signed_in.get(_url(task)).status_code == 405


def test_a_forged_form_from_another_site_decides_nothing(task: InboxTask, owner: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)

    assert browser.post(_url(task), _form(task)).status_code == 403
    assert not Decision.objects.exists()


@pytest.mark.parametrize("form", [{}, {"action": "explode", "nonce": "x"}, {"action": "approve"}])
def test_a_mangled_form_is_refused_without_an_error_page(
    signed_in: Client, task: InboxTask, form: dict[str, str]
) -> None:
    assert signed_in.post(_url(task), form, headers=HTMX).status_code == 422


def test_the_decision_and_its_audit_event_stand_together(signed_in: Client, task: InboxTask, owner: User) -> None:
    signed_in.post(_url(task), _form(task, "reject", "Too expensive."))

    event = Event.objects.get(verb="decision.queued")
    assert (event.actor, event.subject) == (owner.pk, Decision.objects.get().pk)
    assert "Too expensive." not in str(event.data)


@pytest.mark.django_db(transaction=True)
def test_twenty_clicks_at_once_are_one_decision(task: InboxTask, owner: User) -> None:
    form, codes, start = _form(task), [], threading.Barrier(20)

    def click() -> None:
        browser = Client()
        browser.force_login(owner)
        start.wait()
        codes.append(browser.post(_url(task), form, headers=HTMX).status_code)
        database.close()

    clicks = [threading.Thread(target=click) for _ in range(20)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()

    assert codes == [200] * 20
    assert Decision.objects.count() == 1


def test_a_click_on_a_page_that_is_out_of_date_sends_nothing_and_says_so(signed_in: Client, task: InboxTask) -> None:
    form = _form(task)
    InboxTask.objects.filter(pk=task.pk).update(process="Absence Request: Ines Ortega, 10 days")

    answer = signed_in.post(_url(task), form, headers=HTMX)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "has changed since it was shown" in page
    assert "10 days" in page
    assert not Decision.objects.exists()


def test_the_form_of_one_task_does_not_decide_another(signed_in: Client, task: InboxTask) -> None:
    other = make_task(task.connection)

    assert signed_in.post(_url(other), _form(task), headers=HTMX).status_code == 422
    assert not Decision.objects.exists()


def test_both_versions_are_shown_when_the_task_had_changed_at_workday(signed_in: Client, task: InboxTask) -> None:
    decision = make_decision(task)
    Decision.objects.filter(pk=decision.pk).update(state=State.CLAIMED)
    found = {"process": "Absence Request: Ines Ortega, 10 days"}
    Decision.objects.filter(pk=decision.pk).update(state=State.CHANGED, found=found)

    page = signed_in.get("/inbox/").content.decode()

    assert "you saw “Absence Request: Ines Ortega”, now “Absence Request: Ines Ortega, 10 days”" in page
    assert _url(task) in page
