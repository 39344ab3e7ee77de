from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from audit.models import Event

PASSWORD = "a quiet harbour town"
Typed = Callable[[str], None]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Typed:
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Stands in for the hands at a terminal, which a test does not have."""

    def answer(*passwords: str) -> None:
        left = iter(passwords)
        monkeypatch.setattr("sys.stdin", Terminal())
        monkeypatch.setattr("getpass.getpass", lambda prompt: next(left))

    return answer


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("create_administrator", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_piped_password_signs_the_administrator_in(piped: Typed) -> None:
    piped(PASSWORD + "\n")
    assert run("Ada@Example.test", "--name", "Ada", "--password-stdin") == "ada@example.test is an administrator now.\n"
    ada = User.objects.get(email="ada@example.test")
    assert ada.is_administrator
    assert ada.check_password(PASSWORD)
    events = Event.objects.filter(subject=ada.pk).order_by("id")
    assert [event.verb for event in events] == ["person.added", "person.administrator_added"]


@pytest.mark.django_db
def test_a_terminal_asks_twice(typed: Callable[..., None]) -> None:
    typed(PASSWORD, PASSWORD)
    run("ada@example.test")
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.django_db
def test_two_passwords_that_differ_change_nothing(typed: Callable[..., None]) -> None:
    typed(PASSWORD, PASSWORD + "s")
    with pytest.raises(CommandError, match="The two passwords differ; nothing was changed"):
        run("ada@example.test")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_with_neither_terminal_nor_password_a_link_is_printed(piped: Typed) -> None:
    piped("")
    assert "/account/password/reset/key/" in run("ada@example.test")
    assert not User.objects.get().has_usable_password()


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["", "short", "passwordpassword"[:8], "ada@example.test"])
def test_a_poor_password_is_refused_with_the_reason(piped: Typed, password: str) -> None:
    piped(password + "\n")
    with pytest.raises(CommandError, match="password"):
        run("ada@example.test", "--password-stdin")
    assert not User.objects.exists()


def test_a_taken_address_is_refused_unless_promoted(owner: User, piped: Typed) -> None:
    piped("")
    with pytest.raises(CommandError, match="has an account already"):
        run("OWNER@example.test")
    owner.refresh_from_db()
    assert not owner.is_administrator
    assert "owner@example.test is an administrator now." in run("OWNER@example.test", "--promote")
    owner.refresh_from_db()
    assert owner.is_administrator


@pytest.mark.django_db
def test_what_is_not_an_address_is_refused(piped: Typed) -> None:
    with pytest.raises(CommandError, match="ada is not an e-mail address"):
        run("ada")


def test_the_operator_can_print_a_link_for_somebody_who_forgot(owner: User, stranger: User) -> None:
    out = io.StringIO()
    call_command("password_link", "Owner@example.test", stdout=out)
    assert owner.pk.hex in out.getvalue()
    with pytest.raises(CommandError, match="Nobody active signs in with no@"):
        call_command("password_link", "no@example.test")
