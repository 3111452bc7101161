"""Django's ``createsuperuser`` has no meaning here: nobody is above the three administrators."""

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Not used here: run `dangjian init` (first start) or `dangjian password NAME`."

    def run_from_argv(self, argv: list[str]) -> None:
        """Whatever options Django's own command took, the answer is the same."""
        super().run_from_argv(argv[:2])

    def handle(self, *_args: object, **_options: object) -> None:
        raise CommandError(
            "本平台没有超级用户：系统、安全、审计三名管理员互不兼任。第一次启动请运行 dangjian init，"
            "忘记密码请运行 dangjian password 登录名。\n"
            "There is no superuser here. First start: dangjian init. Lost password: dangjian password NAME."
        )
