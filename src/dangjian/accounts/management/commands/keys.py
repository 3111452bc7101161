"""``dangjian keys``: the secrets of the deployment, compared with the database, and replaced."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dangjian.accounts import keys


class Command(BaseCommand):
    help = "Compare the secrets of this deployment with its database (check), or have another key sign from now on (new-secret)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=("check", "new-secret"))

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["what"] == "new-secret":
            keys.replace_signing_key()
            self.stdout.write("已启用新的签名密钥，所有人须重新登录。请重新启动平台，并备份新的密钥。")
            return
        try:
            keys.verify()
        except keys.WrongSecret as error:
            raise CommandError(str(error)) from error
        self.stdout.write("密钥与数据库相符。")
