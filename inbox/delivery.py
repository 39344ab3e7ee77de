"""Carrying one decision out at Workday: read, write down the intent, send, settle.

`carry_out` is a generator. It yields each call it wants made, is given the answer, and writes to the database in
between; it makes no call itself. So calls of many decisions overlap on a few threads while one thread writes, and a
test can stop a worker between any two steps.
"""

from __future__ import annotations

import random
import time

from django.conf import settings
from django.db import transaction

from connections import failpoints
from connections.tokens import NeedsReconnect, TokenError, look_again
from inbox import evidence, facts
from inbox.asking import Failure, ReadInboxTask, Send, Story, failure_of, is_missing
from inbox.evidence import Evidence, Shows
from inbox.looking import look, look_at_step
from inbox.models import Attempt, Decision
from inbox.outcomes import Meaning, backoff, code_of, meaning, refusal_words, status_of
from inbox.states import State
from workday.answers import Echo, InboxTask
from workday.errors import Answered, Unanswered, WorkdayError

MOST_ATTEMPTS = 8
UNCERTAIN_AT_MOST = 15 * 60.0
# Seconds: where Workday names no time, its end of trouble is noticed within a minute.
LONGEST_PAUSE = 60.0
MANUAL_LOOKS_APART = 600.0
_ANOTHER_WORKER = "Connect as the Workday worker you decided this as."


def carry_out(decision: Decision) -> Story:
    """Take one leased decision as far as it will go now.

    Raises `inbox.models.LeaseLost` when another worker has taken it over; nothing more is written then.
    """
    if decision.state != State.CLAIMED:
        yield from _settle_by_reading(decision)
    elif not decision.user.is_active:
        decision.mark_refused("deactivated", "This account was deactivated; nothing was sent.")
    elif not decision.connection.serves(decision.user):
        decision.mark_refused("not-yours", "You may not act through this connection; nothing was sent.")
    elif not decision.has_its_worker:
        decision.mark_needs_reconnect(_ANOTHER_WORKER)
    else:
        yield from _send_if_open(decision)


def _send_if_open(decision: Decision) -> Story:
    """Look once more, just before sending: is it still open, and still what the person saw?"""
    answer = yield ReadInboxTask()
    if isinstance(answer, InboxTask) and evidence.is_awaiting(answer.status):
        changed = facts.differences(decision.shown, facts.of_shown(answer))
        if changed:
            decision.mark_changed(changed)
        else:
            yield from _send(decision)
    elif isinstance(answer, InboxTask) or is_missing(answer):
        seen = yield from look_at_step(decision)
        _settle_unsent(decision, seen)
    else:
        _wait_unsent(decision, failure_of(answer))


def _settle_unsent(decision: Decision, seen: Evidence | Failure) -> None:
    """The task is not in the person's inbox any more; the step may tell what became of it."""
    match seen:
        case Evidence(shows=Shows.OPEN) | Unanswered() if decision.tries < MOST_ATTEMPTS:
            # The two services disagree; nothing is sent before they agree.
            decision.mark_waiting(_jittered(backoff(decision.tries)), "unclear")
        case Evidence(shows=Shows.OPEN) | Unanswered() | Answered(status=403):
            # Where the step says nothing better, the person's own inbox is believed in the end.
            _settle(decision, Evidence(Shows.GONE))
        case Evidence():
            _settle(decision, seen)
        case _:
            _wait_unsent(decision, seen)


def _wait_unsent(decision: Decision, failure: Failure) -> None:
    match failure:
        case NeedsReconnect():
            decision.mark_needs_reconnect(failure.reason)
        case Answered(status=403):
            decision.mark_refused(code_of(failure), refusal_words(code_of(failure)))
        case _:
            decision.mark_waiting(_pause(decision, failure), _failure_code(failure), _reason(failure))


def _send(decision: Decision) -> Story:
    number = decision.attempts.count() + 1
    if number > MOST_ATTEMPTS:
        decision.mark_manual(settings.READS_APART_SECONDS, "attempts", "Workday did not take it after several tries.")
        return
    ended = _ended_meanwhile(decision)
    if ended:
        decision.mark_needs_reconnect(ended)
        return
    not_after = time.monotonic() + settings.SEND_SECONDS
    attempt = _write_intent(decision, number)
    answer = yield Send(not_after)
    if isinstance(answer, Echo):
        failpoints.reach("answered")
        with transaction.atomic():
            attempt.end(Attempt.Outcome.APPLIED, 200)
            decision.mark_applied()
        failpoints.reach("settled")
        return
    yield from _after_failed_send(decision, attempt, failure_of(answer))


def _ended_meanwhile(decision: Decision) -> str:
    """Why nothing may be sent any more since the decision was claimed; a read can take seconds. Empty when it may."""
    try:
        look_again(decision.connection)
    except NeedsReconnect as ended:
        return ended.reason
    return "" if decision.has_its_worker else _ANOTHER_WORKER


def _write_intent(decision: Decision, number: int) -> Attempt:
    """Commit that we are about to send: from here on the outcome is unknown until proven."""
    with transaction.atomic():
        decision.move(State.SENDING, seconds=settings.LEASE_SECONDS)
        attempt = Attempt.begin(decision, number, settings.SEND_SECONDS)
        failpoints.reach("intent-before-commit")
    failpoints.reach("intent-committed")
    return attempt


def _after_failed_send(decision: Decision, attempt: Attempt, failure: Failure) -> Story:
    what = Meaning.NOT_SENT if isinstance(failure, TokenError) else meaning(failure)
    with transaction.atomic():
        if what in (Meaning.NOT_SENT, Meaning.UNAUTHORIZED, Meaning.BUSY):
            attempt.end(Attempt.Outcome.NOT_APPLIED, _status(failure), _failure_code(failure))
            pause = 0.0 if what is Meaning.UNAUTHORIZED else _pause(decision, failure)
            decision.mark_waiting(pause, _failure_code(failure), _reason(failure))
            return
        attempt.end(Attempt.Outcome.UNKNOWN, _status(failure), _failure_code(failure))
        lease = settings.LEASE_SECONDS if what is Meaning.ANSWERED else backoff(0)
        decision.mark_uncertain(lease, _failure_code(failure))
    failpoints.reach("uncertain-committed")
    if what is Meaning.ANSWERED:
        yield from _settle_by_reading(decision)


def _settle_by_reading(decision: Decision) -> Story:
    """Find out what became of attempts without proof. Nothing is ever sent from here."""
    if not decision.has_its_worker:
        # Another worker's view of the task would prove nothing.
        _look_later(decision)
        return
    unproven = [a for a in decision.attempts.all() if a.outcome == Attempt.Outcome.UNKNOWN]
    # Taken before the read: only a read begun after the deadline can prove that nothing was applied.
    too_early = max((a.seconds_until_provable() for a in unproven), default=0.0)
    seen = yield from look(decision)
    match seen:
        case Evidence(shows=Shows.OPEN | Shows.ELSEWHERE):
            _still_open(decision, unproven, too_early)
        case Evidence(shows=Shows.GONE) if not all(a.was_answered for a in unproven):
            _look_later(decision)
        case Evidence():
            _settle(decision, seen)
        case _:
            _look_later(decision)


def _still_open(decision: Decision, unproven: list[Attempt], too_early: float) -> None:
    last = unproven[-1] if unproven else None
    if last is not None and all(a.was_answered for a in unproven):
        decision.mark_refused(last.code, refusal_words(last.code))
    elif too_early > 0:
        decision.postpone(too_early)
    elif decision.open_reads < 1:
        decision.postpone(settings.READS_APART_SECONDS, open_reads=1)
    elif decision.state == State.MANUAL:
        decision.mark_refused("not-applied", "It did not reach Workday. You can decide again.")
    else:
        with transaction.atomic():
            decision.attempts.filter(outcome=Attempt.Outcome.UNKNOWN).update(outcome=Attempt.Outcome.NOT_APPLIED)
            decision.mark_waiting(0, "not-applied")


def _look_later(decision: Decision) -> None:
    if decision.state == State.MANUAL:
        decision.postpone(MANUAL_LOOKS_APART)
    elif decision.uncertain_for() < UNCERTAIN_AT_MOST:
        decision.postpone(_jittered(backoff(decision.tries, cap=60.0)))
    else:
        decision.mark_manual(MANUAL_LOOKS_APART, "unconfirmed", "Workday does not show what became of it.")


def _settle(decision: Decision, seen: Evidence) -> None:
    match seen.shows:
        case Shows.OURS:
            decision.mark_applied(seen.at)
        case Shows.ELSEWHERE:
            decision.mark_refused("reassigned", "In Workday this task now waits for somebody else.")
        case _:
            code = "by-decider" if seen.by_decider else seen.shows.name.lower()
            decision.mark_already_decided(code, seen.by, seen.at)


def _pause(decision: Decision, failure: object) -> float:
    told = getattr(failure, "retry_after", None)
    return float(told) if told is not None else _jittered(backoff(decision.tries, cap=LONGEST_PAUSE))


def _jittered(seconds: float) -> float:
    return seconds * random.uniform(0.75, 1.25)  # noqa: S311  # spreads load, keeps no secret


def _status(failure: Failure) -> int | None:
    return status_of(failure) if isinstance(failure, WorkdayError) else None


def _failure_code(failure: object) -> str:
    return code_of(failure) if isinstance(failure, WorkdayError) else "token"


def _reason(failure: object) -> str:
    return failure.reason if isinstance(failure, TokenError) else ""
