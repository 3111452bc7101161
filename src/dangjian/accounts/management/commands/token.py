"""``dangjian token NAME``: an API token for an account."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dangjian.accounts.actions import issue_token
from dangjian.accounts.models import User
from dangjian.kernel.actor import SystemActor


class Command(BaseCommand):
    help = "Issue an API token for an account and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the account's sign-in name")
        parser.add_argument("--read-only", action="store_true", help="the token only reads")
        parser.add_argument("--days", type=int, default=90, help="days until it expires (default 90)")

    def handle(self, *_args: object, **options: Any) -> None:
        user = User.objects.filter(username=options["name"], is_active=True).first()
        if user is None:
            message = f"no active account is called {options['name']!r}"
            raise CommandError(message)
        _token, key = issue_token(
            actor=SystemActor("dangjian token"),
            user=user,
            title="命令行签发",
            days=options["days"],
            may_write=not options["read_only"],
        )
        self.stdout.write(key)
