"""``dangjian trail``: whether the trail is as it was written."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dangjian.accounts import trail


class Command(BaseCommand):
    help = "Compare every row of the trail with its seal (verify), or seal what is not yet (seal)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=("verify", "seal"))
        parser.add_argument("--anchor", metavar="NUMBER:DIGEST", help="a seal that was written down, to be compared too")

    def handle(self, *_args: object, **options: Any) -> None:
        if options["what"] == "seal":
            self.stdout.write(f"新封存{trail.seal()}段。")
            return
        report = trail.verify(anchor=_anchor(options["anchor"]))
        for fault in report.faults:
            self.stderr.write(fault)
        if report.faults:
            raise CommandError(f"留痕与封存不符，共{len(report.faults)}处。请保留现场并报告审计管理员。")
        waiting = f"，另有{report.unsealed}条还没有封存" if report.unsealed else ""
        self.stdout.write(f"留痕完整：{report.seals}段封存、{report.rows}条记录全部相符{waiting}。")


def _anchor(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    number, _, digest = text.partition(":")
    if not number.isdecimal() or not digest:
        raise CommandError("--anchor 应写成 封存号:摘要，例如 12:3f9a…")
    return int(number), digest
