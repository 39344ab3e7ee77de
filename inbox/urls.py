from __future__ import annotations

from django.urls import path

from inbox.views import deciding, listing

app_name = "inbox"

# Prefix: /inbox/
urlpatterns = [
    path("", listing.inbox, name="list"),
    path("changes", listing.changes, name="changes"),
    path("refresh", listing.refresh, name="refresh"),
    path("tasks/<uuid:task_id>/decide", deciding.decide_task, name="decide"),
    path("tasks/<uuid:task_id>/send-back", deciding.send_task_back, name="send_back"),
    path("decisions/<uuid:decision_id>/undo", deciding.undo, name="undo"),
]
