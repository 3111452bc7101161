from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dangjian.kernel import frontend


class Command(BaseCommand):
    """Fetch the third-party front-end files."""

    help = "下载界面用到的第三方文件（htmx、图标、图表），已齐全时立即返回。"
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dev", action="store_true", help="同时下载开发用的检查工具（axe-core、旧版 Chromium）")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            fetched = frontend.fetch(dev=options["dev"])
        except frontend.FetchError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"已下载：{'、'.join(fetched)}" if fetched else "前端文件已齐全。")
