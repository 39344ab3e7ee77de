"""The end of every story: no more faults, time goes on, and every decision comes to rest."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from django.db.models import ExpressionWrapper, F
from django.db.models.fields import DurationField
from django.db.models.functions import Now

from inbox.models import Decision
from inbox.states import FINAL, State
from inbox.sweep import sweep
from tests.model import clock
from tests.model.far_side import View
from tests.model.world import World

# A quarter of an hour of uncertainty, the longest pause before the next try, and a dead worker's lease.
AT_MOST_SECONDS = 900.0 + 750.0 + 150.0
AT_REST = (*FINAL, State.MANUAL, State.NEEDS_RECONNECT)


def settle(world: World, work: Callable[[int], None]) -> None:
    """Let sweepers and workers go on; raises AssertionError for a decision that does not come to rest."""
    for drainer in world.drainers:
        drainer.die()
    began = world.far.now
    while (wait := _seconds_to_next(world, work)) is not None:
        assert world.far.now - began < AT_MOST_SECONDS, f"I1: no end of {_restless()}"
        clock.let_pass(world.far, wait)
    unfinished = Decision.objects.exclude(state__in=FINAL)
    for _ in range(3 if unfinished.exists() else 0):
        clock.let_pass(world.far, 601.0)
        _sweep_and_work(work)
    for decision in unfinished.select_related("connection"):
        _is_excused(world, decision)


def _seconds_to_next(world: World, work: Callable[[int], None]) -> float | None:
    _sweep_and_work(work)
    left = ExpressionWrapper(F("next_at") - Now(), output_field=DurationField())
    restless = Decision.objects.exclude(state__in=AT_REST).annotate(left=left).order_by("next_at")
    soonest: datetime.timedelta | None = restless.values_list("left", flat=True).first()
    # One that is due and was not taken waits for a dead worker's lane or for the tenant's pause.
    return None if soonest is None else max(soonest.total_seconds() + 0.5, 15.0)


def _sweep_and_work(work: Callable[[int], None]) -> None:
    if sweep():
        work(0)


def _restless() -> list[tuple[str, str]]:
    return list(Decision.objects.exclude(state__in=AT_REST).values_list("state", "reason_code"))


def _is_excused(world: World, decision: Decision) -> None:
    """At the end, only what Workday hides or a dead connection keeps a decision from its end."""
    connection = decision.connection
    if not connection.is_usable or connection.worker_wid != decision.worker_wid:
        return
    task = world.far.tasks[decision.task_wid]
    hidden = task.gone or decision.worker_wid not in task.assigned or not _tells_all(world.far.view)
    assert decision.state == State.MANUAL, f"I1: {decision.state} at the end"
    assert hidden, f"I1: cannot be confirmed ({decision.reason_code}), though Workday shows all of it"


def _tells_all(view: View) -> bool:
    seen = view.steps_allowed and (view.done_steps_shown or view.history_shown)
    return seen and view.comments_shown and view.actor_named and view.english and view.awaiting_named
