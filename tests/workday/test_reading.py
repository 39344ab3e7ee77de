from __future__ import annotations

import datetime
import json
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workday import answers
from workday.answers import Reference
from workday.errors import Answered, Unanswered
from workday.reading import Fields, fields, from_rich_text, retry_after
from workday.session import Answer


def answered(status: int, body: object, **headers: str) -> Answered:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(Answered) as raised:
        fields(Answer(status, headers, content), 200)
    return raised.value


def test_the_code_of_a_validation_error_is_its_entrys() -> None:
    entry = {"error": "This event step is not awaiting your action.", "code": "A212"}
    error = answered(400, {"error": "invalid request: validation errors", "errors": [entry]})
    assert (error.status, error.code, error.message) == (400, "A212", "This event step is not awaiting your action.")


def test_the_code_of_a_single_error_is_at_the_top() -> None:
    error = answered(403, {"error": "permission denied", "code": "S22"})
    assert (error.code, error.message) == ("S22", "permission denied")


def test_a_message_is_short_and_of_one_line() -> None:
    message = answered(400, {"error": "a\r\nb\x00c\x1b[31m" + "d" * 1000}).message
    assert message.startswith("a b c [31md")
    assert len(message) == 300


def test_a_strange_code_is_dropped() -> None:
    assert answered(400, {"error": "x", "code": "A 1\n"}).code == ""


@pytest.mark.parametrize("status", [401, 429, 503])
def test_some_statuses_speak_for_themselves(status: int) -> None:
    assert answered(status, b"<html>").status == status


@pytest.mark.parametrize("status", [400, 403, 404, 500, 502])
def test_an_error_page_that_is_not_workdays_proves_nothing(status: int) -> None:
    with pytest.raises(Unanswered) as unclear:
        fields(Answer(status, {}, b"<html>"), 200)
    assert unclear.value.status == status


@pytest.mark.parametrize("status", [201, 204, 301, 304])
def test_a_success_of_another_kind_is_no_answer(status: int) -> None:
    with pytest.raises(Unanswered):
        fields(Answer(status, {}, b"{}"), 200)


def test_retry_after_may_be_a_date() -> None:
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=30)
    seconds = retry_after(Answer(429, {"Retry-After": format_datetime(moment, usegmt=True)}, b""))
    assert seconds is not None
    assert 27 < seconds <= 30


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("99999999999999999999", 600.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 600.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("\u0663", None),
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", None),
        ("Fri, 31 Dec 2027 23:59:59 +99999999999999999999", None),
    ],
)
def test_an_absurd_retry_after_is_capped_or_ignored(header: str, seconds: float | None) -> None:
    assert answered(429, {}, **{"Retry-After": header}).retry_after == seconds


@pytest.mark.parametrize(
    ("rich", "plain"),
    [
        ("<p>Fine &lt;with&gt; me &amp; you.</p>", "Fine <with> me & you."),
        ("<p>One</p><p>two</p>", "One two"),
        ("a &nbsp; b<br/>c", "a b c"),
        ("1 < 2", "1 < 2"),
        ("", ""),
    ],
)
def test_rich_text_becomes_its_words(rich: str, plain: str) -> None:
    assert from_rich_text(rich) == plain


def test_half_a_character_and_a_nul_never_reach_a_database() -> None:
    assert Fields({"descriptor": "a\ud800\x00b"}, 200).text("descriptor") == "a? b"


@pytest.mark.parametrize("href", ["http://[x/a/b/c", "//[", "https://a\u2100b/c/d"])
def test_an_href_that_is_no_url_names_no_resource(href: str) -> None:
    assert Reference("a", "b", href).resource == ""


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_moment_that_is_out_of_the_calendar_elsewhere_is_refused(moment: str) -> None:
    """A database keeps it, and then nobody can read it back."""
    with pytest.raises(Unanswered):
        Fields({"assigned": moment}, 200).moment("assigned")


def test_a_day_that_never_comes_is_a_day() -> None:
    assert Fields({"due": "9999-12-31"}, 200).date("due") == datetime.date.max


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("aZ09-:T \n\ud800", max_size=12),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "descriptor", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
NAMES = ["id", "descriptor", "assigned", "due", "status", "stepType", "subject", "overallProcess", "comments"]


@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING))
def test_a_strange_task_is_typed_or_refused(body: dict[str, object]) -> None:
    for read in (answers.inbox_task, answers.event_step, answers.worker):
        try:
            assert read(Fields(body, 200)).id
        except Unanswered:
            continue


def test_the_order_of_keys_does_not_matter_and_missing_ones_are_empty() -> None:
    task = answers.inbox_task(Fields({"due": "2026-01-02", "id": "a" * 32}, 200))
    assert (task.id, task.due_on, task.title) == ("a" * 32, datetime.date(2026, 1, 2), "")
    assert not task.status


@pytest.mark.parametrize("assigned", ["2019-11-25T05:32:49.001Z", "2019-11-25"])
def test_assigned_is_a_moment_whether_workday_sends_a_date_or_a_time(assigned: str) -> None:
    task = answers.inbox_task(Fields({"id": "a" * 32, "assigned": assigned}, 200))
    assert task.assigned_at is not None
    assert task.assigned_at.tzinfo == datetime.UTC
