"""Reading the inbox page as far as a person uses it: the forms it offers and whether the connection is broken."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

_FORM = re.compile(r'<form[^>]*action="(/inbox/tasks/([0-9a-f-]+)/decide)"[^>]*>(.*?)</form>', re.DOTALL)
_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_UNDO = re.compile(r'action="(/inbox/decisions/[0-9a-f-]+/undo)"')
_SEND_BACK = re.compile(r'href="(/inbox/tasks/[0-9a-f-]+/send-back)"')
_PLACE = re.compile(r'<input type="radio" name="to" value="([^"]+)"')
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@dataclass(frozen=True, slots=True)
class Form:
    """One row's form: where it is sent, which task it is about, and the hidden fields it carries.

    `send_back` is where its link to sending back leads; empty when it has none.
    """

    path: str
    task: str
    fields: dict[str, str]
    send_back: str = ""

    @property
    def nonce(self) -> str:
        return self.fields["nonce"]


def forms(text: str) -> list[Form]:
    """The decisions that a page offers."""
    found = (Form(path, task, _hidden(body), _link(body)) for path, task, body in _FORM.findall(text))
    return [form for form in found if "nonce" in form.fields]


def send_back_form(text: str, of: Form) -> Form | None:
    """The form of the page that asks where to; None while the tenant has not named a place."""
    place = _PLACE.search(text)
    return Form(of.send_back, of.task, {**_hidden(text), "to": place[1]}) if place else None


def waiting(text: str) -> int:
    """How many tasks the page shows as waiting, decided or not; those that have ended stand below."""
    return text.partition('aria-labelledby="decided"')[0].count('<li class="task"')


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


def _link(body: str) -> str:
    found = _SEND_BACK.search(body)
    return found[1] if found else ""


def _hidden(body: str) -> dict[str, str]:
    inputs = (dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(body))
    return {each["name"]: html.unescape(each.get("value", "")) for each in inputs if each.get("type") == "hidden"}
