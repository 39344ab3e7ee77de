"""The passing of time. The database's clock alone judges, so time passes by moving what it judges into the past."""

from __future__ import annotations

from django.db import connection as database

from inbox.states import FINAL
from tests.model.far_side import FarSide

# An ended decision cannot be written at all, and no time is judged by its row any more.
_BACK = """
UPDATE inbox_decision
   SET not_before = not_before - %(by)s::interval,
       next_at = next_at - %(by)s::interval,
       uncertain_since = uncertain_since - %(by)s::interval
 WHERE state <> ALL(%(final)s);
UPDATE inbox_attempt
   SET started_at = started_at - %(by)s::interval,
       deadline_at = deadline_at - %(by)s::interval,
       ended_at = ended_at - %(by)s::interval;
UPDATE inbox_lane
   SET lease_until = lease_until - %(by)s::interval,
       paused_until = paused_until - %(by)s::interval;
"""


def let_pass(far: FarSide, seconds: float) -> None:
    """Let that many seconds go by here and at the far side."""
    with database.cursor() as cursor:
        cursor.execute(_BACK, {"by": f"{seconds} seconds", "final": [str(state) for state in FINAL]})
    far.pass_time(seconds)
