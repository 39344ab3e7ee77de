from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone

Handler = Callable[[HttpRequest], HttpResponse]


class SignInFirst(LoginRequiredMiddleware):
    """Leads whoever is not signed in to the sign-in page and from there back to the page they were on.

    What was posted is not repeated after that, and its address often answers to posts alone; so the way back leads to
    the page that the form was on.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        return redirect_to_login(_page_of_the_form(request), resolve_url(settings.LOGIN_URL))


def _page_of_the_form(request: HttpRequest) -> str:
    try:
        came_from = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return resolve_url("home")
    if came_from.netloc != request.get_host() or not came_from.path:
        return resolve_url("home")
    return came_from._replace(scheme="", netloc="", fragment="").geturl()


def reader_time_zone(get_response: Handler) -> Handler:
    """Show times in the reader's zone: the one chosen on the profile page, else the one the browser told."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = getattr(request.user, "time_zone", "") or request.COOKIES.get("time_zone", "")
        with timezone.override(_zone(chosen)):
            return get_response(request)

    return middleware


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def private_pages(get_response: Handler) -> Handler:
    """Keep signed-in pages out of every cache, so that the back button after sign-out shows nothing."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response

    return middleware
