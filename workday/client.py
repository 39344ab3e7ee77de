"""The typed client of one worker at one tenant. Every call goes out with that worker's own token."""

from __future__ import annotations

import datetime
import html
import json
import time
from collections.abc import Iterator, Mapping
from typing import Never
from urllib.parse import quote, urlencode, urlsplit

from workday import answers, details, events
from workday.answers import Echo, EventStep, InboxTask, Reference, StepComment, Worker
from workday.details import Attachment, ProcessFacts
from workday.errors import NotSent, Unanswered
from workday.events import Event, PlannedStep, WaitingStep
from workday.reading import Fields, content, fields, is_id
from workday.secret import Secret
from workday.session import Answer, Session

READ_SECONDS = 5.0
WRITE_SECONDS = 15.0
PAGE = 100
# Less than a listing may take before it counts as dead (`inbox.sync`).
LIST_SECONDS = 50.0
MAX_TASKS = 20_000
MAX_STEPS = 1_000
MAX_EVENTS = 5_000
# The step action Submit, which Workday delivers with the same WID in every tenant (businessProcess toDo).
SUBMIT = "133d5c88baa64136aab041c1d2e9ed53"


class Workday:
    """Reads an inbox and carries out decisions, as the worker whose access token `bearer` is.

    `rest_endpoint` is the tenant's "Workday REST API Endpoint", https://{host}/ccx/api/v1/{tenant}. Every URL is
    built from it; an href in an answer may name another host, which must never get the token, so none is followed.

    A call must be over within `read_seconds` or `write_seconds`.
    Every method raises NotSent, Unanswered or Answered (`workday.errors`) when it does not succeed.
    """

    def __init__(
        self,
        session: Session,
        rest_endpoint: str,
        bearer: Secret,
        *,
        read_seconds: float = READ_SECONDS,
        write_seconds: float = WRITE_SECONDS,
    ) -> None:
        parts = urlsplit(rest_endpoint)
        tenant = parts.path.rstrip("/").rpartition("/")[2]
        self._session = session
        self._bearer = bearer
        self._read_seconds = read_seconds
        self._write_seconds = write_seconds
        self._classic = f"{parts.scheme}://{parts.netloc}/ccx/api/v1/{tenant}"
        self._process = f"{parts.scheme}://{parts.netloc}/ccx/api/businessProcess/v1/{tenant}"

    def me(self) -> Worker:
        """Who the token acts as: GET workers/me."""
        return answers.worker(self._get(f"{self._classic}/workers/me"))

    def inbox_page(self, offset: int, *, limit: int = PAGE) -> list[InboxTask]:
        """Up to `limit` open tasks, 100 at most, newest first: GET workers/me/inboxTasks."""
        page = self._get(f"{self._classic}/workers/me/inboxTasks", limit=limit, offset=offset)
        return [answers.inbox_task(item) for item in page.objects("data")]

    def inbox(self) -> Iterator[list[InboxTask]]:
        """Every page of the inbox, until an empty one: `total` may say 0 with data and more without.

        Raises Unanswered when the inbox does not end within 20,000 tasks and 50 s, so a listing is whole or fails.
        """
        for page in self._pages(f"{self._classic}/workers/me/inboxTasks", MAX_TASKS):
            yield [answers.inbox_task(item) for item in page]

    def inbox_task(self, task_id: str) -> InboxTask:
        """One task as Workday has it now, never from a cached list: GET inboxTasks/{id} of the classic service."""
        task = answers.inbox_task(self._get(f"{self._classic}/inboxTasks/{_segment(task_id)}"))
        return task if task.id == task_id else _wrong_id(200)

    def event_step(self, step_id: str) -> EventStep:
        """One step with its outcome and comments: businessProcess GET eventSteps/{id}."""
        step = answers.event_step(self._get(f"{self._process}/eventSteps/{_segment(step_id)}"))
        return step if step.id == step_id else _wrong_id(200)

    def awaiting_steps(self, *, limit: int) -> list[EventStep]:
        """Up to `limit` steps that await this worker, 100 at most: businessProcess GET eventSteps."""
        page = self._get(f"{self._process}/eventSteps", limit=limit)
        return [answers.event_step(item) for item in page.objects("data")]

    def completed_steps(self, event_id: str) -> list[EventStep]:
        """The steps of an event that are over, in Workday's order: businessProcess GET events/{id}/completedSteps."""
        return [answers.event_step(item) for item in self._all_of(event_id, "completedSteps")]

    def waiting_steps(self, event_id: str) -> list[WaitingStep]:
        """The steps of an event that wait for somebody: businessProcess GET events/{id}/inProgressSteps."""
        return [events.waiting_step(item) for item in self._all_of(event_id, "inProgressSteps")]

    def planned_steps(self, event_id: str) -> list[PlannedStep]:
        """The steps of an event that may follow: businessProcess GET events/{id}/remainingSteps."""
        return [events.planned_step(item) for item in self._all_of(event_id, "remainingSteps")]

    def events(self, *, initiated_since: datetime.date, **who: str) -> list[Event]:
        """All events of a `worker` or `initiator`, newest first: businessProcess GET events.

        Without either Workday answers with an empty list, and its older versions want a `worker` in any case.
        Raises Unanswered when the list does not end within 5,000 events.
        """
        query = {**who, "initiatedOnOrAfter": initiated_since.isoformat()}
        return [events.event(item) for item in self._whole(f"{self._process}/events", MAX_EVENTS, **query)]

    def event(self, event_id: str) -> Event:
        """One business process: businessProcess GET events/{id}."""
        event = events.event(self._get(f"{self._process}/events/{_segment(event_id)}"))
        return event if event.id == event_id else _wrong_id(200)

    def event_comments(self, event_id: str) -> list[StepComment]:
        """Up to 100 comments on an event and its steps: businessProcess GET events/{id}/comments."""
        found = self._get(f"{self._process}/events/{_segment(event_id)}/comments", limit=PAGE)
        return [answers.step_comment(item) for item in found.objects("data")]

    def attachments(self, event_id: str) -> list[Attachment]:
        """Up to 100 files of an event, without their bytes: businessProcess GET events/{id}/attachments."""
        found = self._get(f"{self._process}/events/{_segment(event_id)}/attachments", limit=PAGE)
        return [details.attachment(item) for item in found.objects("data")]

    def attachment_bytes(self, event_id: str, attachment_id: str, *, most: int, seconds: float) -> bytes:
        """A file of an event as it is, at most `most` bytes: GET of the attachment below its event.

        Workday documents a field `file` of the attachment and not where it leads, and no address of an answer is
        followed; that the file lies at its own id below the event is inferred.
        """
        url = f"{self._process}/events/{_segment(event_id)}/attachments/{_segment(attachment_id)}"
        headers = {**self._headers(), "Accept": "*/*"}
        answer = self._session.send("GET", url, seconds=seconds, headers=headers, most=most)
        return content(answer, 200)

    def process_facts(self, resource: str, process_id: str) -> ProcessFacts:
        """What a task is about, of the classic service: GET {resource}/{id}, one of `details.RESOURCES`."""
        if resource not in details.RESOURCES:
            raise NotSent("This resource has no known shape.")
        return details.process_facts(self._get(f"{self._classic}/{resource}/{_segment(process_id)}"))

    def send_back_targets(self, step_id: str) -> list[Reference]:
        """Where a step can be sent back to; none means that it cannot: businessProcess GET values/sendBack/to/."""
        found = self._get(f"{self._process}/values/sendBack/to/", eventStep=step_id, limit=MAX_STEPS)
        return [answers.reference(item) for item in found.objects("data")]

    def approve(self, step_id: str, comment: str, *, request_id: str) -> Echo:
        """Approve a step: businessProcess POST eventSteps/{id}/approve. Workday requires a comment since June 2026."""
        return self._decide(step_id, "approve", {"comment": comment}, request_id)

    def deny(self, step_id: str, comment: str, *, request_id: str) -> Echo:
        """Reject a step, which Workday calls deny: businessProcess POST eventSteps/{id}/deny; needs a comment."""
        return self._decide(step_id, "deny", {"comment": comment}, request_id)

    def send_back(self, step_id: str, reason: str, to: str, *, request_id: str) -> Echo:
        """Send a step back to one of its `send_back_targets`: businessProcess POST eventSteps/{id}/sendBack."""
        return self._decide(step_id, "sendBack", {"reason": reason, "to": {"id": to}}, request_id)

    def decide_inbox_task(self, task_id: str, title: str, *, approve: bool, comment: str, request_id: str) -> Echo:
        """Approve or deny with the classic service: PUT inboxTasks/{id}?type=approval|denial, Approval steps only."""
        href = f"{self._classic}/inboxTasks/{_segment(task_id)}"
        url = f"{href}?type={'approval' if approve else 'denial'}"
        # This field is rich text at Workday, where a bare "<" would begin a tag.
        text = html.escape(comment, quote=False)
        body = {"id": task_id, "descriptor": title, "href": href, "comment": text}
        found = fields(self._write("PUT", url, body, request_id), 200)
        return Echo(task_id, "") if found.id() == task_id else _wrong_id(200)

    def submit_to_do(self, step_id: str, comment: str, *, request_id: str) -> Echo:
        """Say that a To Do is done: businessProcess POST eventSteps/{id}/toDo with the step action Submit."""
        return self._decide(step_id, "toDo", {"stepAction": {"id": SUBMIT}, "comment": comment}, request_id)

    def _decide(self, step_id: str, verb: str, body: Mapping[str, object], request_id: str) -> Echo:
        url = f"{self._process}/eventSteps/{_segment(step_id)}/{verb}"
        found = fields(self._write("POST", url, {"id": step_id, **body}, request_id), 201)
        status = found.object("eventStatus").text("descriptor") or found.object("status").text("descriptor")
        return Echo(step_id, status) if found.id() == step_id else _wrong_id(201)

    def _all_of(self, event_id: str, part: str) -> list[Fields]:
        return self._whole(f"{self._process}/events/{_segment(event_id)}/{part}", MAX_STEPS)

    def _whole(self, url: str, most: int, **query: object) -> list[Fields]:
        return [item for page in self._pages(url, most, **query) for item in page]

    def _pages(self, url: str, most: int, **query: object) -> Iterator[list[Fields]]:
        """Every page of a list, until an empty one. Raises Unanswered when it has not ended after `most` items.

        It must have ended after LIST_SECONDS, too: pages of one item each would hold a worker for hours.
        """
        offset, until = 0, time.monotonic() + LIST_SECONDS
        while page := self._get(url, **query, limit=PAGE, offset=offset).objects("data"):
            offset += len(page)
            if offset > most or time.monotonic() > until:
                raise Unanswered("The list did not end.", status=200)
            yield page

    def _get(self, url: str, **query: object) -> Fields:
        full = f"{url}?{urlencode(query)}" if query else url
        return fields(self._session.send("GET", full, seconds=self._read_seconds, headers=self._headers()), 200)

    def _write(self, method: str, url: str, body: Mapping[str, object], request_id: str) -> Answer:
        headers = {
            **self._headers(),
            "Content-Type": "application/json",
            # Not an idempotency key: Workday only logs it, so that both sides can find the same request.
            "wd-external-request-id": request_id,
        }
        content = json.dumps(body).encode()
        return self._session.send(method, url, seconds=self._write_seconds, headers=headers, body=content)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._bearer.reveal()}", "Accept": "application/json"}


def _segment(identifier: str) -> str:
    """An id as one segment of a path. Raises NotSent for anything that is no id, such as a path of its own."""
    if not is_id(identifier):
        raise NotSent("This is not a Workday id.")
    return quote(identifier, safe="=$")


def _wrong_id(status: int) -> Never:
    raise Unanswered("The answer was about something else.", status=status)
