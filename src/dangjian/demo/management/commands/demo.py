"""``dangjian demo``: load the reference enterprise into an empty database."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dangjian.demo.enterprise import SEED, build
from dangjian.org.models import Organization
from dangjian.org.scope import everything


class Command(BaseCommand):
    help = "Load the reference enterprise (14 党总支, 72 党支部, 137 党小组, 1,768 members) into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=int, default=1, metavar="N", help="N enterprises instead of one")
        parser.add_argument("--seed", type=int, default=SEED, help="another seed gives another enterprise")
        parser.add_argument("--light", action="store_true", help="meetings without people, for measuring with many enterprises")
        parser.add_argument("--if-empty", action="store_true", help="do nothing if there are organisations already")

    def handle(self, *_args: Any, **options: Any) -> None:
        with everything("is the database empty?"):
            filled = Organization.objects.exists()
        if filled:
            if options["if_empty"]:
                return
            message = "数据库里已有党组织。演示数据只能装入空数据库，请另设 DATA_DIR 或 DATABASE_URL。"
            raise CommandError(message)
        started = time.monotonic()
        build(
            scale=options["scale"],
            seed=options["seed"],
            with_people=not options["light"],
            say=lambda text: self.stdout.write(f"  正在生成：{text}"),
        )
        self.stdout.write(f"  演示企业已就绪（{time.monotonic() - started:.0f} 秒）")
