"""What must be true of the decisions, the record and the far side after every single step."""

from __future__ import annotations

import operator
import uuid
from typing import Any

from inbox.models import Decision
from inbox.states import EDGES, FINAL, State
from tests.model.far_side import FarSide, Sent, Told
from tests.model.replies import TURNED_AWAY, Reply
from tests.model.world import Click, World

# What is promised, written out rather than imported.
MOST_ATTEMPTS = 8
OPEN_READS_APART = 10.0
GRACE_SECONDS = 5.0
# The model's clock stands still between steps and the database's does not.
SLACK_SECONDS = 2.0
SUCCESS_WORDS = ("Approved", "Rejected", "Sent back")


# Checked after every step of every story, so all of it comes in one round trip.
_EVERYTHING = """
SELECT d.*,
       (SELECT array_agg(a.number ORDER BY a.number) FROM inbox_attempt a WHERE a.decision_id = d.id) AS numbers,
       (SELECT json_agg(json_build_array(e.verb, e.data) ORDER BY e.id) FROM audit_event e
         WHERE e.subject = d.id) AS told
  FROM inbox_decision d
"""
_ALONGSIDE = operator.attrgetter("told", "numbers")


def hold(world: World, fences: dict[uuid.UUID, int]) -> None:
    """Raise AssertionError where one does not hold; `fences` are the newest seen, and are brought up to date."""
    decisions = list(Decision.objects.raw(_EVERYTHING))
    no_loss_and_no_invention(world, {decision.pk for decision in decisions})
    at_most_one_send_counts(world.far)
    for decision in decisions:
        told, numbers = _ALONGSIDE(decision)
        edges_and_record(decision, told)
        attempts_are_limited(numbers or [])
        assert decision.fence >= fences.get(decision.pk, 0), "I9: a fence fell"
        fences[decision.pk] = decision.fence
        words_are_honest(decision)
        if decision.state in FINAL:
            end_is_true(world, decision, world.clicks[decision.pk])


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


def edges_and_record(decision: Decision, told: list[tuple[str, dict[str, Any]]]) -> None:
    """I8 and I11: the record tells every move, each one an allowed edge, without a gap up to where the row is."""
    states = [verb.removeprefix("decision.") for verb, _ in told]
    assert states[0] == State.QUEUED, "I8: a decision did not begin queued"
    for before, after, (_, data) in zip(states, states[1:], told[1:], strict=False):
        assert data["before"] == before, "I11: a move is missing from the record"
        assert after in EDGES.get(State(before), ()), f"I8: {before} to {after}"
    assert states[-1] == decision.state, "I11: the record and the row differ"


def attempts_are_limited(numbers: list[int]) -> None:
    assert numbers == list(range(1, len(numbers) + 1)), "I6: an attempt does not know of the one before"
    assert len(numbers) <= MOST_ATTEMPTS, "I15: too many attempts"


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
            told = [r.told for r in far.reads if r.by == str(decision.pk) and r.told is not Told.NOTHING]
            assert told[-1:] in ([Told.NOT_OPEN], [Told.LIE]), "I5: told as decided, and it was open"
            # Without comments and in another language the same person's two ways to decide look alike, and it says so.
            unclear = decision.reason_code == "by-decider" and not (far.view.comments_shown or far.view.english)
            assert not ours or late or unclear, "I5: told as decided elsewhere, and it was us"
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
