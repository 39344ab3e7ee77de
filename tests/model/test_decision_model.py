"""A model test of the decision: the real code on the real database, against a Workday in memory.

`make test` plays the same bounded set of stories every time. More of them, and other ones each time:
`make test ARGS="tests/model" MODEL_EXAMPLES=50000`. What such a run finds is kept as a plain test in
`test_found_by_the_model.py`.
"""

from __future__ import annotations

import faulthandler
import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Story

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES") or 0)


# Each story is a transaction of its own and is rolled back; nothing is left for the next one to stumble over.
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("small_world")
def test_no_order_of_events_loses_doubles_or_misreports_a_decision() -> None:
    # A long run is no hang, and pytest's dump of a running test can end the process that it looks into.
    faulthandler.cancel_dump_traceback_later()
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=EXAMPLES or 120,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            stateful_step_count=16,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
