"""``dangjian keys``: the secrets of the deployment, compared with the database, and changed."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dangjian.accounts import key_rotation, keys
from dangjian.kernel.actor import SystemActor
from dangjian.kernel.crypto import CryptoError
from dangjian.kernel.errors import Conflict


class Command(BaseCommand):
    help = (
        "check: compare the secrets of this deployment with its database. status: what each key is needed for. "
        "rotate: a new key encrypts from now on. reencrypt: encrypt with it what is there already. "
        "drop NAME: take out a key that nothing needs. new-secret: another key signs sessions from now on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=("check", "status", "rotate", "reencrypt", "drop", "new-secret"))
        parser.add_argument("name", nargs="?", default="", help="drop: the key to take out, such as k2")

    def handle(self, *_args: object, **options: Any) -> None:
        actor = SystemActor(f"dangjian keys {options['what']}")
        work: dict[str, Callable[[], None]] = {
            "check": self._check,
            "status": self._status,
            "rotate": partial(self._rotate, actor),
            "reencrypt": partial(self._reencrypt, actor),
            "drop": partial(self._drop, actor, options["name"]),
            "new-secret": self._new_secret,
        }
        try:
            work[options["what"]]()
        except (keys.WrongSecret, CryptoError) as error:
            raise CommandError(str(error)) from error
        except Conflict as error:
            raise CommandError(error.text) from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _waiting(self) -> None:
        self._say("另一个 dangjian keys 命令正在进行，请稍候……")

    def _check(self) -> None:
        keys.verify()
        self._say("密钥与数据库相符。")

    def _new_secret(self) -> None:
        keys.replace_signing_key()
        self._say("已启用新的签名密钥，所有人须重新登录。请重新启动平台，并备份新的密钥。")

    def _status(self) -> None:
        for one in key_rotation.usage():
            self._say(f"{one.name}：{'；'.join(one.needs) or '没有内容要用它，可运行 dangjian keys drop ' + one.name}")

    def _rotate(self, actor: SystemActor) -> None:
        name = key_rotation.rotate(actor=actor, waiting=self._waiting)
        self._say(f"已启用新的密钥 {name}，以后写入的内容用它加密，平台不用重新启动。请马上备份密钥文件（与数据库分开存放），")
        self._say("然后运行 dangjian keys reencrypt，把原有内容也用它重新加密。")

    def _reencrypt(self, actor: SystemActor) -> None:
        total = sum(sum(one.values.values()) for one in key_rotation.usage() if not one.is_newest)
        self._say(f"需要重新加密的内容约{total}条。平台可以照常使用；中断后再次运行即可接着做。")
        result = key_rotation.reencrypt(actor=actor, say=self._progress, waiting=self._waiting)
        if result.closed:
            raise CommandError(
                f"已重新加密{result.done}条；另有{result.closed}条打不开，保持原样。"
                "请运行 dangjian keys status 查看是哪个密钥的内容，从备份中取回当时的密钥文件，再运行一次。"
            )
        self._say(f"重新加密已完成，共{result.done}条。")

    def _progress(self, context: str, done: int) -> None:
        self._say(f"  {context}：已重新加密{done}条")

    def _drop(self, actor: SystemActor, name: str) -> None:
        if not name:
            raise CommandError("请写明要删除的密钥，例如：dangjian keys drop k2")
        key_rotation.drop(actor=actor, name=name, waiting=self._waiting)
        self._say(
            f"已停用密钥 {name}。密钥来自环境变量 DANGJIAN_KEY 的，请从中删去它；早先的数据库备份仍要用它打开，请另行保存。"
        )
