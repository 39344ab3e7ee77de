"""Reading at Workday with a connection's own token, once more with a renewed one when it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from connections.clients import new_session, workday_for
from connections.models import Connection
from connections.tokens import bearer
from workday.client import Workday
from workday.errors import Answered

T = TypeVar("T")


def read(connection: Connection, ask: Callable[[Workday], T]) -> T:
    """What `ask` returns; it may be called twice, so it must only read. Raises WorkdayError and TokenError."""
    with new_session() as session:
        token = bearer(connection)
        try:
            return ask(workday_for(connection, token, session))
        except Answered as error:
            if error.status != 401:
                raise
        token = bearer(connection, rejected=token)
        return ask(workday_for(connection, token, session))
