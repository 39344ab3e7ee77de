from __future__ import annotations

import pytest

from inbox.outcomes import BY_STATUS, Meaning, backoff, code_of, meaning, refusal_words
from workday.errors import Answered, NotSent, Unanswered, WorkdayError


@pytest.mark.parametrize(
    ("error", "means"),
    [
        (NotSent("no route"), Meaning.NOT_SENT),
        (Unanswered("timeout"), Meaning.UNKNOWN),
        (Unanswered("half a body", status=201), Meaning.UNKNOWN),
        (Unanswered("HTML", status=400), Meaning.UNKNOWN),
        (Answered(400, code="A181"), Meaning.ANSWERED),
        (Answered(400, code="A212"), Meaning.ANSWERED),
        (Answered(401), Meaning.UNAUTHORIZED),
        (Answered(403, code="S22"), Meaning.ANSWERED),
        (Answered(404), Meaning.ANSWERED),
        (Answered(405), Meaning.ANSWERED),
        (Answered(408), Meaning.UNKNOWN),
        (Answered(409), Meaning.ANSWERED),
        (Answered(422), Meaning.ANSWERED),
        (Answered(429, retry_after=7.0), Meaning.BUSY),
        (Answered(500), Meaning.UNKNOWN),
        (Answered(502), Meaning.UNKNOWN),
        (Answered(503), Meaning.UNKNOWN),
        (Answered(504), Meaning.UNKNOWN),
        (Answered(418), Meaning.UNKNOWN),
        (Answered(302), Meaning.UNKNOWN),
        (WorkdayError("new kind"), Meaning.UNKNOWN),
    ],
)
def test_an_answer_means_what_the_table_says(error: WorkdayError, means: Meaning) -> None:
    assert meaning(error) is means


def test_every_row_of_the_table_is_tested() -> None:
    marks = test_an_answer_means_what_the_table_says.pytestmark  # type: ignore[attr-defined]  # set by pytest
    tested = {case[0].status for mark in marks for case in mark.args[1] if isinstance(case[0], Answered)}

    assert set(BY_STATUS) <= tested


def test_a_refusal_is_told_in_our_words_and_never_in_workdays() -> None:
    assert refusal_words(code_of(Answered(400, code="A212", message="<b>raw</b>"))).endswith("in Workday.")
    assert "raw" not in refusal_words(code_of(Answered(400, code="A9999", message="raw")))


def test_waiting_grows_and_is_capped() -> None:
    waits = [backoff(tries) for tries in range(20)]

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (2.0, 600.0)
