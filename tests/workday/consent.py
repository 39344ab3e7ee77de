"""The person at the sandbox tenant's consent page."""

from __future__ import annotations

import requests


def answer(url: str, worker: str = "manager", *, allow: bool = True) -> str:
    """Sign in as `worker`, allow or deny, and return the address that the browser is sent to."""
    form = {"worker": worker, "answer": "allow" if allow else "deny"}
    page = requests.post(url, data=form, allow_redirects=False, timeout=10)
    assert page.status_code in (302, 303), page.text
    return page.headers["Location"]
