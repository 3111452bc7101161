"""``dangjian accounts``: the demo accounts with role and organisation."""

import json

from django.core.management.base import BaseCommand, CommandParser

from dangjian.accounts.models import User
from dangjian.accounts.queries import DEMO_PASSWORD


class Command(BaseCommand):
    help = "List the demo accounts (--json for programs)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer a JSON list")

    def handle(self, *_args: object, **options: object) -> None:
        rows = list(
            User.objects.filter(is_demo=True)
            .order_by("demo_order")
            .values("username", "name", "demo_role", "demo_organization", "demo_note"),
        )
        accounts = [
            {
                "username": r["username"],
                "name": r["name"],
                "role": r["demo_role"],
                "organization": r["demo_organization"],
                "password": DEMO_PASSWORD,
                "note": r["demo_note"],
            }
            for r in rows
        ]
        if options["json"]:
            self.stdout.write(json.dumps(accounts, ensure_ascii=False, indent=1))
            return
        for one in accounts:
            self.stdout.write(f"{one['username']:<14}{one['password']:<16}{one['note']}（{one['name']}，{one['organization']}）")
