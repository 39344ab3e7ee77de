from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts.links import link_days, make_password_link
from accounts.models import User
from accounts.people import EmailTaken, add_person
from audit.models import record


class Command(BaseCommand):
    help = "Add the first administrator, or make a person who is here already an administrator."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address to sign in with")
        parser.add_argument("--name", default="", help="how pages call this person")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        parser.add_argument("--promote", action="store_true", help="allow an address that has an account already")

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        email = email.strip().lower()
        known = self._look_up(email)
        if known and not options["promote"]:
            raise CommandError(f"{email} has an account already. Add --promote to make that person an administrator.")
        if known:
            return self._promote(known)
        password = self._password(User(email=email, name=name), from_stdin=options["password_stdin"])
        self._create(email, name, password)

    def _look_up(self, email: str) -> User | None:
        try:
            validate_email(email)
        except ValidationError as problem:
            raise CommandError(f"{email} is not an e-mail address.") from problem
        return User.objects.filter(email__iexact=email).first()

    @transaction.atomic
    def _promote(self, person: User) -> None:
        person.is_administrator = person.is_active = True
        person.save(update_fields=["is_administrator", "is_active"])
        record("person.administrator_added", subject=person.pk)
        self.stdout.write(f"{person.email} is an administrator now. The password stays as it is.")

    def _password(self, person: User, *, from_stdin: bool) -> str | None:
        """The password that was typed or piped in; None where nobody can be asked."""
        if from_stdin:
            return self._checked(sys.stdin.readline().rstrip("\r\n"), person)
        if not sys.stdin.isatty():
            return None
        password = self._checked(getpass.getpass("Password: "), person)
        if getpass.getpass("The same password again: ") != password:
            raise CommandError("The two passwords differ; nothing was changed.")
        return password

    def _checked(self, password: str, person: User) -> str:
        try:
            validate_password(password, person)
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from problem
        return password

    @transaction.atomic
    def _create(self, email: str, name: str, password: str | None) -> None:
        try:
            person = add_person(email, name, by=None)
        except EmailTaken as taken:
            raise CommandError(f"{email} has just been added by somebody else.") from taken
        person.is_administrator = True
        person.set_password(password)
        person.save(update_fields=["is_administrator", "password"])
        record("person.administrator_added", subject=person.pk)
        self.stdout.write(f"{email} is an administrator now.")
        if password is None:
            self._offer_link(person)

    def _offer_link(self, person: User) -> None:
        self.stdout.write(f"Open this link to set the password. It works once and for {link_days()} days:")
        self.stdout.write(make_password_link(person, by=None))
