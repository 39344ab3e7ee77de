"""The passing of time. The database's clock alone judges, so time passes by moving what it judges into the past."""

from __future__ import annotations

import datetime

from django.db import connection as database

from inbox.states import FINAL
from tests.model.far_side import FarSide

# An ended decision cannot be written at all, and no time is judged by its row any more.
_BACK = """
UPDATE inbox_decision
   SET not_before = not_before - %(by)s, next_at = next_at - %(by)s, uncertain_since = uncertain_since - %(by)s
 WHERE state <> ALL(%(final)s);
UPDATE inbox_attempt
   SET started_at = started_at - %(by)s, deadline_at = deadline_at - %(by)s, ended_at = ended_at - %(by)s;
UPDATE inbox_lane SET lease_until = lease_until - %(by)s, paused_until = paused_until - %(by)s;
"""


def let_pass(far: FarSide, seconds: float) -> None:
    """Let that many seconds go by here and at the far side."""
    by = datetime.timedelta(seconds=seconds)
    with database.cursor() as cursor:
        cursor.execute(_BACK, {"by": by, "final": [str(state) for state in FINAL]})
    far.pass_time(seconds)
