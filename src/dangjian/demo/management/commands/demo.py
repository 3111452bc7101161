"""``dangjian demo``: load the reference enterprise into an empty database."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dangjian.demo.enterprise import FILLED, SEED, build, is_filled


class Command(BaseCommand):
    help = "Load the reference enterprise (14 党总支, 72 党支部, 137 党小组, 1,768 members) into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=int, default=1, metavar="N", help="N enterprises instead of one")
        parser.add_argument("--seed", type=int, default=SEED, help="another seed gives another enterprise")
        parser.add_argument("--light", action="store_true", help="meetings without people, for measuring with many enterprises")
        parser.add_argument("--if-empty", action="store_true", help="do nothing if there are organisations already")

    def handle(self, *_args: object, **options: Any) -> None:
        if is_filled():
            if options["if_empty"]:
                return
            raise CommandError(FILLED)
        started = time.monotonic()
        build(
            scale=options["scale"],
            seed=options["seed"],
            with_people=not options["light"],
            say=lambda text: self.stdout.write(f"  正在生成：{text}"),
        )
        self.stdout.write(f"  演示企业已就绪（{time.monotonic() - started:.0f} 秒）")
