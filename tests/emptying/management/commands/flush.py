"""Empties the database between tests that commit: lets go of the trail first, whose guards come back with ``post_migrate``."""

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from dangjian.accounts.trail import KEPT


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        link = connections[options["database"]]
        with link.cursor() as cursor:
            for table in (model._meta.db_table for model in KEPT):
                if link.vendor == "postgresql":
                    cursor.execute(f'DROP TRIGGER IF EXISTS trail_kept_whole ON "{table}"')
                else:
                    cursor.execute(f'DROP TRIGGER IF EXISTS "{table}_deleted"')
        super().handle(**options)
