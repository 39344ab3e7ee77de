from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.links import link_days, make_password_link
from accounts.models import User


class Command(BaseCommand):
    help = "Print a one-time link that sets a person's password, for installations that send no mail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the address the person signs in with")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        person = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
        if person is None:
            raise CommandError(f"Nobody active signs in with {email}.")
        self.stdout.write(f"This link sets the password once, within {link_days()} days. Hand it to {person} alone:")
        self.stdout.write(make_password_link(person, by=None))
