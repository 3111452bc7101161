"""``dangjian unlock NAME``: opens the door for an account again, from the server's own shell."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dangjian.accounts.actions import unlock
from dangjian.kernel.actor import SystemActor
from dangjian.kernel.errors import NotFound


class Command(BaseCommand):
    help = "End the lockout of an account after too many wrong passwords; noted in the trail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the account's sign-in name")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            unlock(actor=SystemActor("dangjian unlock"), username=options["name"])
        except NotFound as error:
            raise CommandError(f"“{options['name']}”近7天没有输错过密码，没有锁定。This account is not locked.") from error
        self.stdout.write(f"“{options['name']}”已可以重新登录。")
