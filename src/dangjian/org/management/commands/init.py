"""``dangjian init``: the first start on the shell, asked for step by step or read from a file."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dangjian.accounts.forms import mobile
from dangjian.kernel import clock
from dangjian.kernel.actor import SystemActor
from dangjian.kernel.errors import Refusal
from dangjian.org import queries
from dangjian.org.actions import enterprise
from dangjian.org.plan import POSITIONS, TYPES, EnterprisePlan, PersonPlan, read_plan


class Command(BaseCommand):
    help = "Set the platform up for an enterprise: asks step by step, or reads --from FILE (YAML or JSON)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="file", type=Path, metavar="FILE", help="a file instead of questions")
        parser.add_argument("--check", action="store_true", help="only check the file, write nothing")
        parser.add_argument(
            "--start-over", action="store_true", help="clear the set-up away, as long as nobody has worked with it"
        )

    def handle(self, *_args: object, **options: Any) -> None:
        actor = SystemActor("dangjian init")
        try:
            if options["start_over"]:
                self._start_over(actor)
            elif queries.enterprise().set_up_at:
                raise CommandError("平台已经建立。要重新开始，请用 dangjian init --start-over。")
            else:
                self._set_up(actor, options["file"], check_only=options["check"])
        except Refusal as refusal:
            raise CommandError(refusal.brief) from refusal

    def _start_over(self, actor: SystemActor) -> None:
        found = queries.enterprise()
        if found.name and self._ask(f"请输入单位名称“{found.name}”表示确定清空：") != found.name:
            raise CommandError("名称不一致，没有清空。")
        enterprise.start_over(actor=actor)
        self.stdout.write("已清空。现在可以重新运行 dangjian init，或者启动平台后打开建立地址。")

    def _set_up(self, actor: SystemActor, file: Path | None, *, check_only: bool) -> None:
        plan = read_plan(file, today=clock.today()) if file else self._asked()
        if check_only:
            self.stdout.write(f"文件没有问题：“{plan.name}”，{plan.live_on:%Y-%m-%d} 起启用。")
            return
        handed = enterprise.set_up(actor=actor, plan=plan)
        self.stdout.write(f"“{plan.name}”的平台已建立，{plan.live_on:%Y-%m-%d} 起启用。初始密码只显示这一次，请分别交给本人：")
        for one in handed:
            self.stdout.write(f"  {one.title}　{one.user.name}　登录名 {one.user.username}　初始密码 {one.password}")
        self.stdout.write("下一步：运行 dangjian run，请党务部门的人登录，按“开始使用”导入党组织、任职和名册。")

    def _asked(self) -> EnterprisePlan:
        self.stdout.write("逐项填写，方括号里是默认值，直接按回车采用。")
        name = self._text("单位名称")
        committee_name = self._text("党委全称")
        short_name = self._text("党委简称（页面上显示）")
        established_on = self._day("党委成立日期")
        live_on = self._day("启用日期", clock.today())
        people = {}
        for position, (_, title) in POSITIONS.items():
            person, username = self._text(f"{title}姓名"), self._text(f"{title}登录名（英文字母和数字）")
            people[position] = PersonPlan(person, username, self._read(f"{title}手机号码（可不填）", mobile, "") or "")
        return EnterprisePlan(
            name=name,
            committee_name=committee_name,
            committee_short_name=short_name,
            type_code=TYPES[0],
            established_on=established_on,
            live_on=live_on,
            people=people,
        )

    def _text(self, label: str) -> str:
        while not (text := self._ask(f"{label}：")):
            self.stdout.write("  不能为空，请重新填写。")
        return text

    def _day(self, label: str, default: dt.date | None = None) -> dt.date:
        suffix = f"，例如 2026-12-01{f' [{default:%Y-%m-%d}]' if default else ''}"
        day: dt.date = self._read(f"{label}{suffix}", dt.date.fromisoformat, default)
        return day

    def _read(self, label: str, read: Callable[[str], Any], default: Any) -> Any:
        """Ask until ``read`` understands the answer."""
        while True:
            text = self._ask(f"{label}：")
            if not text and default is not None:
                return default
            try:
                return read(text)
            except ValueError:
                self.stdout.write("  看不明白，请按例子的样子填写。")
            except ValidationError as error:
                self.stdout.write(f"  {'；'.join(error.messages)}")

    def _ask(self, text: str) -> str:
        try:
            return input(text).strip()
        except EOFError as error:
            raise CommandError("没有可以填写的终端。请用 --from 指定文件。") from error
