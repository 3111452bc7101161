"""``dangjian backup [FOLDER]``: the database and the uploaded files in a new folder."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dangjian.engines.jobs.actions import back_up
from dangjian.kernel.errors import Refusal


class Command(BaseCommand):
    help = "Back up the database and the uploaded files into a new folder below FOLDER (default: DATA_DIR/backups)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=Path(settings.DATA_DIR) / "backups")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            made = back_up(folder=options["folder"])
        except Refusal as refusal:
            raise CommandError(refusal.brief) from refusal
        except OSError as error:
            raise CommandError(f"没有备份成功：{error}") from error
        self.stdout.write(f"已备份到 {made.place}（{made.bytes / 1_000_000:.1f} MB）。")
        self.stdout.write(f"密钥不在备份里，请另外保存在别处：{settings.DANGJIAN_KEY_FILE} 和 DANGJIAN_SECRET_KEY。")
