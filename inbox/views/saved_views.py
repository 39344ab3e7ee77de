from __future__ import annotations

import uuid

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.guards import signed_in
from inbox.filters import Filter
from inbox.models import SavedView

VIEWS_AT_MOST = 20
LONGEST_NAME = 40


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Give the view on show a name; the same name again takes its place."""
    user = signed_in(request)
    query = Filter.read(QueryDict(request.POST.get("query", ""))).query
    name = " ".join(request.POST.get("name", "").replace("\0", "").split())[:LONGEST_NAME]
    if not name:
        messages.error(request, "Give the view a name to save it.")
    elif user.saved_views.exclude(name=name).count() >= VIEWS_AT_MOST:
        messages.error(request, f"You have {VIEWS_AT_MOST} saved views. Remove one first.")
    else:
        with transaction.atomic():
            view, _ = SavedView.objects.update_or_create(user=user, name=name, defaults={"query": query})
            if request.POST.get("default"):
                _open_with(view)
        messages.success(request, f"The view “{name}” is saved.")
    return redirect(_address(query))


@require_POST
def make_default(request: HttpRequest, view_id: uuid.UUID) -> HttpResponse:
    """Open the inbox with this view from now on, or no longer."""
    view = get_object_or_404(signed_in(request).saved_views, pk=view_id)
    with transaction.atomic():
        if view.is_default:
            signed_in(request).saved_views.update(is_default=False)
        else:
            _open_with(view)
    return redirect(_address(view.query))


@require_POST
def remove(request: HttpRequest, view_id: uuid.UUID) -> HttpResponse:
    view = get_object_or_404(signed_in(request).saved_views, pk=view_id)
    view.delete()
    messages.success(request, f"The view “{view.name}” is removed.")
    return redirect(_address(view.query))


def _open_with(view: SavedView) -> None:
    view.user.saved_views.update(is_default=False)
    SavedView.objects.filter(pk=view.pk).update(is_default=True)


def _address(query: str) -> str:
    """Of the inbox with this view, and of the whole inbox where the usual view is another one."""
    return f"{reverse('inbox:list')}?{query or 'view=all'}"
