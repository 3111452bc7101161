"""What nobody can mend by typing something else is answered by its own page, never by a message on the page before."""

from typing import Any

import pytest
from django.urls import reverse

from dangjian.activities.meetings import actions as meetings
from dangjian.kernel.errors import NotFound, PermissionDenied, Refusal
from dangjian.org.unscoped import unscoped
from tests.contracts.examples import examples
from tests.contracts.world import build
from tests.offered import browser

EXAMPLES = examples()


@pytest.mark.parametrize("refusal", [NotFound(), PermissionDenied("您没有权限。")], ids=["not_there", "not_allowed"])
@pytest.mark.parametrize(
    ("address", "module", "action"),
    [
        ("meetings:answer", meetings, "answer"),
        ("meetings:call", meetings, "call"),
        ("meetings:leave", meetings, "decide_leaves"),
        ("meetings:upload", meetings, "attach"),
    ],
)
def test_a_view_that_puts_refusals_into_messages_lets_these_pass(
    db: None, monkeypatch: pytest.MonkeyPatch, address: str, module: Any, action: str, refusal: Refusal
) -> None:
    world, example = build(), EXAMPLES[address]

    def refuse(**_asked: Any) -> None:
        raise refusal

    with unscoped("small world"):
        url = reverse(address, kwargs=example.kwargs(world))
        data = {**(example.post(world) if example.post else {}), "answer": "coming"}
    monkeypatch.setattr(module, action, refuse)
    user = example.holder(world) if example.holder else world.secretary
    answer = browser(user).post(url, data)
    assert answer.status_code == refusal.status
    assert refusal.message in answer.content.decode()
