from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse

from accounts.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def signed_in(request: HttpRequest) -> User:
    """The person who asks. `SignInFirst` has already sent everybody else to the sign-in page."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def administrators_only(view: View[P]) -> View[P]:
    """Answer 404 to everybody else, so that the page does not even tell that it exists."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not signed_in(request).is_administrator:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
