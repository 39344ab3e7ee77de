from __future__ import annotations

from inbox.models.attempt import Attempt
from inbox.models.batch import Batch, BatchItem
from inbox.models.decision import Decision, LeaseLost
from inbox.models.detail import TaskDetail
from inbox.models.lane import Lane
from inbox.models.notice import Notice, NoticeChoice
from inbox.models.reason import Reason
from inbox.models.saved_view import SavedView
from inbox.models.send_back import SendBackTargets
from inbox.models.started import StartedRequest, StartedSync
from inbox.models.sync import InboxSync
from inbox.models.task import InboxTask

__all__ = [
    "Attempt",
    "Batch",
    "BatchItem",
    "Decision",
    "InboxSync",
    "InboxTask",
    "Lane",
    "LeaseLost",
    "Notice",
    "NoticeChoice",
    "Reason",
    "SavedView",
    "SendBackTargets",
    "StartedRequest",
    "StartedSync",
    "TaskDetail",
]
