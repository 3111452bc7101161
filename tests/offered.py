"""Whether a page offers a step to exactly those who may take it."""

from typing import Any

from django.db import transaction
from django.test import Client

from dangjian.accounts.models import User


def browser(user: User) -> Client:
    """A browser signed in as ``user``."""
    client = Client()
    client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
    return client


def tried(user: User, address: str, data: dict[str, Any]) -> int:
    """With which status ``user`` is answered when they send ``data``; what it wrote is taken back.

    It is sent as by a part of a page, to which a refusal is said without a page of its own. A dialog that is told to close counts
    as led on to the next page (302).
    """
    with transaction.atomic():
        status = browser(user).post(address, data, headers={"HX-Request": "true"}).status_code
        transaction.set_rollback(True)
    return 302 if status == 204 else status


def shown(user: User, address: str) -> str:
    """What ``user`` is shown at ``address``; empty if nothing."""
    answer = browser(user).get(address)
    return answer.content.decode() if answer.status_code == 200 else ""
