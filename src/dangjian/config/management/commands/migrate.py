"""``dangjian migrate``: Django's own, one process at a time; whoever comes second finds everything done."""

from typing import Any

from django.core.management.commands import migrate

from dangjian.kernel.alone import alone


class Command(migrate.Command):
    def execute(self, *args: object, **options: Any) -> str | None:
        # Django's checks ask the database too and take one that is being written to for one that can do nothing.
        with alone("migrate", waiting=self._waiting):
            return super().execute(*args, **options)

    def _waiting(self) -> None:
        self.stderr.write("另一个进程正在更新这个数据库，请稍候。Another process is bringing this database up to date; waiting.")
