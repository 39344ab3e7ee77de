from __future__ import annotations

from django.urls import path

from inbox.views import bulk, deciding, listing, notices, past, saved_views, started, task

app_name = "inbox"

# Prefix: /inbox/
urlpatterns = [
    path("", listing.inbox, name="list"),
    path("changes", listing.changes, name="changes"),
    path("refresh", listing.refresh, name="refresh"),
    path("attention", past.attention, name="attention"),
    path("decided", past.decided, name="decided"),
    path("bulk", bulk.choose, name="bulk"),
    path("batches/<uuid:batch_id>", bulk.batch, name="batch"),
    path("batches/<uuid:batch_id>/confirm", bulk.confirm, name="confirm_batch"),
    path("batches/<uuid:batch_id>/changes", bulk.changes, name="batch_changes"),
    path("batches/<uuid:batch_id>/undo", bulk.undo, name="undo_batch"),
    path("batches/<uuid:batch_id>/retry", bulk.retry, name="retry_batch"),
    path("mails", notices.choose, name="notices"),
    path("requests", started.started, name="requests"),
    path("requests/<uuid:request_id>/", started.one, name="request"),
    path("views/save", saved_views.save, name="save_view"),
    path("views/<uuid:view_id>/default", saved_views.make_default, name="default_view"),
    path("views/<uuid:view_id>/remove", saved_views.remove, name="remove_view"),
    path("tasks/<uuid:task_id>/", task.task, name="task"),
    path("tasks/<uuid:task_id>/attachments/<str:file_id>", task.attachment, name="attachment"),
    path("tasks/<uuid:task_id>/decide", deciding.decide_task, name="decide"),
    path("tasks/<uuid:task_id>/done", deciding.finish_task, name="finish"),
    path("tasks/<uuid:task_id>/send-back", deciding.send_task_back, name="send_back"),
    path("decisions/<uuid:decision_id>/undo", deciding.undo, name="undo"),
]
