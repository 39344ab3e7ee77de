from __future__ import annotations

from django.urls import path

from inbox import views

app_name = "inbox"

# Prefix: /inbox/
urlpatterns = [
    path("", views.inbox, name="list"),
    path("changes", views.changes, name="changes"),
    path("refresh", views.refresh, name="refresh"),
    path("tasks/<uuid:task_id>/decide", views.decide_task, name="decide"),
    path("decisions/<uuid:decision_id>/undo", views.undo, name="undo"),
]
