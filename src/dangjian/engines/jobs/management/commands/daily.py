"""``dangjian daily``: runs all daily jobs now."""

from django.core.management.base import BaseCommand, CommandError

from dangjian.engines.jobs import actions
from dangjian.kernel.offers import DailyJob
from dangjian.kernel.registry import by_code


class Command(BaseCommand):
    help = "Run all daily jobs now, whether or not they ran today."

    def handle(self, *_args: object, **_options: object) -> None:
        outcome = actions.run_all()
        for code, went_well in outcome.items():
            self.stdout.write(f"{'完成' if went_well else '失败'}  {by_code(DailyJob)[code].title}（{code}）")
        if not all(outcome.values()):
            raise CommandError("有任务失败，原因见日志。")
