"""What must be true of the decisions, the record and the far side after every single step."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

from audit.models import Event
from inbox.delivery import MOST_ATTEMPTS, OPEN_READS_APART
from inbox.models import Attempt, Decision
from inbox.models.attempt import GRACE_SECONDS
from inbox.states import EDGES, FINAL, State
from tests.model.far_side import FarSide, Sent, Told
from tests.model.replies import TURNED_AWAY, Reply
from tests.model.world import Click, World

# The model's clock stands still between steps and the database's does not.
SLACK_SECONDS = 2.0
SUCCESS_WORDS = ("Approved", "Rejected", "Sent back")


def hold(world: World, fences: dict[uuid.UUID, int]) -> None:
    """Raise AssertionError where one does not hold; `fences` are the newest seen, and are brought up to date."""
    decisions = {decision.pk: decision for decision in Decision.objects.select_related("task")}
    no_loss_and_no_invention(world, set(decisions))
    at_most_one_send_counts(world.far)
    edges_and_record(decisions)
    attempts_are_limited(decisions)
    for pk, decision in decisions.items():
        assert decision.fence >= fences.get(pk, 0), "I9: a fence fell"
        fences[pk] = decision.fence
        words_are_honest(decision)
        if decision.state in FINAL:
            end_is_true(world, decision, world.clicks[pk])


def no_loss_and_no_invention(world: World, rows: set[uuid.UUID]) -> None:
    assert set(world.clicks) == rows, "I1: an accepted click has no row, or a row no click"
    for sent in world.far.sent:
        click = world.clicks[uuid.UUID(sent.request)]
        wish = (click.task, click.action, click.comment)
        assert (sent.task, sent.action, sent.comment) == wish, "I2: nobody asked for this"
        assert sent.worker == click.worker, "I7: sent in the name of another Workday worker"
    for read in world.far.reads:
        assert read.worker == world.clicks[uuid.UUID(read.by)].worker, "I7: read with another worker's token"


def at_most_one_send_counts(far: FarSide) -> None:
    """I3, I4 and I6, judged at each send that was not late; a frozen worker's late one Workday itself turns down."""
    for number, sent in enumerate(far.sent):
        if sent.late:
            continue
        for earlier in far.sent[:number]:
            if earlier.task == sent.task and not earlier.late:
                _may_follow(far, earlier, sent)


def _may_follow(far: FarSide, earlier: Sent, later: Sent) -> None:
    done = far.tasks[earlier.task].done
    landed = done is not None and done.request == earlier.request and _could_land(earlier)
    assert not landed, "I3: sent again after an earlier send had been done"
    if earlier.request != later.request:
        assert earlier.lands_at is None or earlier.lands_at > later.at, "I4: two wishes under way for one task"
        return
    if earlier.reply is Reply.BUSY_429_FOR_30:
        assert later.at >= earlier.at + 30.0 - SLACK_SECONDS, "I15: sent again before Retry-After was over"
    proof = earlier.at if earlier.reply in TURNED_AWAY else earlier.deadline + GRACE_SECONDS - SLACK_SECONDS
    reads = [r.at for r in far.reads if r.told is Told.OPEN and r.by == earlier.request and proof <= r.at <= later.at]
    assert reads, "I6: sent again without a read between that showed it open"
    if earlier.reply not in TURNED_AWAY:
        assert max(reads) - min(reads) >= OPEN_READS_APART - SLACK_SECONDS, "I6: sent again after a single look"


def _could_land(sent: Sent) -> bool:
    return sent.reply.name.startswith(("OK", "APPLIED"))


def edges_and_record(decisions: dict[uuid.UUID, Decision]) -> None:
    """I8 and I11: the record tells every move, each one an allowed edge, without a gap up to where the row is."""
    told: dict[uuid.UUID, str] = {}
    events = Event.objects.filter(verb__startswith="decision.").order_by("pk")
    for verb, subject, data in events.values_list("verb", "subject", "data"):
        after = verb.removeprefix("decision.")
        before = told.get(subject, "")
        if subject not in told:
            assert after == State.QUEUED, "I8: a decision did not begin queued"
        else:
            _is_edge(before, after, data)
        told[subject] = after
    assert told == {pk: decision.state for pk, decision in decisions.items()}, "I11: the record and the row differ"


def _is_edge(before: str, after: str, data: dict[str, Any]) -> None:
    assert data["before"] == before, "I11: a move is missing from the record"
    assert after in EDGES.get(State(before), ()), f"I8: {before} to {after}"


def attempts_are_limited(decisions: dict[uuid.UUID, Decision]) -> None:
    numbers = Attempt.objects.order_by("decision", "number").values_list("decision", "number")
    for pk, group in itertools.groupby(numbers, key=lambda row: row[0]):
        count = [number for _, number in group]
        assert count == list(range(1, len(count) + 1)), f"attempts of {decisions[pk]} are not counted on"
        assert len(count) <= MOST_ATTEMPTS, "I15: too many attempts"


def words_are_honest(decision: Decision) -> None:
    said = f"{decision.words} {decision.detail}"
    claims = any(word in said for word in SUCCESS_WORDS)
    assert claims == (decision.state == State.APPLIED), f"I14: {decision.state} reads “{said}”"


def end_is_true(world: World, decision: Decision, click: Click) -> None:
    """I5: how a decision ended is what Workday has, whoever asks there."""
    far, task = world.far, world.far.tasks[click.task]
    ours = task.done is not None and task.done.request == str(decision.pk)
    late = any(sent.late for sent in far.sent if sent.request == str(decision.pk))
    match decision.state:
        case State.APPLIED:
            assert ours or _done_alike(world, click), "I5: told as done, and Workday has no such thing"
        case State.ALREADY_DECIDED:
            told = [read.told for read in far.reads if read.by == str(decision.pk)]
            assert told[-1:] in ([Told.NOT_OPEN], [Told.LIE]), "I5: told as decided, and it was open"
            assert not ours or late, "I5: told as decided elsewhere, and it was us"
        case State.CHANGED:
            _saw_other_facts(far, decision, click)
            assert not ours or late, "I5: told as changed, and it was done"
        case _:
            assert not ours or late, f"I5: told as {decision.state}, and it was done"
    waiting = [sent for sent in far.sent if sent.request == str(decision.pk) and sent.lands_at is not None]
    assert late or decision.state in (State.APPLIED, State.ALREADY_DECIDED) or not waiting, "I5: ended too early"


def _done_alike(world: World, click: Click) -> bool:
    """Done by hand by the same worker, in the same way, where no comment tells the two apart."""
    done, view = world.far.tasks[click.task].done, world.far.view
    if done is None or (done.action, done.worker) != (click.action, click.worker):
        return False
    return not (done.comment and view.comments_shown)


def _saw_other_facts(far: FarSide, decision: Decision, click: Click) -> None:
    titles = [read.title for read in far.reads if read.by == str(decision.pk) and read.title is not None]
    assert titles, "I5: told as changed without a look"
    assert titles[-1] != click.shown["title"], "I5: told as changed, and it was the same"
