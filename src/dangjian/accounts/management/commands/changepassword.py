"""Django's ``changepassword`` would pass by the trail; ``dangjian password`` takes its place."""

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Not used here: run `dangjian password NAME`."

    def run_from_argv(self, argv: list[str]) -> None:
        """Whatever options Django's own command took, the answer is the same."""
        super().run_from_argv(argv[:2])

    def handle(self, *_args: object, **_options: object) -> None:
        raise CommandError("请运行 dangjian password 登录名：发一个新的初始密码，并记入操作留痕。")
