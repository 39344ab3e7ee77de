"""Draining a tenant: one drainer at a time carries out whatever is due there, a few calls at once."""

from __future__ import annotations

import logging
import time
import uuid
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection as database

from connections import failpoints
from connections.clients import new_session
from inbox import calls
from inbox.asking import Answer, Story
from inbox.claim import claim
from inbox.delivery import carry_out
from inbox.models import Decision, Lane, LeaseLost
from inbox.outcomes import SLOW_DOWN, backoff, status_of
from inbox.states import State
from workday.errors import Answered
from workday.session import Session

log = logging.getLogger(__name__)

CALLS_AT_ONCE = 4
# A drain ends by itself well within the broker's visibility timeout, so that no message is ever redelivered twice.
DRAIN_SECONDS = 45.0
HEARTBEATS_PER_LEASE = 6
# A fault of our own is tried again from a minute on, and told to a person after this many times.
FAULT_SECONDS = 60.0
FAULTS_AT_MOST = 5
# How long an idle drain waits for an undo window to close rather than leaving it to the next hint.
LINGER_SECONDS = 8.0


def drain(tenant_id: uuid.UUID) -> bool:
    """Carry out the tenant's due decisions; True when more is due already and another drain should follow."""
    owner = Lane.take(tenant_id, settings.LEASE_SECONDS)
    if owner is None:
        return False
    try:
        failpoints.reach("lane-taken")
        with closing(new_session()) as session:
            _Drain(tenant_id, owner, session).run()
        failpoints.reach("lane-before-release")
    finally:
        # When it was the connection that failed, a fresh one can still spare the tenant's others the whole lease.
        database.close_if_unusable_or_obsolete()
        Lane.release(tenant_id, owner)
    failpoints.reach("lane-released")
    # A row that fell due after the last claim and before the release would otherwise wait for the sweeper.
    return Lane.has_work(tenant_id)


class _Drain:
    def __init__(self, tenant_id: uuid.UUID, owner: uuid.UUID, session: Session) -> None:
        self.tenant_id = tenant_id
        self.owner = owner
        self.session = session
        # What is true from the start is not asked for: a click waits for every question before its first call.
        self.just_taken = True
        self.slowed = self.answered = False
        self.running: dict[Future[Answer], tuple[Decision, Story]] = {}
        self.stop_at = time.monotonic() + DRAIN_SECONDS
        self.beat_at = time.monotonic() + settings.LEASE_SECONDS / HEARTBEATS_PER_LEASE

    def run(self) -> None:
        with ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="workday") as self.pool:
            while self._claim() or self.running or self._linger():
                self._collect()
                self._heartbeat()
        if self.answered and not self.slowed:
            Lane.resume(self.tenant_id)

    def _claim(self) -> bool:
        free = CALLS_AT_ONCE - len(self.running)
        if free <= 0 or time.monotonic() > self.stop_at or not self._is_clear():
            return False
        claimed = claim(self.tenant_id, free)
        for decision in claimed:
            self._advance(decision, carry_out(decision), None)
        return bool(claimed)

    def _is_clear(self) -> bool:
        is_clear = self.just_taken or Lane.is_clear(self.tenant_id, self.owner)
        self.just_taken = False
        return is_clear

    def _advance(self, decision: Decision, story: Story, answer: Answer | None) -> None:
        """Let one story write what it learnt, and start the call it asks for next."""
        try:
            call = story.send(answer) if answer is not None else next(story)
        except (StopIteration, LeaseLost):
            return
        except DatabaseError:
            raise
        except Exception:
            # One decision that trips over a fault of ours must not hold up the tenant's others.
            log.exception("decision %s could not be carried on", decision.pk)
            self._set_aside(decision)
            return
        self.running[self.pool.submit(calls.make, call, decision, self.session)] = (decision, story)

    def _set_aside(self, decision: Decision) -> None:
        """Look at it again after a growing while, and after some of them have a person look."""
        # What it had in mind may have been rolled back. The fence stays this worker's own.
        decision.refresh_from_db(fields=["state", "tries"])
        with suppress(LeaseLost):
            if decision.tries >= FAULTS_AT_MOST and decision.state in (State.CLAIMED, State.UNCERTAIN):
                decision.mark_manual(FAULT_SECONDS, "fault", "Something went wrong here; the operators were told.")
            else:
                decision.postpone(backoff(decision.tries, first=FAULT_SECONDS))

    def _collect(self) -> None:
        done, _ = wait(self.running, timeout=1.0, return_when=FIRST_COMPLETED)
        for future in done:
            decision, story = self.running.pop(future)
            answer = future.result()
            self._mind_pace(answer)
            self._advance(decision, story, answer)

    def _mind_pace(self, answer: Answer) -> None:
        if isinstance(answer, Answered) and status_of(answer) in SLOW_DOWN:
            Lane.pause(self.tenant_id, answer.retry_after)
            self.slowed = True
        elif not isinstance(answer, Exception):
            self.answered = True

    def _heartbeat(self) -> None:
        if time.monotonic() < self.beat_at:
            return
        self.beat_at = time.monotonic() + settings.LEASE_SECONDS / HEARTBEATS_PER_LEASE
        Lane.prolong(self.tenant_id, self.owner, settings.LEASE_SECONDS)

    def _linger(self) -> bool:
        """Wait for a decision that falls due within moments; False when there is none or the time is up."""
        seconds = Lane.seconds_until_work(self.tenant_id)
        if seconds is None or seconds > LINGER_SECONDS or time.monotonic() + seconds > self.stop_at:
            return False
        time.sleep(min(max(seconds, 0.01), 0.25))
        return True
