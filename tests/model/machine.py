"""The state machine: what people, Workday, our workers and time can do, in any order and at any moment."""

from __future__ import annotations

import contextlib
import dataclasses
import uuid

from django.db import transaction
from django.test import override_settings
from hypothesis import currently_in_test_context, event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from connections import linking
from inbox import facts, sync
from inbox.decisions import AlreadyUnderWay, NotDecidable, NotWhatWasSeen, Wish, decide
from inbox.models import Decision, InboxTask
from inbox.states import Action
from inbox.sweep import resume_parked, sweep
from tests.model import clock, ending, invariants
from tests.model.drainer import Drainer, Running, fence_held, rows_of
from tests.model.far_side import View
from tests.model.replies import Reply
from tests.model.world import CARL, OLIVE, OTHER, OWN, SHARED, Click, World, connection_of, look_at_inbox, world
from tests.model.world import reconnect as connect_again

PEOPLE = st.sampled_from(["olive", "carl"])
TASKS = st.sampled_from([SHARED, OWN])
ACTIONS = st.sampled_from([Action.APPROVE, Action.REJECT])
# Half of all calls go well, or no story would ever get far.
REPLIES = st.one_of(st.just(Reply.OK), st.sampled_from(Reply))
SECONDS = st.sampled_from([1, 4, 6, 11, 21, 61, 200, 601, 901])
WIDS = st.sampled_from([OLIVE, CARL, OTHER])
WORKERS = st.integers(0, 1)
# One decision's calls from its claim on; the second is most often the send.
CALLS = st.one_of(st.lists(REPLIES, max_size=4), st.tuples(st.just(Reply.OK), st.sampled_from(Reply)).map(list))
# Each tenant hides or does a few things in an unusual way, seldom all of them.
ODD = sorted(field.name for field in dataclasses.fields(View))
VIEWS = st.sets(st.sampled_from(ODD), max_size=3).map(
    lambda odd: View(**{name: not getattr(View(), name) for name in odd})
)


class Story(RuleBasedStateMachine):
    """One life of a small world. Everything it does to the database is undone at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.scope = contextlib.ExitStack()
        self.scope.enter_context(transaction.atomic())
        self.scope.callback(transaction.set_rollback, True)
        self.fences: dict[uuid.UUID, int] = {}

    @initialize(
        view=VIEWS,
        undo=st.sampled_from([0.0, 0.0, 0.0, 5.0]),
        person=PEOPLE,
        action=ACTIONS,
        opening=st.sampled_from([3, 4, 2, 1, 0]),
        sent=st.sampled_from(Reply),
    )
    def begin(
        self, view: View, undo: float, person: str, action: Action, opening: int = 0, sent: Reply = Reply.OK
    ) -> None:
        """A click, and the first few steps of a worker: two bring it to where it will send, a third one sends."""
        self.scope.enter_context(override_settings(UNDO_SECONDS=undo))
        self.world: World = world(view)
        self.far = self.world.far
        self.click(person, SHARED, action)
        self.start(0)
        for number in range(opening):
            self.step(0, sent if number == 2 else Reply.OK)

    # What people do here

    @rule(person=PEOPLE, task=TASKS, action=ACTIONS, fresh=st.booleans())
    def click(self, person: str, task: str, action: Action, fresh: bool = True) -> None:
        connection = connection_of(f"{person}@example.test")
        if fresh:
            look_at_inbox(self.far, connection)
        row = InboxTask.objects.select_related("connection").filter(connection=connection, wid=task).first()
        if row is None or connection.user is None:
            return
        wish = Wish(action, f"Because {len(self.world.clicks)}.", uuid.uuid4(), facts.fingerprint(row))
        busy = Decision.objects.live().filter(task_wid=task).exists()
        try:
            placed = decide(connection.user, row, wish)
        except (NotDecidable, AlreadyUnderWay):
            assert busy or row.closed_at, "a click on an open task was turned away"
            return
        assert not busy, "I4: two live decisions on one task"
        self.world.clicks[placed.pk] = Click(
            connection.user.pk, connection.worker_wid, task, action, wish.comment, wish.nonce, facts.of_task(row)
        )

    @rule(number=st.integers(0, 5))
    def click_twice(self, number: int) -> None:
        """Send the same form again, maybe much later, maybe from a page that shows the task as it was."""
        pk, click = self._clicked(number)
        row = Decision.objects.select_related("task__connection", "user").get(pk=pk)
        wish = Wish(click.action, click.comment, click.nonce, "")
        with contextlib.suppress(NotWhatWasSeen):
            assert decide(row.user, row.task, wish).pk == pk, "one form made two decisions"

    @rule(number=st.integers(0, 5))
    def undo(self, number: int) -> None:
        pk, _ = self._clicked(number)
        if Decision.objects.get(pk=pk).cancel():
            assert not any(sent.request == str(pk) for sent in self.far.sent), "undone after it was sent"

    @rule(person=PEOPLE)
    def disconnect(self, person: str) -> None:
        connection = connection_of(f"{person}@example.test")
        assert connection.user is not None
        linking.disconnect(connection, connection.user)

    @rule(person=PEOPLE, worker=WIDS, hinted=st.booleans())
    def reconnect(self, person: str, worker: str, hinted: bool = True) -> None:
        before = connection_of(f"{person}@example.test")
        if not connect_again(self.far, before, worker):
            return
        connection = connection_of(f"{person}@example.test")
        if connection.worker_wid != before.worker_wid:
            sync.start_afresh(connection)
        if hinted:
            resume_parked(connection)

    # What happens at Workday

    @rule(task=TASKS, worker=WIDS, action=ACTIONS, comment=st.sampled_from(["", "Me."]))
    def by_hand(self, task: str, worker: str, action: Action, comment: str = "") -> None:
        self.far.by_hand(task, worker, action, comment)

    @rule(task=TASKS, what=st.sampled_from(["edit", "reassign", "delete", "revoke"]), to=WIDS)
    def meddle(self, task: str, what: str, to: str = OTHER) -> None:
        """Change the task, give it to somebody else, take it away, or end a worker's grant."""
        subject = self.far.tasks[task]
        match what:
            case "edit":
                subject.title += "!"
            case "reassign":
                subject.assigned ^= {to}
            case "delete":
                subject.gone = subject.done is None
            case _:
                self.far.revoked.add(to)

    # What our workers do

    @rule(worker=WORKERS, most=st.integers(1, 2))
    def start(self, worker: int, most: int = 2) -> None:
        self.world.drainers[worker].rest()
        if not self.world.drainers[worker].begin(most):
            self.world.drainers[worker].rest()

    @precondition(lambda self: self._running())
    @rule(number=st.integers(0, 2), reply=REPLIES)
    def step(self, number: int, reply: Reply = Reply.OK) -> None:
        """Make the next call of one story, or let it hear what came of the last one."""
        running = self._running()
        if running:
            self._step(*running[number % len(running)], reply)

    @rule(worker=WORKERS, replies=CALLS)
    def work(self, worker: int, replies: list[Reply] | None = None) -> None:
        """Go on until nothing is due any more."""
        drainer, left = self.world.drainers[worker], list(replies or [])
        drainer.rest()
        while drainer.running or drainer.begin(2):
            while drainer.running:
                waits = drainer.running[0].answer is None
                self._step(drainer, drainer.running[0], left.pop(0) if left and waits else Reply.OK)
        drainer.rest()

    @precondition(lambda self: self._running())
    @rule(worker=WORKERS)
    def kill(self, worker: int) -> None:
        self.world.drainers[worker].die()

    @rule(seconds=SECONDS, worker=WORKERS, replies=CALLS)
    def wait_and_work(self, seconds: float, worker: int, replies: list[Reply] | None = None) -> None:
        """Time goes on; the sweeper finds what no hint told of and wakes a worker."""
        self.wait(seconds)
        if sweep():
            self.work(worker, replies)

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        clock.let_pass(self.far, seconds)

    @invariant()
    def everything_holds(self) -> None:
        invariants.hold(self.world, self.fences)

    def teardown(self) -> None:
        """Faults stop, and time goes on."""
        try:
            if hasattr(self, "world"):
                ending.settle(self.world, self.work)
                self.everything_holds()
                if currently_in_test_context():
                    event(f"late sends: {sum(sent.late for sent in self.far.sent)}")
        finally:
            self.scope.close()

    def _clicked(self, number: int) -> tuple[uuid.UUID, Click]:
        return list(self.world.clicks.items())[number % len(self.world.clicks)]

    def _running(self) -> list[tuple[Drainer, Running]]:
        return [(drainer, running) for drainer in self.world.drainers for running in drainer.running]

    def _step(self, drainer: Drainer, running: Running, reply: Reply) -> None:
        if running.answer is None:
            drainer.ask(running, reply)
            return
        held = fence_held(running.decision)
        before = [] if held else rows_of(running.decision)
        drainer.tell(running)
        assert held or rows_of(running.decision) == before, "I9: written under an old fence"
