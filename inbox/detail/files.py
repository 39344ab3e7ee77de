"""Attachments on their way through us: whose, how large, under which name and type."""

from __future__ import annotations

import threading
import unicodedata
from pathlib import PurePosixPath

from connections.tokens import TokenError
from inbox.detail.content import Content, File
from inbox.models import InboxTask, TaskDetail
from inbox.outcomes import code_of
from inbox.reading import read
from workday.errors import Answered, WorkdayError

MOST_BYTES = 10 * 1024 * 1024
SECONDS = 15.0
LONGEST_NAME = 120
OTHER = "application/octet-stream"
# What is named so may be told to the browser as what it is; with any other name the type would be a guess.
TYPES = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Slow downloads must leave most of this process's threads to everybody else's pages.
_places = threading.BoundedSemaphore(2)


class NotHad(Exception):
    """The file could not be had; the text is for the person."""


def listed(task: InboxTask, file_id: str) -> File | None:
    """The attachment of that id, if Workday named it for this very task."""
    detail = TaskDetail.objects.filter(task=task).first()
    files = Content.read(detail.content).files if detail else []
    return next((file for file in files if file.id == file_id), None)


def content_of(task: InboxTask, file: File) -> bytes:
    """The file as Workday has it now, with the connection's own token. Raises NotHad.

    The one request of a page that waits for Workday: a file is the person's express wish, may be large and private,
    and would otherwise have to be stored by us. So it has an end: seconds, bytes, and how many at once.
    """
    if not task.connection.is_usable:
        raise NotHad("The connection to Workday does not work at the moment.")
    if file.size is not None and file.size > MOST_BYTES:
        raise NotHad("This file is too large to come through here. Open the task in Workday to see it.")
    if not _places.acquire(blocking=False):
        raise NotHad("Other files are being fetched just now. Try again in a moment.")
    try:
        return _fetched(task, file)
    except (WorkdayError, TokenError) as failure:
        reason = _words(failure)
    finally:
        _places.release()
    raise NotHad(reason)


def _fetched(task: InboxTask, file: File) -> bytes:
    event = Content.read(task.detail.content).event
    return read(
        task.connection,
        lambda workday: workday.attachment_bytes(event, file.id, most=MOST_BYTES, seconds=SECONDS),
    )


def _words(failure: WorkdayError | TokenError) -> str:
    if isinstance(failure, TokenError):
        return "The connection to Workday does not work at the moment."
    if isinstance(failure, Answered):
        return f"Workday did not give this file ({code_of(failure)}). Open the task in Workday to see it."
    return "Workday did not send this file, or it is too large. Try again, or open the task in Workday."


def safe_name(name: str) -> str:
    """A name that can only be a name: no path, nothing invisible or turned around, no leading or ending dots."""
    visible = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))
    plain = "".join("_" if c in '/\\:*?"<>|%;' else c for c in visible).strip(". ")
    path = PurePosixPath(plain or "attachment")
    ending = path.suffix[:20]
    return f"{path.stem[: LONGEST_NAME - len(ending)].rstrip('. ') or 'attachment'}{ending}"


def type_of(name: str) -> str:
    return TYPES.get(PurePosixPath(name).suffix.lower(), OTHER)
