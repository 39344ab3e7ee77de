"""Reading the inbox page as far as a person uses it: the forms it offers and whether the connection is broken."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

_FORM = re.compile(r'<form[^>]*action="(/inbox/tasks/([0-9a-f-]+)/decide)"[^>]*>(.*?)</form>', re.DOTALL)
_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_UNDO = re.compile(r'action="(/inbox/decisions/[0-9a-f-]+/undo)"')
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@dataclass(frozen=True, slots=True)
class Form:
    """One row's form: where it is sent, whose task it is about, and the hidden fields it carries."""

    path: str
    task: str
    fields: dict[str, str]

    @property
    def nonce(self) -> str:
        return self.fields["nonce"]


def forms(text: str) -> list[Form]:
    """The decisions that a page offers."""
    found = ((path, task, _hidden(body)) for path, task, body in _FORM.findall(text))
    return [Form(path, task, fields) for path, task, fields in found if "nonce" in fields]


def undo_path(row: str) -> str:
    """Where the row's Undo button leads; empty when it has none."""
    found = _UNDO.search(row)
    return found[1] if found else ""


def token(text: str) -> str:
    """What protects the page's forms; empty when the page has none."""
    found = _TOKEN.search(text)
    return found[1] if found else ""


def is_broken(text: str) -> bool:
    """Whether the page asks this person to reconnect."""
    return "needs you.</strong>" in text


def is_sign_in(text: str) -> bool:
    return 'name="password"' in text


def _hidden(body: str) -> dict[str, str]:
    inputs = (dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(body))
    return {each["name"]: html.unescape(each.get("value", "")) for each in inputs if each.get("type") == "hidden"}
