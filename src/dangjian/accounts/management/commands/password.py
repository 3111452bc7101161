"""``dangjian password NAME``: a new first password for somebody who has none any more, from the server's own shell."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dangjian.accounts.actions import reset_password
from dangjian.accounts.models import User
from dangjian.kernel.actor import SystemActor


class Command(BaseCommand):
    help = "Give an account a new first password, to be changed at the next sign-in; noted in the trail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the account's sign-in name")

    def handle(self, *_args: object, **options: object) -> None:
        user = User.objects.filter(username=options["name"], is_active=True).first()
        if user is None:
            raise CommandError(f"没有登录名为“{options['name']}”的启用账号。No active account is called so.")
        password = reset_password(actor=SystemActor("dangjian password"), user=user)
        self.stdout.write(f"{user.name}　登录名 {user.username}　初始密码 {password}（第一次登录时须改成自己的）")
